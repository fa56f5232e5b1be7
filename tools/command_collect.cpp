// foresight collect: rollouts of the expert, the training data of the look-ahead model.

#include <cstdio>

#include "controller/collect.h"
#include "controller/expert/expert.h"
#include "models/device.h"
#include "models/torch.h"
#include "sim/base/progress.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

struct CollectFlags {
  std::string expert, out, character;
  std::vector<std::string> clips, visited;
  CollectConfig config;
  ClipChoice choice;
  OutputFlags output;
};

std::vector<VisitedStart> load_visited(const CollectFlags& o, const Character& character,
                                       const ReferenceMotion& reference) {
  if (o.visited.empty()) return {};
  const std::vector<fs::path> files(o.visited.begin(), o.visited.end());
  VisitedConfig config;
  config.seed = o.config.seed;
  config.least_seconds += o.config.recovery_seconds;
  return visited_starts(character, load_rollouts(files, &character), reference, config);
}

nlohmann::json report_of(const RolloutSet& set) {
  return {{"hours", set.hours()},
          {"steps", set.steps()},
          {"stretches", set.episodes.size()},
          {"dropped_steps", set.settings.at("dropped_steps")}};
}

void collect(const CollectFlags& o) {
  set_threads(o.config.threads);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  const std::vector<Clip> clips = training_clips(*character, o.clips, o.choice);
  ExpertPolicy policy = load_expert(o.expert, *character);
  const ReferenceMotion reference =
      build_reference(*character, clips, false, policy->velocity_lead);
  const std::vector<VisitedStart> visited = load_visited(o, *character, reference);
  ProgressBar bar("collect", o.config.hours, o.output.quiet);
  const auto progress = [&](double hours) {
    bar.update(hours);
    return true;
  };
  const RolloutSet set =
      collect_rollouts(character, reference, policy, o.config, progress, visited);
  save_rollouts(o.out, set);
  std::printf("%.2f hours (%ld steps) in %zu stretches written to %s\n", set.hours(),
              static_cast<long>(set.steps()), set.episodes.size(), o.out.c_str());
  write_json(o.output.json, report_of(set));
}

}  // namespace

void add_collect_command(Command& app) {
  auto o = std::make_shared<CollectFlags>();
  o->config.threads = 2;
  Command* sub = app.add_subcommand("collect", "Roll the expert out with noise and pushes");
  sub->add_option("--expert,--checkpoint", o->expert, "Expert checkpoint (.safetensors)")
      ->required();
  sub->add_option("--clips", o->clips, "Folders with .clip files to follow")->required();
  sub->add_option("--out", o->out, "Rollout file to write")->required();
  sub->add_option("--hours", o->config.hours, "Character time to keep (default 3.5)");
  sub->add_option("--worlds", o->config.worlds, "Simulated worlds (default 512)");
  sub->add_option("--threads", o->config.threads, "Threads (default 2)");
  sub->add_option("--noise", o->config.max_noise, "Largest action noise, rad (default 0.135)");
  sub->add_option("--kick", o->config.kick_speed, "Largest kick, m/s (default 0.8)");
  sub->add_option("--recovery", o->config.recovery_seconds,
                  "Keep what the character survives by this long, s (default 2)")
      ->check(in_range(2, 5));
  sub->add_option("--visited", o->visited,
                  "Rollouts of a controller (foresight eval --rollouts): episodes start where it "
                  "got into, and the expert takes over along the motion most like it");
  sub->add_option("--visited-share", o->config.visited_share,
                  "Share of the episodes that start there (default 1)")
      ->check(in_range(0.0, 1.0));
  add_shift_flag(sub, o->config.shift_time);
  sub->add_option("--seed", o->config.seed, "Seed (default 1)");
  sub->add_option("--character", o->character, "Character tables (default: the humanoid)");
  add_clip_flags(sub, o->choice);
  add_output_flags(sub, o->output);
  sub->callback([o] { collect(*o); });
}

}  // namespace foresight
