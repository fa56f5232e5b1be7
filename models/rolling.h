// Which noise level every token has in every network call of a control step (Diffuse-CLoC
// section 6). Pure integers; the sampler turns them into tensors.
#pragma once

#include <string>
#include <vector>

namespace foresight {

/// When the current action is denoised: in the first calls of a control step (as the reference
/// code does), in the last ones, when the state plan is done, or in the last one alone, from noise
/// to the prediction: the mean of the actions that fit the plan instead of one of them.
enum class ActionRows { kFirst, kLast, kOnce };

/// "first", "last", "once".
std::string action_rows_name(ActionRows rows);

/// Throws InputError for another name.
ActionRows action_rows_from(const std::string& name);

struct RollingSpec {
  int steps = 20;
  int history = 4;
  int frames = 36;          ///< state tokens
  int action_frames = 20;   ///< action tokens
  int action_horizon = 16;  ///< actions after now that are on the ramp
  int roll_level = 14;      ///< level at which future states are kept between control steps
  bool roll_states = true;
  bool roll_actions = true;
  ActionRows action_rows = ActionRows::kFirst;
  int stride = 1;     ///< noise levels that a call takes a token down
  bool prune = true;  ///< leave out action tokens that cannot change the result
};

/// Roll level used when none is given: 0.85 of the steps (17 of 20); 14 as published follows sudden
/// commands less well (docs/experiments.md).
int default_roll_level(int steps);

/// Levels per call when none are given: 3, or 1 with a queue of actions.
int default_stride(bool roll_actions);

/// Calls that make the actions when none are named: the last one alone, or the first with a queue.
ActionRows default_action_rows(bool roll_actions);

/// Level of the current action at the start of a control step: steps - action_horizon - 1, at
/// least 0.
int action_start_level(const RollingSpec& spec);

/// One network call. Levels are unclipped: at or above `steps` a token waits as pure noise, below
/// 0 it is done. The label shown to the network is the level clipped to 0 .. steps - 1.
struct Row {
  std::vector<int> state_levels;   ///< [frames], -1 for history
  std::vector<int> action_levels;  ///< [action_frames]
  std::vector<int> state_down;     ///< levels that the token goes down after this call
  std::vector<int> action_down;    ///< (0: it rests)
  std::vector<bool> keep_state;    ///< sample before this call is kept for the next control step
  int action_tokens = 0;           ///< action tokens the call needs (a prefix)
  bool keep_actions = false;       ///< the queue is kept around this call
};

/// Calls of a control step that follows the last one by `advance` frames. Throws InputError when
/// the roll level is too low for new frames to reach it.
std::vector<Row> rolling_rows(const RollingSpec& spec, int advance = 1);

/// Calls that make the actions of now for a plan that is already there: its states go down from
/// `level`, actions start as noise.
std::vector<Row> follow_rows(const RollingSpec& spec, int level);

/// Calls of the first control step after a reset: states from steps - 1, the action ramp such that
/// the current action is done in the last call and the queue is left at its right levels.
std::vector<Row> first_rows(const RollingSpec& spec);

}  // namespace foresight
