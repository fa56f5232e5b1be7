#include "models/rolling.h"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/base/error.h"

namespace foresight {
namespace {

/// Unclipped levels of all tokens as functions of the call number.
struct Ramps {
  RollingSpec spec;
  std::vector<int> state_start;   ///< by frame; history -1
  std::vector<int> action_ramp;   ///< by frame, at the first action call
  std::vector<int> action_limit;  ///< kept tokens are never noisier than this
  int state_rows = 0;
  int action_rows = 0;
  int action_offset = 0;  ///< first call in which actions move
  int queue_row = -1;     ///< action call around which the queue is kept; -1: no queue
  int fresh_action = -1;  ///< level of all actions in the first call; -1: that of the ramp
  int only_call = -1;     ///< call in which actions go from noise to the end; -1: on the ramp

  int now() const { return spec.history - 1; }
  int state(int frame, int row) const {
    return frame < spec.history ? -1 : state_start[frame] - spec.stride * row;
  }
  int calls() const {
    const int levels = std::max(state_rows, action_offset + action_rows);
    return (levels + spec.stride - 1) / spec.stride;
  }
  int action(int frame, int row) const {
    if (only_call >= 0) return row <= only_call ? spec.steps - 1 : -1;
    if (row == 0 && fresh_action >= 0) return fresh_action;
    const int moved = std::max(0, row - action_offset);
    return std::min(action_limit[frame], action_ramp[frame] - spec.stride * moved);
  }
};

int steps_down(int level, int next, int steps) {
  return level >= 0 && level < steps ? std::max(0, level - next) : 0;
}

void check_spec(const RollingSpec& spec) {
  FS_CHECK(spec.stride >= 1);
  if (spec.stride > 1 && spec.roll_actions) {
    throw InputError(
        "a queue of actions moves one noise level per call: levels per call must be 1");
  }
  if (spec.action_rows == ActionRows::kOnce && spec.roll_actions) {
    throw InputError("actions that are made in one call cannot be in a queue");
  }
  const bool reachable = 2 * spec.roll_level >= spec.steps - 1 && spec.roll_level < spec.steps;
  if (spec.roll_states && !reachable) {
    throw InputError("roll level " + std::to_string(spec.roll_level) + " does not fit " +
                     std::to_string(spec.steps) + " denoising steps: it must be between " +
                     std::to_string(spec.steps / 2) + " and " + std::to_string(spec.steps - 1));
  }
}

/// Start levels of actions: constant up to now, then one more per frame. Without rolling all start
/// as fresh noise at `flat`.
void set_action_ramp(Ramps& ramps, int extra, int flat) {
  const RollingSpec& spec = ramps.spec;
  const int start = action_start_level(spec);
  for (int i = 0; i < spec.action_frames; ++i) {
    const int after_now = std::max(0, i - ramps.now());
    ramps.action_ramp.push_back(spec.roll_actions ? start + extra + after_now : flat);
  }
  ramps.action_limit.assign(spec.action_frames, std::numeric_limits<int>::max());
  ramps.queue_row = spec.roll_actions ? extra : -1;
  ramps.action_rows = ramps.action_ramp[ramps.now()] + 1;
  if (spec.action_rows == ActionRows::kLast) {
    ramps.action_offset = std::max(0, ramps.state_rows - ramps.action_rows);
  }
  if (spec.action_rows == ActionRows::kOnce) ramps.only_call = ramps.calls() - 1;
}

/// A queue token that moves `advance` frames ahead has the level it was kept at.
void limit_kept_actions(Ramps& ramps, int advance) {
  const int start = action_start_level(ramps.spec);
  for (int i = 0; i + advance < ramps.spec.action_frames; ++i) {
    ramps.action_limit[i] = start + std::max(0, i + advance - ramps.now() - 1);
  }
}

int needed_action_tokens(const Ramps& ramps, const Row& row, int row_index) {
  if (!ramps.spec.prune) return ramps.spec.action_frames;
  const int call = row_index - ramps.action_offset;
  const bool queue_moves = call <= ramps.queue_row;
  const int last = queue_moves ? ramps.spec.action_frames - 1 : ramps.now();
  for (int i = last; i >= 0; --i) {
    if (row.action_down[i] > 0) return i + 1;
  }
  return 0;
}

Row make_row(const Ramps& ramps, int index) {
  const RollingSpec& spec = ramps.spec;
  Row row;
  for (int i = 0; i < spec.frames; ++i) {
    const int level = ramps.state(i, index);
    row.state_levels.push_back(level);
    row.state_down.push_back(steps_down(level, ramps.state(i, index + 1), spec.steps));
    row.keep_state.push_back(spec.roll_states && i >= spec.history && level == spec.roll_level);
  }
  for (int i = 0; i < spec.action_frames; ++i) {
    const int level = ramps.action(i, index);
    row.action_levels.push_back(level);
    row.action_down.push_back(steps_down(level, ramps.action(i, index + 1), spec.steps));
  }
  row.action_tokens = needed_action_tokens(ramps, row, index);
  row.keep_actions = ramps.queue_row >= 0 && index - ramps.action_offset == ramps.queue_row;
  return row;
}

std::vector<Row> make_rows(const Ramps& ramps) {
  std::vector<Row> rows;
  for (int i = 0; i < ramps.calls(); ++i) rows.push_back(make_row(ramps, i));
  return rows;
}

}  // namespace

std::string action_rows_name(ActionRows rows) {
  return rows == ActionRows::kFirst ? "first" : rows == ActionRows::kLast ? "last" : "once";
}

ActionRows action_rows_from(const std::string& name) {
  for (const ActionRows rows : {ActionRows::kFirst, ActionRows::kLast, ActionRows::kOnce}) {
    if (name == action_rows_name(rows)) return rows;
  }
  throw InputError("action rows \"" + name + "\": expected first, last or once");
}

int default_roll_level(int steps) { return steps * 17 / 20; }

int default_stride(bool roll_actions) { return roll_actions ? 1 : 3; }

ActionRows default_action_rows(bool roll_actions) {
  return roll_actions ? ActionRows::kFirst : ActionRows::kOnce;
}

int action_start_level(const RollingSpec& spec) {
  return std::max(0, spec.steps - spec.action_horizon - 1);
}

std::vector<Row> rolling_rows(const RollingSpec& spec, int advance) {
  check_spec(spec);
  FS_CHECK(advance >= 1);
  const int noisiest = spec.steps - 1, roll = spec.roll_level;
  Ramps ramps{spec, {}, {}, {}};
  const int above = std::min(2 * (noisiest - roll), roll);  // so that new frames come to `roll` too
  const int newest = roll + above - above % spec.stride;
  for (int i = 0; i < spec.frames; ++i) {
    const int start = i < spec.frames - advance ? roll : newest;
    ramps.state_start.push_back(spec.roll_states ? start : noisiest);
  }
  ramps.state_rows = (spec.roll_states ? roll : noisiest) + 1;
  set_action_ramp(ramps, advance - 1, ramps.state_rows - 1);
  // Actions that are made anew are noise; the first call takes them down to the states' level.
  if (spec.roll_states && !spec.roll_actions) ramps.fresh_action = noisiest;
  if (spec.roll_actions) limit_kept_actions(ramps, advance);
  return make_rows(ramps);
}

std::vector<Row> follow_rows(const RollingSpec& rolling, int level) {
  check_spec(rolling);
  RollingSpec spec = rolling;
  spec.roll_states = spec.roll_actions = false;
  FS_CHECK(level >= 0 && level < spec.steps);
  Ramps ramps{spec, {}, {}, {}};
  ramps.state_start.assign(spec.frames, level);
  ramps.state_rows = level + 1;
  set_action_ramp(ramps, 0, level);
  ramps.fresh_action = spec.steps - 1;
  return make_rows(ramps);
}

std::vector<Row> first_rows(const RollingSpec& spec) {
  check_spec(spec);
  const int noisiest = spec.steps - 1;
  // Frames must come through the roll level, where they are kept.
  const int start = noisiest - (spec.roll_states ? (noisiest - spec.roll_level) % spec.stride : 0);
  Ramps ramps{spec, {}, {}, {}};
  ramps.state_start.assign(spec.frames, start);
  ramps.state_rows = start + 1;
  set_action_ramp(ramps, noisiest - action_start_level(spec), start);
  return make_rows(ramps);
}

}  // namespace foresight
