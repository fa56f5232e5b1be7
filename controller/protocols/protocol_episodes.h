// Episodes that protocols define themselves, on top of a task's costs.
#pragma once

#include <memory>

#include "controller/task_episode.h"

namespace foresight {

/// Task "waypoint": 6 goals in turn, each 2 to 4 m away within +-120 degrees of the heading at that
/// moment. The next one comes when the root is within 0.3 m or after 8 s.
std::unique_ptr<TaskEpisode> begin_waypoints(const Task& task, const TaskStart& start);

/// Task "reach": half of the episodes walk at 1.2 m/s along +x, half stand, right or left hand by
/// seed. After 1 s the target appears, due 2 s later: 0.3 to 0.6 m from where the shoulder will
/// then be at that speed, 0.7 to 1.7 m high, at most 100 degrees to the hand's own side and 45
/// degrees to the other.
std::unique_ptr<TaskEpisode> begin_reach(const Task& task, const TaskStart& start);

}  // namespace foresight
