// Bring a hand, a foot or the head to a point in space (protocol "reach").
#include "controller/reach_episode.h"

namespace foresight {
namespace {

Task make_reach() {
  Task task;
  task.name = "reach";
  task.summary = "Bring a hand, a foot or the head to a point and hold it there";
  const ReachTaskParameters p = add_reach(task);
  task.begin = [p](const TaskStart& start) { return std::make_unique<ReachEpisode>(p, start); };
  return task;
}

FORESIGHT_TASK(make_reach);

}  // namespace
}  // namespace foresight
