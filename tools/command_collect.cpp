// foresight collect: rollouts of the expert, the training data of the look-ahead model.

#include <cstdio>

#include "controller/collect.h"
#include "controller/expert/expert.h"
#include "models/device.h"
#include "models/torch.h"
#include "sim/base/progress.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"

namespace foresight {
namespace {

struct CollectFlags {
  std::string expert, out, character;
  std::vector<std::string> clips;
  CollectConfig config;
  ClipChoice choice;
  bool quiet = false;
};

void collect(const CollectFlags& o) {
  set_threads(o.config.threads);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  const std::vector<Clip> clips = training_clips(*character, o.clips, o.choice);
  ExpertPolicy policy = load_expert(o.expert, *character);
  const ReferenceMotion reference =
      build_reference(*character, clips, false, policy->velocity_lead);
  ProgressBar bar("collect", o.config.hours, o.quiet);
  const RolloutSet set =
      collect_rollouts(character, reference, policy, o.config, [&](double hours) {
        bar.update(hours);
        return true;
      });
  save_rollouts(o.out, set);
  std::printf("%.2f hours (%ld steps) in %zu stretches written to %s\n", set.hours(),
              static_cast<long>(set.steps()), set.episodes.size(), o.out.c_str());
}

}  // namespace

void add_collect_command(Command& app) {
  auto o = std::make_shared<CollectFlags>();
  o->config.threads = 2;
  Command* sub = app.add_subcommand("collect", "Roll the expert out with noise and pushes");
  sub->add_option("--expert", o->expert, "Expert checkpoint (.safetensors)")->required();
  sub->add_option("--clips", o->clips, "Folders with .clip files to follow")->required();
  sub->add_option("--out", o->out, "Rollout file to write")->required();
  sub->add_option("--hours", o->config.hours, "Character time to keep (default 3.5)");
  sub->add_option("--worlds", o->config.worlds, "Simulated worlds (default 512)");
  sub->add_option("--threads", o->config.threads, "Threads (default 2)");
  sub->add_option("--noise", o->config.max_noise, "Largest action noise, rad (default 0.135)");
  sub->add_option("--kick", o->config.kick_speed, "Largest kick, m/s (default 0.8)");
  add_shift_flag(sub, o->config.shift_time);
  sub->add_option("--seed", o->config.seed, "Seed (default 1)");
  sub->add_option("--character", o->character, "Character tables (default: the humanoid)");
  add_clip_flags(sub, o->choice);
  sub->add_flag("--quiet", o->quiet, "No progress bar");
  sub->callback([o] { collect(*o); });
}

}  // namespace foresight
