// EvalData: what evaluation needs besides a checkpoint, made once from the expert's rollouts: start
// states, keyframe motions and the Gaussian of motion features that the Fréchet distance compares
// with. A safetensors file whose metadata names character and sources.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/rollouts.h"
#include "sim/character.h"

namespace foresight {

/// At the origin, heading +x.
struct StartState {
  std::vector<double> qpos, qvel;  // layout of Character
  double speed = 0;                // m/s over ground
};

/// A stretch of the expert's simulated motion, for keyframes.
struct EvalMotion {
  std::string clip;
  int nq = 0, nv = 0;
  std::vector<float> qpos, qvel;  // frames x nq, frames x nv (layout of Character)

  int frames() const { return nq == 0 ? 0 : static_cast<int>(qpos.size()) / nq; }
  std::vector<double> pose(int frame) const;
  std::vector<double> velocity(int frame) const;
};

struct EvalData {
  std::vector<StartState> starts;
  std::vector<EvalMotion> motions;  // all of the same length
  Eigen::VectorXd feature_mean;     // see motion_feature
  Eigen::MatrixXd feature_covariance;
  Eigen::VectorXd feature_scale;  // unit of each dimension in the Fréchet distance: its std
  nlohmann::json sources;         // training_data_of the rollouts
  std::string sha256;             // of the file; empty before it was saved
};

/// Seconds between two samples of the motion feature.
inline constexpr double kFeatureSeconds = 0.2;

/// One frame without root xy and heading: key points, root height, tilt, velocities and
/// end-effector rotations in the frame's own heading frame.
Eigen::VectorXd motion_feature(const Character& character, const BodyState& state);

struct EvalDataOptions {
  int starts = 256;
  double standing_share = 0.25;
  std::string split;           // only clips of this split for the Gaussian ("heldout"); empty: all
  int motions = 16;            // keyframe motions
  double motion_seconds = 12;  // length of each
  std::string motion_split = "heldout";  // of the keyframe motions; empty: all
  std::uint64_t seed = 1;
};

/// Draws standing (under 0.2 m/s) and walking (0.5 to 1.8 m/s) upright states of locomotion clips
/// and fits the Gaussian. Throws InputError when the rollouts have too few of either. Keyframe
/// motions are stretches of locomotion episodes, those with the least action noise; as many as
/// there are.
EvalData make_eval_data(const Character& character, const RolloutSet& set,
                        const EvalDataOptions& options);

void save_eval_data(const fs::path& file, const Character& character, const EvalData& data);

/// Throws InputError for a broken file or one made for another character.
EvalData load_eval_data(const fs::path& file, const Character& character);

/// assets/eval/NAME.safetensors of a character.
fs::path default_eval_data(const Character& character);

/// The model's rest pose, at rest: for use without evaluation data.
StartState standing_start(const Character& character);

}  // namespace foresight
