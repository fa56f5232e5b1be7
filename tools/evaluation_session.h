// What an evaluation of one call runs with, shared by eval and tune.
#pragma once

#include <memory>
#include <string>

#include "controller/protocols/evaluation.h"
#include "controller/protocols/report.h"
#include "tools/controller_flags.h"

namespace foresight {

struct EvaluationSession {
  LoadedController loaded;
  EvalData data;
  EvaluationOptions settings;
  LookaheadController controller;
  std::unique_ptr<PlanTracker> tracker;  // null but for kin+track

  EvaluationResult evaluate_one(const Protocol& protocol);
};

/// Loads what the flags name. Without settings.workers there are as many as threads.
EvaluationSession make_session(const ControllerFlags& flags, const std::string& eval_data,
                               EvaluationOptions settings);

/// The expert of kin+track, following plans of `replan` control steps; null for other methods.
/// Throws InputError when plans are shorter.
std::unique_ptr<PlanTracker> make_tracker(const ControllerFlags& flags,
                                          const LoadedController& loaded, int replan);

/// "lookahead", "kin+track@4"; with a label "lookahead:full-attention".
std::string method_name(const ControllerFlags& flags, const std::string& label = "");

RunIdentity identity_of(const EvaluationSession& session, const ControllerFlags& flags,
                        const std::string& protocol, const std::string& method);

}  // namespace foresight
