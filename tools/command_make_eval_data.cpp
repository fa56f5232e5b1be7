// foresight make-eval-data: start states and motion statistics from the expert's rollouts.
#include <cstdio>

#include "controller/eval_data.h"
#include "sim/base/error.h"
#include "tools/commands.h"

namespace foresight {
namespace {

struct MakeEvalDataFlags {
  std::vector<std::string> rollouts;
  std::string out, character;
  bool noncommercial = false;
  EvalDataOptions data;
};

void make(const MakeEvalDataFlags& o) {
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  const RolloutSet set =
      load_rollouts(std::vector<fs::path>(o.rollouts.begin(), o.rollouts.end()), character.get());
  const auto restricted = noncommercial_clips(set);
  if (!restricted.empty() && !o.noncommercial) {
    throw InputError("the rollouts follow clips with a non-commercial licence, the first being \"" +
                     restricted[0].name + "\"; leave them out, or give --noncommercial");
  }
  const EvalData data = make_eval_data(*character, set, o.data);
  const fs::path out = o.out.empty() ? default_eval_data(*character) : fs::path(o.out);
  if (out.has_parent_path()) fs::create_directories(out.parent_path());
  save_eval_data(out, *character, data);
  std::printf("%s: %zu start states, %zu keyframe motions, motion statistics of %ld numbers\n",
              out.c_str(), data.starts.size(), data.motions.size(),
              static_cast<long>(data.feature_mean.size()));
}

}  // namespace

void add_make_eval_data_command(Command& app) {
  auto o = std::make_shared<MakeEvalDataFlags>();
  Command* command = app.add_subcommand(
      "make-eval-data", "Start states and motion statistics for eval, from rollouts");
  command->add_option("--rollouts", o->rollouts, "Rollout files (foresight collect)")->required();
  command->add_option("--out", o->out, "File (default: assets/eval/CHARACTER.safetensors)");
  command->add_option("--starts", o->data.starts, "Start states (default 256)")
      ->check(in_range(1, 100000));
  command->add_option("--split", o->data.split,
                      "Clips for the statistics: heldout, train or all (empty; default)");
  command->add_option("--motions", o->data.motions, "Keyframe motions (default 16)")
      ->check(in_range(0, 10000));
  command->add_option("--motion-seconds", o->data.motion_seconds, "Length of each (default 12)")
      ->check(in_range(1.0, 600.0));
  command->add_option("--motion-split", o->data.motion_split,
                      "Clips they come from: heldout (default), train or all (empty)");
  command->add_option("--seed", o->data.seed, "Seed (default 1)");
  command->add_option("--character", o->character, "Character tables (default: the humanoid)");
  command->add_flag("--noncommercial", o->noncommercial, "Accept non-commercial clips");
  command->callback([o] { make(*o); });
}

}  // namespace foresight
