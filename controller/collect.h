// Collect: rollouts of the expert with disturbed actions, "noisy state, clean action" (PDP,
// Truong et al. 2024): the label is the expert's mean action, what moves the body is a noisy one.
#pragma once

#include <functional>
#include <memory>

#include "controller/expert/expert_policy.h"
#include "controller/expert/reference_motion.h"
#include "controller/rollouts.h"
#include "controller/visited_starts.h"

namespace foresight {

struct CollectConfig {
  double hours = 3.5;  // character time to keep
  int worlds = 512;
  int threads = 0;
  double episode_seconds = 12;    // to keep; it goes on for the recovery check where the clip does
  double max_noise = 0.135;       // rad, standard deviation; worlds are spread evenly from 0
  double kick_share = 0.5;        // of the episodes that get kicks
  double kick_speed = 0.8;        // m/s, largest
  double kick_interval = 1.5;     // s, mean
  double max_error = 0.7;         // m, mean body error that ends an episode
  double shift_time = 0.5;        // s, see ReferenceShift
  double recovery_seconds = 2.0;  // that a kept step is followed by in which nothing fails
  double min_seconds = 1.5;       // shorter stretches are dropped
  double visited_share = 1;       // of the episodes that start where another controller got into
  std::uint64_t seed = 1;
};

/// Runs the expert on all clips until `hours` of surviving motion are collected. The last
/// `recovery_seconds` of every episode are dropped, however it ended: those before a failure led
/// there, and of those before the end of time or clip nobody knows where they lead. Clips too short
/// to leave anything are not followed. The set's settings say what was dropped, in steps.
/// `progress` gets the hours so far and may return false to stop early. With `visited` that share
/// of the episodes starts with one of these, their past steps included; that the expert takes over
/// counts as a push, so no window shows what the other controller would have done.
RolloutSet collect_rollouts(std::shared_ptr<const Character> character,
                            const ReferenceMotion& reference, ExpertPolicy& policy,
                            const CollectConfig& config,
                            const std::function<bool(double)>& progress,
                            std::span<const VisitedStart> visited = {});

}  // namespace foresight
