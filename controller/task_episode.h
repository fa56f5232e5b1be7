// TaskEpisode: one attempt of a task in one world: what stands there, what is asked of each
// character at every control step, and when it is over.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/ground_pose.h"
#include "controller/surroundings.h"
#include "controller/task.h"
#include "sim/world.h"

namespace foresight {

/// What a task sees of one character at a control step.
struct TaskView {
  const World& world;
  const BodyState& state;
  double seconds = 0;         // since the episode began
  int which = 0;              // character of the world
  int future = 32;            // frames after now that costs see
  std::vector<Mover> others;  // the other characters, as their plans predict them
};

/// What is asked of one character now.
struct TaskOrders {
  TaskValues values;          // in: the user's; out: what the costs see
  Surroundings surroundings;  // in: the scene's fixed obstacles
};

struct Verdict {
  enum class Kind { kRunning, kSuccess, kFailed };
  Kind kind = Kind::kRunning;
  std::string reason;  // of a failure

  static Verdict running() { return {}; }
  static Verdict success() { return {Kind::kSuccess, {}}; }
  static Verdict failed(std::string why) { return {Kind::kFailed, std::move(why)}; }
};

class TaskEpisode {
 public:
  virtual ~TaskEpisode() = default;

  /// What stands in the world. Goals and other things to be drawn are objects that do not collide;
  /// those that move are moved by `move`.
  virtual Scene scene() const { return {}; }

  /// Where character `which` starts, for tasks that do not start at the origin heading +x.
  virtual GroundPose start_pose(int /*which*/) const { return {}; }

  /// Start state (qpos and qvel, layout of Character) for tasks that prescribe it.
  struct FixedStart {
    std::vector<double> qpos, qvel;
  };
  virtual std::optional<FixedStart> fixed_start(int /*which*/) const { return {}; }

  /// Puts moving objects and markers where they are at `seconds`. Once per control step, before
  /// planning.
  virtual void move(World& /*world*/, double /*seconds*/) {}

  /// Changes what is asked of a character in this control step.
  virtual void direct(const TaskView& /*view*/, TaskOrders& /*orders*/) {}

  /// After every control step, for every character. A success must hold for all characters.
  virtual Verdict judge(const TaskView& /*view*/) { return Verdict::running(); }

  /// Numbers for reports, by the metric names of the protocols (time_to_goal_s is added by whoever
  /// runs the episode).
  virtual std::map<std::string, double> measures() const { return {}; }
};

/// Index of the scene object with a name. FS_CHECK that there is one.
int object_named(const Scene& scene, const std::string& name);

}  // namespace foresight
