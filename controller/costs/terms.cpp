#include "controller/costs/terms.h"

#include "sim/base/error.h"

namespace foresight {
namespace {

using TermField = TermKind::Field;
using Indices = std::vector<int>;

const TermField kSpeed{"speed", "m/s", 0, 4, 1.2};
const TermField kDirection{"direction", "rad", -1e3, 1e3, 0};
const TermField kTurnRate{"turn_rate", "rad/s", -3, 3, 0};
const TermField kGoalX{"goal_x", "m", -1e3, 1e3, 0};
const TermField kGoalY{"goal_y", "m", -1e3, 1e3, 0};

std::vector<TermKind> make_kinds() {
  return {
      {"velocity",
       "travel with a speed in a world direction",
       {kSpeed, kDirection, kTurnRate},
       [](double w, const Indices& i) {
         return velocity_cost(w, {i[0], i[1], i[2]});
       }},
      {"displacement",
       "be where a speed in a world direction leads from now on",
       {kSpeed, kDirection, kTurnRate},
       [](double w, const Indices& i) {
         return displacement_cost(w, {i[0], i[1], i[2]});
       }},
      {"heading",
       "look in a world direction",
       {kDirection, kTurnRate, {"facing", "rad", -4, 4, 0}},
       [](double w, const Indices& i) {
         return heading_cost(w, {i[0], i[0], i[1]}, i[2]);
       }},
      {"stance",
       "put the feet under the hips when hardly any speed is asked for",
       {{"speed", "m/s", 0, 4, 0}},
       [](double w, const Indices& i) { return stance_cost(w, i[0]); }},
      {"balance",
       "keep the middle between the feet below the hips",
       {},
       [](double w, const Indices&) { return balance_cost(w); }},
      {"height",
       "root height",
       {{"height", "m", 0.3, 1.2, 0.9}},
       [](double w, const Indices& i) { return height_cost(w, i[0]); }},
      {"approach",
       "walk to a place and slow down there",
       {kGoalX, kGoalY, kSpeed},
       [](double w, const Indices& i) {
         return approach_cost(w, {i[0], i[1]}, i[2]);
       }},
      {"facing",
       "look towards a place",
       {kGoalX, kGoalY},
       [](double w, const Indices& i) {
         return facing_cost(w, {i[0], i[1]});
       }},
      {"waypoint",
       "pull the root to a place",
       {kGoalX, kGoalY},
       [](double w, const Indices& i) {
         return waypoint_cost(w, {i[0], i[1]});
       }},
      {"reach",
       "bring a key point (by number) to a point in space",
       {{"key", "", 0, 100, 4},
        {"x", "m", -1e3, 1e3, 0},
        {"y", "m", -1e3, 1e3, 0},
        {"z", "m", 0, 3, 1.2},
        {"due", "s", -10, 100, 0}},
       [](double w, const Indices& i) {
         return reach_cost(w, {i[0], i[1], i[2], i[3], i[4]});
       }},
      {"track",
       "follow the path in time that the task gives",
       {},
       [](double w, const Indices&) { return track_cost(w); }},
      {"pace",
       "be as fast as the path in time that the task gives",
       {},
       [](double w, const Indices&) { return pace_cost(w); }},
      {"along",
       "look along the path in time that the task gives",
       {},
       [](double w, const Indices&) { return along_cost(w); }},
      {"pose", "meet partial keyframes", {}, [](double w, const Indices&) { return pose_cost(w); }},
      {"obstacles",
       "keep clear of what stands in the way",
       {},
       [](double w, const Indices&) { return obstacle_cost(w); }},
      {"movers",
       "keep clear of what moves",
       {},
       [](double w, const Indices&) { return mover_cost(w); }},
      {"clearance",
       "lift the feet over low obstacles",
       {},
       [](double w, const Indices&) { return clearance_cost(w); }},
      {"penetration",
       "stay out of platforms and low boxes",
       {},
       [](double w, const Indices&) { return penetration_cost(w); }},
      {"foothold",
       "put feet on platforms",
       {},
       [](double w, const Indices&) { return foothold_cost(w); }},
      {"stepping",
       "move the legs so that feet land on platforms",
       {},
       [](double w, const Indices&) { return stepping_cost(w); }},
      {"smoothness", "no jerks of the root's velocity", {}, [](double w, const Indices&) {
         return smoothness_cost(w);
       }}};
}

}  // namespace

const std::vector<TermKind>& term_kinds() {
  static const std::vector<TermKind> kinds = make_kinds();
  return kinds;
}

const TermKind& find_term(const std::string& name) {
  std::string known;
  for (const TermKind& kind : term_kinds()) {
    if (kind.name == name) return kind;
    known += (known.empty() ? "" : ", ") + kind.name;
  }
  throw InputError("no cost term \"" + name + "\"; there are " + known);
}

}  // namespace foresight
