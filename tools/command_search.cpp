// foresight search: controls that follow clips, found by sampling around what the expert does.
#include <cstdio>

#include "controller/expert/demonstrations.h"
#include "controller/expert/expert.h"
#include "controller/expert/motion_search.h"
#include "models/device.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"

namespace foresight {
namespace {

constexpr double kDoomed = 1.0;  // s before it was lost are no example

struct SearchFlags {
  std::string expert, clips, out, character;
  ClipChoice choice;
  MotionSearchConfig search{.threads = 2};
  double max_error = 0.4;  // m
};

void print_found(const ReferenceClip& clip, const FoundMotion& found, bool whole, double hz) {
  std::printf("  %-5s %-44s %5.1f of %5.1f s, mean %5.2f cm, worst %5.2f cm\n", whole ? "" : "lost",
              clip.name.c_str(), found.steps / hz, (clip.frames - 1) / hz, 100 * found.mean_error,
              100 * found.worst_error);
  std::fflush(stdout);
}

void drop_end(FoundMotion& found, int steps, const Character& character) {
  const std::size_t observation = found.observations.size() / std::max(found.steps, 1);
  found.steps = std::max(0, found.steps - steps);
  found.observations.resize(found.steps * observation);
  found.actions.resize(static_cast<std::size_t>(found.steps) * character.nu);
}

void search(const SearchFlags& o) {
  set_threads(o.search.threads);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  ExpertPolicy policy = load_expert(o.expert, *character);
  const ReferenceMotion reference = build_reference(
      *character, training_clips(*character, o.clips, o.choice), false, policy->velocity_lead);
  Demonstrations all;
  int whole = 0;
  for (int i = 0; i < static_cast<int>(reference.clips.size()); ++i) {
    const ReferenceClip& clip = reference.clips[i];
    FoundMotion found = search_motion(character, reference, i, policy, o.search);
    const bool ok = found.steps == clip.frames - 1 && found.worst_error <= o.max_error;
    print_found(clip, found, ok, character->control_hz);
    whole += ok ? 1 : 0;
    if (!ok) drop_end(found, static_cast<int>(kDoomed * character->control_hz), *character);
    if (found.steps == 0) continue;
    append(all, clip, found);
    save_demonstrations(o.out, all, *character);
  }
  std::printf("%d of %zu clips followed to the end, %.1f s in %s\n", whole, reference.clips.size(),
              all.rows / character->control_hz, o.out.c_str());
}

}  // namespace

void add_search_command(Command& app) {
  auto options = std::make_shared<SearchFlags>();
  Command* sub = app.add_subcommand(
      "search", "Find controls that follow clips which the expert loses, by sampling");
  sub->add_option("--expert", options->expert, "Expert checkpoint")->required();
  sub->add_option("--clips", options->clips, "Folder with .clip files")->required();
  sub->add_option("--out", options->out,
                  "File for what was found (.safetensors), for train expert --demonstrations")
      ->required();
  sub->add_option("--samples", options->search.samples, "Samples per window (default 1024)")
      ->check(in_range(2, 1e6));
  sub->add_option("--kept", options->search.kept, "Samples that go on (default 96)")
      ->check(in_range(1, 1e6));
  sub->add_option("--window", options->search.window, "Control steps per window (default 3)")
      ->check(in_range(1, 30));
  sub->add_option("--spread", options->search.spread, "rad, spread of the samples (default 0.2)")
      ->check(in_range(0, 3));
  sub->add_option("--max-error", options->max_error,
                  "m, mean body error that counts as lost (default 0.4)");
  sub->add_option("--threads", options->search.threads, "Threads (default 2)");
  sub->add_option("--seed", options->search.seed, "Seed (default 1)");
  sub->add_option("--character", options->character, "Character tables (default: the humanoid)");
  add_clip_flags(sub, options->choice);
  sub->callback([options] { search(*options); });
}

}  // namespace foresight
