// StagedEpisode: what a task file describes, as it runs: stages one after the other, things that
// move, other characters.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/goal_episode.h"
#include "controller/ground_curve.h"
#include "controller/task_layouts.h"

namespace foresight {

/// A pose of the evaluation data to be met at a place.
struct StageKeyframe {
  int pose = 0;  // see recorded_pose
  GroundPose place;
  double due = 0;                  // s since the stage began
  std::vector<std::string> parts;  // ranges of StateLayout; none: the whole state
};

struct TaskStage {
  /// When it is over.
  struct Until {
    std::optional<Eigen::Vector2d> near;  // m, world
    double within = 0.5;                  // m
    std::optional<double> seconds;        // since the stage began
  };
  struct Path {
    GroundCurve curve;
    int speed;  // parameter
  };

  std::vector<int> on;                            // weight parameters of its terms
  std::vector<std::pair<int, double>> due;        // parameters that count down from a number
  std::vector<std::pair<int, std::string>> keys;  // parameters that are key points by name
  std::optional<WalkParameters> walk;
  std::optional<Path> path;
  std::vector<StageKeyframe> keyframes;
  Until until;
};

/// A scene object that goes straight on, bouncing off the edges of a field.
struct MovingObject {
  int object = 0;  // of the scene
  BouncingDisc disc;
  Field field;
  double height = 0;  // m, of its centre
};

/// A character that the stages are not about: it walks to a place.
struct OtherCharacter {
  GroundPose start;
  Eigen::Vector2d to;
  double speed = 1.2;  // m/s
};

struct StagedTask {
  std::vector<TaskStage> stages;
  Scene scene;
  std::vector<MovingObject> moving;
  std::vector<OtherCharacter> others;
  int others_on = -1;  // weight parameter of the terms that others walk by
};

class StagedEpisode : public TaskEpisode {
 public:
  StagedEpisode(std::shared_ptr<const StagedTask> task, const TaskStart& start);

  Scene scene() const override { return task_->scene; }
  GroundPose start_pose(int which) const override;
  void move(World& world, double seconds) override;
  void direct(const TaskView& view, TaskOrders& orders) override;
  Verdict judge(const TaskView& view) override;
  std::map<std::string, double> measures() const override {
    return {{"stages", static_cast<double>(stage_)}};
  }

 private:
  void direct_first(const TaskView& view, TaskOrders& orders);
  void add_keyframes(const TaskView& view, Surroundings& around) const;

  std::shared_ptr<const StagedTask> task_;
  StateLayout layout_;
  std::vector<std::vector<BodyState>> poses_;  // of the keyframes, per stage
  std::vector<Walker> walkers_;                // per character
  double along_ = 0;                           // m, on the stage's path
  std::size_t stage_ = 0;
  double since_ = 0;
};

}  // namespace foresight
