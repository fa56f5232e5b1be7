// ReachEpisode: a hand, a foot or the head to a point in space at a due time.
#pragma once

#include <array>

#include "controller/costs/terms.h"
#include "controller/task_episode.h"

namespace foresight {

/// Parameters of the reach task. `key`, `due_in` and the travel parameters are set by the episode.
struct ReachTaskParameters {
  int limb, x, y, z, due, walk;          // limb: 0 right hand, 1 left hand, 2, 3 the feet, 4 head
  int key, aim_x, aim_y, aim_z, due_in;  // key point; where it is to go, world, m; s from now
  TravelParameters travel;
  int facing;
};

/// Adds the parameters and terms to a task.
ReachTaskParameters add_reach(Task& task);

/// Key point of a limb by the character's role table.
int limb_key(const Character& character, int limb);
/// World position of the joint that a limb hangs on (shoulder, hip, neck), m.
Eigen::Vector3d limb_root(const World& world, int which, int limb);

/// Walks within reach of the target if need be, then reaches and holds.
class ReachEpisode : public TaskEpisode {
 public:
  ReachEpisode(const ReachTaskParameters& p, const TaskStart& start);

  Scene scene() const override { return scene_; }
  void move(World& world, double seconds) override;
  void direct(const TaskView& view, TaskOrders& orders) override;
  Verdict judge(const TaskView& view) override;
  std::map<std::string, double> measures() const override { return {{"goal_error_m", error_}}; }

 protected:
  static constexpr double kLater = 1e3;  ///< s, due then: not to be reached for yet
  const ReachTaskParameters& parameters() const { return p_; }
  void set_target(const Eigen::Vector3d& target) { target_ = target; }
  /// Orders for a limb that is to be at the target in `due_in` seconds: walk, turn and reach.
  void reach_out(const TaskView& view, int limb, double due_in, TaskValues& values);
  const Eigen::Vector3d& target() const { return target_; }
  /// Distance of the limb's key point from the target, m.
  double distance(const TaskView& view, int limb) const;

 private:
  /// `gap`: from the limb's root to the target, m.
  void walk_up(const TaskView& view, int limb, const Eigen::Vector3d& gap, double due_in,
               TaskValues& values) const;

  ReachTaskParameters p_;
  Eigen::Vector3d target_;
  Scene scene_;
  int limb_;
  std::array<int, 5> keys_;            // key points of the limbs
  Eigen::Vector3d short_of_{0, 0, 0};  // what the limb has fallen short of, summed up, m
  double error_ = 0;
};

}  // namespace foresight
