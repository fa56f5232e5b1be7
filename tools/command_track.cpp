// foresight track: how well the expert follows each clip, without noise or randomisation.
#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "controller/expert/expert.h"
#include "controller/statistics.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"

namespace foresight {
namespace {

constexpr double kFallTestSeconds = 15;  // as long as an episode of `perturb`

struct TrackFlags {
  std::string expert, clips, csv, character, out;
  ClipChoice choice;
  TrackingTest test{.threads = 2};
  bool no_mirror = false, fall_test = false;
};

struct Summary {
  int clips = 0, tracked = 0;
  double error = 0, seconds = 0;
};

std::string csv_of(const std::vector<ClipResult>& results) {
  std::ostringstream out;
  out << "clip,category,tracked,fell,mean_error_m,worst_error_m,tracked_s,length_s\n";
  for (const ClipResult& r : results) {
    out << r.name << ',' << r.category << ',' << r.tracked << ',' << r.fell << ',' << r.mean_error
        << ',' << r.worst_error << ',' << r.tracked_seconds << ',' << r.seconds << '\n';
  }
  return out.str();
}

void print_summary(const std::vector<ClipResult>& results) {
  std::map<std::string, Summary> rows;
  for (const ClipResult& r : results) {
    for (const std::string& key : {r.category, std::string("all")}) {
      Summary& s = rows[key];
      ++s.clips;
      s.tracked += r.tracked;
      s.error += r.mean_error * r.tracked_seconds;
      s.seconds += r.tracked_seconds;
    }
  }
  std::printf("%-12s %6s %8s %8s %9s\n", "category", "clips", "tracked", "%", "error_cm");
  for (const auto& [name, s] : rows) {
    std::printf("%-12s %6d %8d %8.1f %9.2f\n", name.c_str(), s.clips, s.tracked,
                100.0 * s.tracked / s.clips, 100 * s.error / std::max(s.seconds, 1e-9));
  }
}

void print_worst(std::vector<ClipResult> results) {
  std::erase_if(results, [](const ClipResult& r) { return r.tracked; });
  std::sort(results.begin(), results.end(), [](const ClipResult& a, const ClipResult& b) {
    return a.tracked_seconds / a.seconds < b.tracked_seconds / b.seconds;
  });
  for (const ClipResult& r : results) {
    std::printf("  lost %-44s %-10s after %5.1f of %5.1f s\n", r.name.c_str(), r.category.c_str(),
                r.tracked_seconds, r.seconds);
  }
}

void print_falls(const char* which, const std::vector<const ClipResult*>& results) {
  int fell = 0;
  double seconds = 0;
  for (const ClipResult* r : results) {
    fell += r->fell;
    seconds += r->tracked_seconds;
  }
  const int count = static_cast<int>(results.size());
  const Estimate rate = wilson_rate(fell, count);
  std::printf("%s: %d of %d fall, %.1f %% [%.1f, %.1f], %.0f s\n", which, fell, count,
              100 * rate.mean, 100 * rate.low, 100 * rate.high, seconds);
}

// Shorter clips see fewer kicks, so those of full length stand by themselves.
void print_fall_test(const std::vector<ClipResult>& results) {
  std::vector<const ClipResult*> all, full;
  for (const ClipResult& r : results) {
    all.push_back(&r);
    if (r.seconds >= kFallTestSeconds) full.push_back(&r);
  }
  print_falls("all clips", all);
  print_falls("clips of 15 s or more", full);
}

// What the expert did along the clips that it followed to the end.
void save_motions(const std::vector<ClipResult>& results, const std::vector<Clip>& clips,
                  const TrackFlags& o) {
  for (const ClipResult& r : results) {
    const auto followed = std::find_if(clips.begin(), clips.end(),
                                       [&](const Clip& clip) { return clip.name == r.name; });
    if (!r.tracked || followed == clips.end()) continue;
    Clip clip = *followed;
    clip.source = "simulated along " + clip.source;
    clip.qpos = r.qpos;
    const fs::path file = fs::path(o.out) / (clip.name + ".clip");
    fs::create_directories(file.parent_path());
    save_clip(file, clip);
  }
}

void track(TrackFlags o) {
  set_threads(o.test.threads);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  const std::vector<Clip> clips = training_clips(*character, o.clips, o.choice);
  ExpertPolicy policy = load_expert(o.expert, *character);
  const ReferenceMotion reference =
      build_reference(*character, clips, !o.no_mirror, policy->velocity_lead);
  if (o.fall_test) o.test.fall_seconds = kFallTestSeconds;
  o.test.keep_motion = !o.out.empty();
  const auto results = evaluate_expert(character, reference, policy, o.test);
  if (o.fall_test) {
    print_fall_test(results);
  } else {
    print_worst(results);
    print_summary(results);
  }
  if (!o.csv.empty()) write_file(o.csv, csv_of(results));
  if (!o.out.empty()) save_motions(results, clips, o);
}

}  // namespace

void add_track_command(Command& app) {
  auto options = std::make_shared<TrackFlags>();
  Command* sub = app.add_subcommand("track", "Measure how well the expert tracks each clip");
  sub->add_option("--expert", options->expert, "Expert checkpoint")->required();
  sub->add_option("--clips", options->clips, "Folder with .clip files")->required();
  sub->add_option("--max-error", options->test.max_error,
                  "m, mean body error that counts as lost (default 0.4)");
  sub->add_option("--kick", options->test.kick,
                  "Kick the root every second by up to this, m/s (default 0)");
  sub->add_flag("--fall-test", options->fall_test,
                "Follow every clip for up to 15 s, whatever the error, and report the share that "
                "falls as the protocol perturb judges it");
  add_shift_flag(sub, options->test.shift_time);
  sub->add_option("--out", options->out,
                  "Folder for what was simulated along the clips that were followed to the end, as "
                  ".clip files");
  sub->add_option("--csv", options->csv, "Write one row per clip");
  sub->add_option("--threads", options->test.threads, "Threads (default 2)");
  sub->add_option("--character", options->character, "Character tables (default: the humanoid)");
  sub->add_flag("--no-mirror", options->no_mirror, "Leave the mirrored clips out");
  add_clip_flags(sub, options->choice);
  sub->callback([options] { track(*options); });
}

}  // namespace foresight
