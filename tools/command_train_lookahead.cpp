// foresight train lookahead: the joint transformer on rollouts of the expert.

#include <cstdio>

#include "controller/lookahead_training.h"
#include "models/device.h"
#include "models/torch.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

struct TrainLookaheadFlags {
  std::vector<std::string> rollouts;
  std::string out, character, init, device = "auto", past_actions = "queue", bf16 = "auto",
                                    attention = "joint";
  int threads = 2;
  bool resume = false;
  OutputFlags output;
  LookaheadTrainingOptions training;
};

void check_folder(const TrainLookaheadFlags& o) {
  const bool started = fs::exists(fs::path(o.out) / "training.json");
  if (o.resume && !started) {
    throw InputError(o.out + ": no training to resume there; start one without --resume");
  }
  if (!o.resume && started) {
    throw InputError(o.out +
                     ": holds a training already; go on with --resume, or give another --out");
  }
}

void train(TrainLookaheadFlags o) {
  set_threads(o.threads);
  check_folder(o);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  LookaheadTrainingOptions& t = o.training;
  t.rollouts.assign(o.rollouts.begin(), o.rollouts.end());
  t.out = o.out;
  t.quiet = o.output.quiet;
  t.init = o.init;
  t.device = choose_device(o.device);
  t.bf16 = choose_bf16(o.bf16, t.device);
  t.attention = attention_from(o.attention);
  t.past_actions = o.past_actions == "queue" ? PastActions::kQueue : PastActions::kExecuted;
  const LookaheadTrainingResult r = train_lookahead(*character, t);
  std::printf("%s after %lld steps: loss %.5f, validation state %.5f action %.5f\n",
              r.end == TrainingEnd::kFinished ? "finished" : "stopped (go on with --resume)",
              static_cast<long long>(r.steps), r.loss, r.validation_state, r.validation_action);
  std::printf("checkpoint %s\n", (t.out / "lookahead.safetensors").c_str());
  write_json(o.output.json, {{"finished", r.end == TrainingEnd::kFinished},
                             {"steps", r.steps},
                             {"loss", r.loss},
                             {"validation_state", r.validation_state},
                             {"validation_action", r.validation_action}});
}

void add_data_options(Command* app, const std::shared_ptr<TrainLookaheadFlags>& o) {
  app->add_option("--rollouts", o->rollouts, "Rollout files (foresight collect)")->required();
  app->add_option("--character", o->character, "Character tables (default: the humanoid)");
  app->add_flag("--noncommercial", o->training.noncommercial,
                "Accept rollouts of clips whose licence forbids commercial use");
  app->add_option("--balance", o->training.balance,
                  "Draw a kind of motion with n windows as often as n^BALANCE (default 0.5)")
      ->check(in_range(0.0, 1.0));
}

void add_model_options(Command* app, const std::shared_ptr<TrainLookaheadFlags>& o) {
  app->add_option("--model", o->training.preset, "small (2 M parameters), base (20 M) or tiny");
  app->add_option("--init", o->init, "Start from the weights of this checkpoint (fine-tuning)");
  app->add_option("--past-actions", o->past_actions,
                  "Past actions seen by the network: queue or executed (default queue)")
      ->check(one_of({"queue", "executed"}));
  app->add_flag("--noisy-history", o->training.noisy_history,
                "Give history states the noise of level 0 (the reference's choice)");
  app->add_option("--attention", o->attention,
                  "joint (default), full: everything attends to everything, token: one token for "
                  "state and action with a local view")
      ->check(one_of({"joint", "full", "token"}));
  app->add_option("--future", o->training.future, "States after now (default 32)")
      ->check(in_range(1, 256));
  app->add_option("--diffusion-steps", o->training.diffusion_steps, "Noise levels (default 20)")
      ->check(in_range(2, 1000));
  app->add_option("--action-horizon", o->training.action_horizon,
                  "Actions after now that are predicted (default 16)");
}

void add_prompt_options(Command* app, const std::shared_ptr<TrainLookaheadFlags>& o) {
  app->add_option("--prompt-frames", o->training.prompt.frames,
                  "Frames of a prompt, a snippet of the same skill (the first part of a clip's "
                  "name) that the network sees (default 0: none)")
      ->check(in_range(0, 64));
  app->add_option("--prompt-stride", o->training.prompt.stride,
                  "Control steps between two frames of a prompt (default 4)")
      ->check(in_range(1, 64));
  app->add_option("--prompt-dropout", o->training.prompt_dropout,
                  "Share of the windows without their prompt (default 0.2)")
      ->check(in_range(0.0, 1.0));
}

}  // namespace

void add_train_lookahead_command(Command& train_app) {
  auto o = std::make_shared<TrainLookaheadFlags>();
  Command* app = train_app.add_subcommand(
      "lookahead", "Train the look-ahead transformer on rollouts of the expert");
  add_data_options(app, o);
  add_model_options(app, o);
  add_prompt_options(app, o);
  app->add_option("--out", o->out, "Folder for checkpoint, training state and curves")->required();
  app->add_option("--hours", o->training.hours, "Length of the training (default 1)");
  app->add_option("--steps", o->training.steps, "Length in steps instead of hours");
  app->add_option("--batch", o->training.batch,
                  "Windows per step, half of them mirrored (default 64)")
      ->check(in_range(2, 65536));
  app->add_flag("--roll-actions", o->training.roll_actions,
                "For use with --action-rolling: noise levels of a queue of actions");
  app->add_flag("--muon", o->training.muon, "Muon instead of AdamW for the transformer's matrices");
  app->add_option("--rate", o->training.learning_rate, "Highest learning rate (default 6e-4)");
  app->add_option("--device", o->device, "auto, cpu or cuda");
  app->add_option("--threads", o->threads, "Threads (default 2)");
  app->add_option("--bf16", o->bf16,
                  "auto, on or off: multiply in bfloat16 (auto: where it is fast)")
      ->check(one_of({"auto", "on", "off"}));
  app->add_option("--seed", o->training.seed, "Seed (default 1)");
  app->add_option("--save-minutes", o->training.save_minutes, "Minutes between saves (default 5)");
  app->add_flag("--resume", o->resume, "Go on with the training found in --out");
  add_output_flags(app, o->output);
  app->callback([o] { train(*o); });
}

}  // namespace foresight
