// TaskRun: an episode of a task tied to its world and to the slots of a controller, one slot per
// character. The one loop body of headless runs, evaluations and the app:
//   prepare() -> controller.act(states()) -> world.set_action, world.step -> judge()
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "controller/eval_data.h"
#include "controller/lookahead_controller.h"
#include "controller/task_episode.h"

namespace foresight {

class TaskRun {
 public:
  /// `world` must hold episode->scene() and outlive this.
  TaskRun(std::unique_ptr<TaskEpisode> episode, World& world, const TaskValues& values);

  World& world() { return *world_; }
  const TaskEpisode& episode() const { return *episode_; }
  int characters() const { return world_->num_characters(); }
  /// Body states of all characters, as of the last refresh.
  const std::vector<BodyState>& states() const { return states_; }
  double seconds() const;

  /// What people ask for; used from the next control step on.
  void set_values(const TaskValues& values) { values_ = values; }

  /// Puts a character at its start: the start state, moved to `place` if given, else to where the
  /// task starts. Returns the joint angles, which are the targets in force.
  std::span<const double> place(int which, const StartState& start,
                                const GroundPose* maybe_place = nullptr);

  /// Reads the states of all characters anew, after the world was changed from outside.
  void refresh();

  /// Frames after now that plans and costs see; 32 when not told.
  void see_ahead(int frames) { future_ = frames; }

  /// Moves what moves and returns what is asked of each character in this control step. `plans`:
  /// where each character is going to be, for the others; who is left out or has no plan is taken
  /// to go straight on.
  std::vector<TaskOrders> orders(std::span<const PlannedStates> plans = {});

  /// Hands orders() to a controller.
  void prepare(LookaheadController& controller, int first_slot);

  /// After the world stepped: failed when a character fell or failed at the task, success when all
  /// succeeded.
  Verdict judge();

 private:
  std::vector<Mover> others_of(int which, std::span<const PlannedStates> plans) const;

  std::unique_ptr<TaskEpisode> episode_;
  World* world_;
  TaskValues values_;
  StateLayout layout_;
  std::vector<Obstacle> obstacles_;
  std::vector<BodyState> states_;
  std::vector<bool> done_;
  int future_ = 32;
  long steps_ = 0;
};

/// Where the root of one world of a plan will be: path[f] is f + 1 + age control steps after the
/// plan's observation, whose frame is `now`; at the end of the plan from then on.
Mover predicted_mover(const PlannedStates& plan, const StateLayout& layout, int now, double radius);

}  // namespace foresight
