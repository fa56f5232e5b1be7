// A tiny controller and evaluation data for tests that run tasks.
#pragma once

#include <memory>

#include "controller/eval_data.h"
#include "controller/lookahead_controller.h"
#include "tests/controller/fixtures.h"

namespace foresight::testing {

/// Sizes that make a control step cheap: 4 noise levels, 8 states and 3 actions ahead.
inline std::shared_ptr<const LookaheadModel> tiny_model(const Character& character) {
  DenoiserConfig config = lookahead_config("tiny", character);
  config.steps = 4;
  config.future = 8;
  config.action_frames = config.history + 3;
  config.layers = 1;
  return std::make_shared<const LookaheadModel>(random_lookahead(character, config, 3, 2.0, 0.3));
}

/// The rest pose as start state and as a motion of ten seconds on the spot.
inline EvalData tiny_eval_data(const Character& character) {
  EvalData data;
  data.starts = {standing_start(character)};
  const int features = state_layout(character).dim() - 2;
  data.feature_mean = Eigen::VectorXd::Zero(features);
  data.feature_covariance = Eigen::MatrixXd::Identity(features, features);
  data.feature_scale = Eigen::VectorXd::Ones(features);
  EvalMotion motion{"made_up/stand", character.nq, character.nv, {}, {}};
  const StartState& rest = data.starts[0];
  for (int f = 0; f < 300; ++f) {
    motion.qpos.insert(motion.qpos.end(), rest.qpos.begin(), rest.qpos.end());
    motion.qvel.insert(motion.qvel.end(), rest.qvel.begin(), rest.qvel.end());
  }
  data.motions.push_back(std::move(motion));
  return data;
}

}  // namespace foresight::testing
