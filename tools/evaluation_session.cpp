#include "tools/evaluation_session.h"

#include "controller/control_settings.h"
#include "controller/expert/expert.h"
#include "models/device.h"
#include "sim/base/error.h"

namespace foresight {

EvaluationResult EvaluationSession::evaluate_one(const Protocol& protocol) {
  return evaluate(protocol, loaded.character, controller, data, settings, tracker.get());
}

EvaluationSession make_session(const ControllerFlags& flags, const std::string& eval_data,
                               EvaluationOptions settings) {
  LoadedController loaded = load_controller(flags);
  EvalData data = load_starts(eval_data, *loaded.character);
  if (settings.workers <= 0) settings.workers = flags.threads;
  settings.weights = loaded.weights;
  LookaheadController controller(loaded.character, loaded.model, loaded.options, settings.batch);
  auto tracker = make_tracker(flags, loaded, flags.replan);
  return {std::move(loaded), std::move(data), settings, std::move(controller), std::move(tracker)};
}

std::unique_ptr<PlanTracker> make_tracker(const ControllerFlags& flags,
                                          const LoadedController& loaded, int replan) {
  if (flags.method != "kin+track") return {};
  const int future = loaded.model->config.future;
  if (replan < 1 || replan > future) {
    throw InputError("--replan " + std::to_string(replan) + ": this model's plans have 1 to " +
                     std::to_string(future) + " control steps");
  }
  const fs::path shipped = assets_dir() / "checkpoints" / "expert.safetensors";
  const fs::path file = flags.expert.empty() ? shipped : fs::path(flags.expert);
  return std::make_unique<PlanTracker>(loaded.character, load_expert(file, *loaded.character),
                                       replan);
}

std::string method_name(const ControllerFlags& flags, const std::string& label) {
  std::string name = flags.method;
  if (name == "kin+track") name += "@" + std::to_string(flags.replan);
  return label.empty() ? name : name + ":" + label;
}

RunIdentity identity_of(const EvaluationSession& s, const ControllerFlags& flags,
                        const std::string& protocol, const std::string& method) {
  RunIdentity identity{protocol, method, s.loaded.model->sha256, s.data.sha256,
                       device_name(s.loaded.device)};
  identity.versions = versions_json();
  identity.options = to_json(s.loaded.options);
  identity.options["weights"] = s.loaded.weights;
  identity.threads = flags.threads;
  identity.batch = s.settings.batch;
  identity.seed = s.settings.seed;
  return identity;
}

}  // namespace foresight
