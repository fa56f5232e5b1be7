// How to walk: speed, direction, facing and root height.
#include <numbers>

#include "controller/costs/terms.h"
#include "controller/task.h"

namespace foresight {
namespace {

Task make_style() {
  constexpr double pi = std::numbers::pi;
  Task task;
  task.name = "style";
  task.summary = "Travel with a given speed, facing and height of the hips";
  const TravelParameters travel{
      task.add({"speed", "m/s", 0, 4, 1.0, "speed over ground"}),
      task.add({"direction", "rad", -1e3, 1e3, 0, "direction of travel in the world, 0 = +x"}),
      task.add({"turn_rate", "rad/s", -3, 3, 0, "how fast the direction goes on turning"})};
  const int facing = task.add({"facing", "rad", -pi, pi, 0, "heading minus direction of travel"});
  const int height = task.add({"height", "m", 0.5, 1.1, 0.75, "height of the pelvis"});
  task.costs = {velocity_cost(1, travel), displacement_cost(0.1, travel),
                heading_cost(0.2, travel, facing), stance_cost(1, travel.speed),
                height_cost(0.3, height)};
  task.guidance = kStrongGuidance;
  return task;
}

FORESIGHT_TASK(make_style);

}  // namespace
}  // namespace foresight
