// Controls that make a body follow a clip, found by sampling around what the expert does: SAMCON
// (Liu et al. 2010, "Sampling-based contact-rich motion control") with a policy. For motions that
// the policy has not learnt yet, jumps above all; what is found teaches it (Ppo::learn_from).
#pragma once

#include <memory>
#include <vector>

#include "controller/expert/expert_policy.h"
#include "controller/expert/tracking.h"

namespace foresight {

struct MotionSearchConfig {
  int samples = 1024;   // per window
  int kept = 96;        // of them, that the next window goes on from
  int window = 3;       // control steps for which one draw is held
  double spread = 0.2;  // rad, standard deviation of a draw
  int threads = 0;
  std::uint64_t seed = 1;
};

/// A clip as it was followed in simulation, from its start; row t is control step t.
struct FoundMotion {
  int steps = 0;
  std::vector<float> observations;  // x observation size, raw
  std::vector<float> actions;       // x nu, expert units
  double mean_error = 0;            // m, mean body error
  double worst_error = 0;           // m
};

/// Searches window after window. Every sample goes on from one of the states that were kept; to the
/// policy's targets comes an offset that is drawn for the window (none for one sample of every
/// state). Those that come closest to the reference are kept. Returns the best chain of windows
/// from the start to the end of the clip, or to where the last sample was lost.
FoundMotion search_motion(std::shared_ptr<const Character> character,
                          const ReferenceMotion& reference, int clip, ExpertPolicy& policy,
                          const MotionSearchConfig& config);

}  // namespace foresight
