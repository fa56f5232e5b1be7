// foresight augment: long clips chained from short ones, some bent into arcs or played faster.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "sim/base/error.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/motion/augment.h"
#include "sim/motion/gestures.h"
#include "sim/motion/high_steps.h"
#include "sim/motion/lead_in.h"
#include "sim/motion/motion_graph.h"
#include "sim/motion/pauses.h"
#include "sim/motion/side_steps.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"

namespace foresight {
namespace {

struct AugmentFlags {
  std::string clips, out, character;
  std::string lead_in;  // folder
  std::string stand;    // file
  ClipChoice choice;
  double minutes = 60, seconds = 12;
  double bend_share = 0.5;
  double pause = 0;  // s
  double gesture_share = 0, high_step_share = 0, side_step_share = 0;
  double max_curvature = 0.7;     // 1/m
  double max_acceleration = 2.5;  // m/s^2, sideways
  std::uint64_t seed = 1;
  int workers = 2;
};

constexpr double kStandSeconds = 0.6, kStandFade = 0.5;

double fastest_second(const Clip& clip) {
  double fastest = 0;
  const int step = static_cast<int>(clip.fps);
  for (int f = 0; f + step < clip.frames(); f += step / 3) {
    fastest = std::max(fastest, (clip.qpos.col(f + step) - clip.qpos.col(f)).head<2>().norm());
  }
  return std::max(fastest, 0.5);
}

// Clips are named FOLDER/NAME, and the folder says what they show (controller/skills/skill.h).
std::string folder_name(const fs::path& out) {
  return (fs::absolute(out) / "").lexically_normal().parent_path().filename().string();
}

Clip vary(const Character& character, Clip clip, const AugmentFlags& o, Rng& rng) {
  clip = warp_time(character, clip, rng.uniform(0.88, 1.12));
  if (rng.uniform() < o.bend_share) {
    const double speed = fastest_second(clip);
    const double limit = std::min(o.max_curvature, o.max_acceleration / (speed * speed));
    clip = bend_path(character, clip, rng.uniform(-limit, limit));
  }
  if (o.side_step_share > 0 && rng.uniform() < o.side_step_share) {
    clip = add_side_steps(character, clip, rng);
  }
  if (rng.uniform() < o.high_step_share) clip = add_high_steps(character, clip, rng);
  if (o.pause > 0) clip = add_pauses(character, clip, o.pause, rng);
  return rng.uniform() < o.gesture_share ? add_gestures(character, clip, rng) : clip;
}

// Training clips of a second or more, and their mirror images.
std::vector<Clip> clips_and_mirrors(const Character& character, const std::string& dir,
                                    const ClipChoice& choice) {
  std::vector<Clip> clips;
  for (const Clip& clip : training_clips(character, dir, choice)) {
    if (clip.frames() < 30) continue;
    clips.push_back(clip);
    clips.push_back(mirror_clip(character, clip));
  }
  if (clips.empty()) throw InputError(dir + ": holds no training clips of a second or more");
  return clips;
}

// At most twice as long as asked for: a random part of what a long clip made longer.
Clip shortened(Clip clip, double seconds, Rng& rng) {
  const int frames = static_cast<int>(seconds * clip.fps);
  if (clip.frames() <= 2 * frames) return clip;
  return cut_clip(clip, rng.index(clip.frames() - frames), frames);
}

// A chain as `augment` makes it, or nothing when the dice never fall well.
std::optional<Clip> make_clip(const Character& character, const MotionGraph& graph,
                              const std::vector<Clip>& before, const AugmentFlags& o, Rng& rng) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::optional<Clip> clip = graph.chain(o.seconds, rng);
    if (!clip) continue;
    clip = vary(character, shortened(std::move(*clip), o.seconds, rng), o, rng);
    if (before.empty()) return clip;
    const Clip& lead = before[rng.index(static_cast<int>(before.size()))];
    clip = lead_in(character, lead, *clip, {}, rng);
    if (clip) return clip;
  }
  return std::nullopt;
}

// Every clip, then the first 1.1 s of one that begins standing.
void end_standing(const Character& character, const AugmentFlags& o) {
  const Clip standing = load_clip(o.stand);
  if (standing.character != character.fingerprint) {
    throw InputError(o.stand + ": was made for another character than \"" + character.name + "\"");
  }
  const int fade = static_cast<int>(kStandFade * standing.fps);
  const int frames = static_cast<int>((kStandFade + kStandSeconds) * standing.fps);
  if (standing.frames() < frames) throw InputError(o.stand + ": shorter than 1.1 s");
  fs::create_directories(o.out);
  for (const Clip& clip : training_clips(character, o.clips, o.choice)) {
    Clip held = clip;
    held.qpos.conservativeResize(Eigen::NoChange, clip.frames() + fade);
    held.qpos.rightCols(fade).colwise() = clip.qpos.col(clip.frames() - 1);
    Clip whole = transition(character, held, cut_clip(standing, 0, frames), fade);
    add_credit(whole, standing);
    const std::string name = fs::path(clip.name).filename().string();
    whole.name = folder_name(o.out) + "/" + name;
    whole.split = o.choice.split;
    save_clip(fs::path(o.out) / (name + ".clip"), whole);
  }
}

void augment(const AugmentFlags& o) {
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  if (!o.stand.empty()) return end_standing(*character, o);
  const MotionGraph graph(*character, clips_and_mirrors(*character, o.clips, o.choice));
  std::vector<Clip> before;
  if (!o.lead_in.empty()) {
    ClipChoice any;
    any.noncommercial = o.choice.noncommercial;
    before = clips_and_mirrors(*character, o.lead_in, any);
  }
  fs::create_directories(o.out);
  const int count = static_cast<int>(std::ceil(60 * o.minutes / o.seconds));
  WorkerPool pool(o.workers);
  ProgressBar bar("augment", count);
  std::mutex mutex;
  double done = 0, seconds = 0;
  pool.run(count, [&](int i) {
    Rng rng{random_key(o.seed, 9, i)};
    if (std::optional<Clip> clip = make_clip(*character, graph, before, o, rng)) {
      char name[32];
      std::snprintf(name, sizeof(name), "%s_%05d", before.empty() ? "chain" : "lead", i);
      clip->name = folder_name(o.out) + "/" + name;
      clip->split = o.choice.split;
      save_clip(fs::path(o.out) / (std::string(name) + ".clip"), *clip);
      const std::lock_guard lock(mutex);
      seconds += clip->seconds();
    }
    const std::lock_guard lock(mutex);
    bar.update(++done);
  });
  std::printf("%.1f minutes of chained motion in %s\n", seconds / 60, o.out.c_str());
}

}  // namespace

void add_augment_command(Command& app) {
  auto options = std::make_shared<AugmentFlags>();
  Command* sub = app.add_subcommand("augment", "Chain, bend and time-warp clips into long ones");
  sub->add_option("--clips", options->clips, "Folder with .clip files")->required();
  sub->add_option("--out", options->out, "Folder for the new clips")->required();
  sub->add_option("--minutes", options->minutes, "How much motion to make (default 60)");
  sub->add_option("--seconds", options->seconds, "Length of one chained clip (default 12)");
  sub->add_option("--bend", options->bend_share, "Share of clips bent into arcs (default 0.5)");
  sub->add_option("--pause", options->pause,
                  "Stand for up to this many seconds where a clip comes to rest (default 0)")
      ->check(not_negative());
  sub->add_option("--gestures", options->gesture_share,
                  "Share of clips in which the arms reach out now and then (default 0)")
      ->check(not_negative());
  sub->add_option("--high-steps", options->high_step_share,
                  "Share of clips in which the feet are lifted high now and then (default 0)")
      ->check(not_negative());
  sub->add_option("--side-steps", options->side_step_share,
                  "Share of clips that go to the side, backwards or aslant now and then; for "
                  "walking (default 0)")
      ->check(not_negative());
  sub->add_option("--lead-in", options->lead_in,
                  "Enter every chain from a second or two of a clip of this folder; its files are "
                  "called lead_N instead of chain_N");
  sub->add_option("--stand", options->stand,
                  "Chain nothing: end every clip with the first 1.1 s of the clip in this file, "
                  "which begins standing");
  sub->add_option("--seed", options->seed, "Seed (default 1)");
  sub->add_option("--workers", options->workers, "Threads (default 2)");
  sub->add_option("--character", options->character, "Character tables (default: the humanoid)");
  add_clip_flags(sub, options->choice);
  sub->callback([options] { augment(*options); });
}

}  // namespace foresight
