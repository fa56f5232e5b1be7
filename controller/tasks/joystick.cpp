// Walk or run in a world direction at a speed, facing along it or not.
#include <numbers>

#include "controller/costs/terms.h"
#include "controller/task.h"

namespace foresight {
namespace {

Task make_joystick() {
  constexpr double pi = std::numbers::pi;
  Task task;
  task.name = "joystick";
  task.summary = "Travel at a speed in a direction; faces where it goes unless told otherwise";
  task.parameters = {
      {"speed", "m/s", 0, 4, 1.2, "speed over ground"},
      {"direction", "rad", -1e3, 1e3, 0, "direction of travel in the world, 0 = +x, pi/2 = +y"},
      {"turn_rate", "rad/s", -3, 3, 0, "how fast the direction goes on turning, left positive"},
      {"facing", "rad", -pi, pi, 0, "heading minus direction of travel: pi walks backwards"}};
  const TravelParameters travel{0, 1, 2, 3};
  task.costs = {velocity_cost(1, travel), displacement_cost(0.1, travel),
                heading_cost(0.2, travel, travel.facing), stance_cost(1, travel.speed),
                balance_cost(4)};
  task.guidance = kStrongGuidance;
  return task;
}

FORESIGHT_TASK(make_joystick);

}  // namespace
}  // namespace foresight
