#include "controller/task_file.h"

#include <algorithm>
#include <cmath>

#include "controller/costs/terms.h"
#include "controller/staged_episode.h"
#include "controller/task_weights.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr int kMostOthers = 7;
constexpr double kFarAwayField = 1e6;  // m, edges of a field that has none

// A number of a file in its range; `where` names file and field.
double checked_number(const json& value, const std::string& where, double low, double high) {
  if (value.is_number() && value >= low && value <= high) return value;
  char range[64];
  std::snprintf(range, sizeof(range), "a number from %g to %g", low, high);
  throw InputError(where + ": expected " + range);
}

void check_names(const json& j, const std::vector<std::string>& known, const std::string& where) {
  for (const auto& [name, value] : j.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string list;
    for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
    throw InputError(where + name + ": expected one of " + list);
  }
}

double plan_radius(const SceneObject& o) {
  return o.shape == SceneObject::Shape::kBox ? o.size.head<2>().norm() : o.size.x();
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  TaskFile read(const json& j) {
    check_names(j, {"name", "summary", "trust", "max_gain", "scene", "moving", "others", "stages"},
                file_ + ": ");
    task_.name = text(j, "name");
    task_.summary = j.value("summary", "from " + file_);
    read_surroundings(j);
    if (!j.contains("stages") || !j["stages"].is_array() || j["stages"].empty()) {
      fail("stages", "a list with at least one stage");
    }
    for (const json& stage : j["stages"]) read_stage(stage);
    if (!staged_.others.empty()) add_terms_of_others();
    GuidanceSettings& guidance = task_.guidance;
    if (j.contains("trust")) guidance.trust = number(j["trust"], "trust", 0, 100);
    if (j.contains("max_gain")) guidance.max_gain = number(j["max_gain"], "max_gain", 0, 100);
    const auto staged = std::make_shared<const StagedTask>(std::move(staged_));
    task_.begin = [staged](const TaskStart& start) {
      return std::make_unique<StagedEpisode>(staged, start);
    };
    const TaskValues values = task_.defaults();
    return {std::make_shared<const Task>(std::move(task_)), values};
  }

 private:
  [[noreturn]] void fail(const std::string& field, const std::string& expected) const {
    throw InputError(file_ + ": " + where_ + field + ": expected " + expected);
  }

  std::string text(const json& j, const char* field) const {
    if (!j.is_object() || !j.contains(field) || !j[field].is_string()) fail(field, "a word");
    return j[field];
  }

  double number(const json& value, const std::string& field, double low, double high) const {
    return checked_number(value, file_ + ": " + where_ + field, low, high);
  }

  const json& list(const json& j, const char* field) const {
    static const json none = json::array();
    if (!j.contains(field)) return none;
    if (!j[field].is_array()) fail(field, "a list");
    return j[field];
  }

  void read_surroundings(const json& j) {
    if (j.contains("scene")) staged_.scene = scene_from_json(j["scene"]);
    if (staged_.scene.characters != 1) {
      fail("scene, characters", "1; further characters are \"others\" beside \"scene\"");
    }
    for (const json& moving : list(j, "moving")) read_moving(moving);
    for (const json& other : list(j, "others")) read_other(other);
    staged_.scene.characters = 1 + static_cast<int>(staged_.others.size());
  }

  void read_moving(const json& j) {
    where_ = "moving " + std::to_string(staged_.moving.size()) + ", ";
    const std::string name = text(j, "object");
    check_names(j, {"object", "velocity", "between"}, file_ + ": " + where_);
    auto& objects = staged_.scene.objects;
    const auto found = std::find_if(objects.begin(), objects.end(),
                                    [&](const SceneObject& o) { return o.name == name; });
    if (found == objects.end()) fail("object", "the name of an object of the scene");
    if (found->mass > 0) fail("object", "an object without \"mass\"");
    found->moves = true;
    MovingObject moving;
    moving.object = static_cast<int>(found - objects.begin());
    moving.height = found->position.z();
    moving.disc = {found->position.head<2>(), place(j.value("velocity", json()), "velocity"),
                   plan_radius(*found)};
    moving.field = field_of(j, moving.disc);
    staged_.moving.push_back(moving);
    where_.clear();
  }

  // The object with its radius is in it.
  Field field_of(const json& j, const BouncingDisc& disc) const {
    Field field{Eigen::Vector2d::Constant(-kFarAwayField),
                Eigen::Vector2d::Constant(kFarAwayField)};
    if (!j.contains("between")) return field;
    const json& corners = j["between"];
    if (!corners.is_array() || corners.size() != 2) fail("between", "[[x, y], [x, y]]");
    field = {place(corners[0], "between"), place(corners[1], "between")};
    const bool inside = ((disc.start.array() - disc.radius) > field.low.array()).all() &&
                        ((disc.start.array() + disc.radius) < field.high.array()).all();
    if (!inside) fail("between", "two corners, the lower one first, with the object between them");
    return field;
  }

  void read_other(const json& j) {
    where_ = "others " + std::to_string(staged_.others.size()) + ", ";
    if (staged_.others.size() >= kMostOthers) fail("start", "at most 7 other characters");
    if (!j.is_object()) fail("start", "{\"start\": [x, y], \"to\": [x, y]}");
    check_names(j, {"start", "heading", "to", "speed"}, file_ + ": " + where_);
    OtherCharacter other;
    other.start = pose(j, "start");
    other.to = place(j.value("to", json()), "to");
    if (j.contains("speed")) other.speed = number(j["speed"], "speed", 0, 4);
    staged_.others.push_back(other);
    where_.clear();
  }

  // As in the task "crowd".
  void add_terms_of_others() {
    staged_.others_on = task_.add({"others.on", "", 0, 1, 0, "1 for other characters", true});
    const std::size_t first = task_.costs.size();
    add_track_costs(task_);
    task_.costs.push_back(mover_cost(1.2));
    for (std::size_t i = first; i < task_.costs.size(); ++i) {
      task_.costs[i].weight_parameter = staged_.others_on;
    }
  }

  void read_stage(const json& j) {
    where_ = "stage " + std::to_string(staged_.stages.size()) + ", ";
    const std::string stage = where_;
    if (!j.is_object()) fail("terms", "a list of terms");
    check_names(j, {"walk", "path", "keyframes", "terms", "until"}, file_ + ": " + where_);
    const bool leads = j.contains("walk") || j.contains("path") || j.contains("keyframes");
    if (!j.contains("terms") && !leads) fail("terms", "a list of terms");
    if (j.contains("walk") && j.contains("path")) fail("path", "no \"walk\" in the same stage");
    staged_.stages.emplace_back();
    if (j.contains("walk")) read_walk(j["walk"]);
    where_ = stage;
    if (j.contains("path")) read_path(j["path"], names_track_terms(j));
    for (const json& keyframe : list(j, "keyframes")) {
      where_ = stage;
      read_keyframe(keyframe);
    }
    where_ = stage;
    for (const json& term : list(j, "terms")) {
      read_term(term);
      where_ = stage;
    }
    if (j.contains("until")) read_until(j["until"]);
    where_.clear();
  }

  std::string stage_prefix() const {
    return "stage" + std::to_string(staged_.stages.size() - 1) + ".";
  }

  // A parameter that switches the terms from `first` on with the stage that is being read.
  void switch_with_stage(std::size_t first, const std::string& prefix) {
    const int on = task_.add({prefix + "on", "", 0, 1, 0, "1 in this stage", true});
    staged_.stages.back().on.push_back(on);
    for (; first < task_.costs.size(); ++first) task_.costs[first].weight_parameter = on;
  }

  void read_walk(const json& j) {
    where_ += "walk, ";
    if (!j.is_object()) fail("walk", "{\"to\": [x, y], \"speed\": m/s}");
    check_names(j, {"to", "speed"}, file_ + ": " + where_);
    const Eigen::Vector2d to = place(j.value("to", json()), "to");
    const double speed = j.contains("speed") ? number(j["speed"], "speed", 0, 4) : 1.2;
    const std::size_t first = task_.costs.size();
    const std::string prefix = stage_prefix() + "walk.";
    staged_.stages.back().walk = add_walk(task_, to, speed, prefix);
    switch_with_stage(first, prefix);
  }

  static bool is_track_term(const json& term) {
    return term == "track" || term == "pace" || term == "along";
  }
  static bool names_track_terms(const json& stage) {
    const json terms = stage.value("terms", json::array());
    return std::any_of(terms.begin(), terms.end(), [](const json& t) {
      return t.is_object() && is_track_term(t.value("term", json()));
    });
  }

  // With terms of its own unless the stage names some of them.
  void read_path(const json& j, bool named) {
    where_ += "path, ";
    if (!j.is_object()) fail("points", "{\"points\": [[x, y], ...], \"speed\": m/s}");
    check_names(j, {"points", "speed", "closed"}, file_ + ": " + where_);
    std::vector<Eigen::Vector2d> points;
    for (const json& p : list(j, "points")) {
      points.push_back(place(p, "points"));
      const std::size_t n = points.size();
      if (n > 1 && (points[n - 1] - points[n - 2]).norm() < 0.01) {
        fail("points", "points that lie apart");
      }
    }
    if (points.size() < 2) fail("points", "two or more");
    if (j.contains("closed") && !j["closed"].is_boolean()) fail("closed", "true or false");
    const bool closed = j.value("closed", false);
    if (closed && (points.front() - points.back()).norm() < 0.01) {
      fail("points", "the first one not again at the end of a closed path");
    }
    const double speed = j.contains("speed") ? number(j["speed"], "speed", 0, 4) : 1.2;
    const std::string prefix = stage_prefix() + "path.";
    const int index = task_.add({prefix + "speed", "m/s", 0, 4, speed, "speed along the path"});
    staged_.stages.back().path = TaskStage::Path{GroundCurve(std::move(points), closed), index};
    if (named) return;
    const std::size_t first = task_.costs.size();
    add_track_costs(task_);
    switch_with_stage(first, prefix);
  }

  void read_keyframe(const json& j) {
    std::vector<StageKeyframe>& keyframes = staged_.stages.back().keyframes;
    where_ += "keyframe " + std::to_string(keyframes.size()) + ", ";
    if (!j.is_object()) fail("due", "{\"pose\": NUMBER, \"place\": [x, y], \"due\": s}");
    check_names(j, {"pose", "place", "heading", "due", "parts"}, file_ + ": " + where_);
    StageKeyframe key;
    if (j.contains("pose")) key.pose = static_cast<int>(number(j["pose"], "pose", 0, 1000));
    key.place = pose(j, "place");
    key.due = number(j.value("due", json()), "due", 0, 1e6);
    for (const json& part : list(j, "parts")) key.parts.push_back(part_name(part));
    keyframes.push_back(std::move(key));
  }

  std::string part_name(const json& part) const {
    std::string known;
    for (const StateRange& range : StateLayout{}.ranges()) {
      if (part.is_string() && part.get<std::string>() == range.name) return range.name;
      known += (known.empty() ? "" : ", ") + range.name;
    }
    fail("parts", "names out of " + known);
  }

  void read_term(const json& j) {
    const TermKind& kind = find_term(text(j, "term"));
    where_ += "term " + kind.name + ", ";
    check_given(kind.name);
    TaskStage& stage = staged_.stages.back();
    const std::string prefix =
        stage_prefix() + std::to_string(stage.on.size()) + "." + kind.name + ".";
    std::vector<std::string> fields{"term", "weight"};
    for (const TermKind::Field& f : kind.fields) fields.push_back(f.name);
    check_names(j, fields, file_ + ": " + where_);
    const double weight = j.contains("weight") ? number(j["weight"], "weight", 0, 1e3) : 0.3;
    const std::vector<int> indices = add_term(task_, kind, weight, prefix);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      read_field(j, kind.fields[i], indices[i], stage);
    }
    switch_with_stage(task_.costs.size() - 1, prefix);
  }

  // A term about something that the file does not have would do nothing.
  void check_given(const std::string& term) const {
    const TaskStage& stage = staged_.stages.back();
    if (is_track_term(term) && !stage.path && !stage.walk) {
      fail("term", "a \"path\" or \"walk\" in the same stage");
    }
    const auto partial = [](const StageKeyframe& k) { return !k.parts.empty(); };
    const auto& keys = stage.keyframes;
    if (term == "pose" && std::none_of(keys.begin(), keys.end(), partial)) {
      fail("term", "\"keyframes\" with \"parts\" in the same stage");
    }
    if (term == "movers" && staged_.moving.empty() && staged_.others.empty()) {
      fail("term", "\"moving\" objects or \"others\" in the file");
    }
  }

  void read_field(const json& j, const TermKind::Field& f, int index, TaskStage& stage) {
    TaskParameter& p = task_.parameters[index];
    if (f.name == "key" && j.contains("key") && j["key"].is_string()) {
      stage.keys.emplace_back(index, j["key"]);
    } else if (j.contains(f.name)) {
      p.value = number(j[f.name], f.name, f.low, f.high);
    }
    if (f.name != "due") return;
    p.low = -1e6;
    stage.due.emplace_back(index, p.value);
  }

  void read_until(const json& j) {
    TaskStage::Until& until = staged_.stages.back().until;
    if (!j.is_object()) fail("until", "{\"near\": [x, y], \"within\": m} or {\"seconds\": s}");
    check_names(j, {"near", "within", "seconds"}, file_ + ": " + where_ + "until, ");
    if (j.contains("seconds")) until.seconds = number(j["seconds"], "seconds", 0, 1e6);
    if (j.contains("within")) until.within = number(j["within"], "within", 0.01, 100);
    if (j.contains("near")) until.near = place(j["near"], "near");
  }

  Eigen::Vector2d place(const json& j, const std::string& field) const {
    if (!j.is_array() || j.size() != 2) fail(field, "[x, y]");
    return {number(j[0], field, -1e4, 1e4), number(j[1], field, -1e4, 1e4)};
  }

  // Of the place named `field` and "heading".
  GroundPose pose(const json& j, const char* field) const {
    GroundPose out{place(j.value(field, json()), field), 0};
    if (j.contains("heading")) out.yaw = number(j["heading"], "heading", -10, 10);
    return out;
  }

  std::string file_, where_;
  Task task_;
  StagedTask staged_;
};

void read_extra_term(const json& j, const std::string& file, Task& task, TaskValues& values) {
  if (!j.is_object() || !j.contains("term") || !j["term"].is_string()) {
    throw InputError(file +
                     ": terms: expected {\"term\": NAME, \"weight\": NUMBER, \"values\": {}}");
  }
  const TermKind& kind = find_term(j["term"]);
  const std::string here = file + ": term " + kind.name + ", ";
  check_names(j, {"term", "weight", "values"}, here);
  const double weight = checked_number(j.value("weight", json(1)), here + "weight", 0, 1e3);
  add_term(task, kind, weight, kind.name + ".");
  const json given = j.value("values", json::object());
  std::vector<std::string> names;
  for (const TermKind::Field& f : kind.fields) names.push_back(f.name);
  check_names(given, names, here);
  for (const TermKind::Field& f : kind.fields) {
    const json value = given.value(f.name, json(f.value));
    values.push_back(checked_number(value, here + f.name, f.low, f.high));
  }
}

// As the app saves it.
TaskFile registered(const json& j, const std::string& file) {
  if (!j["task"].is_string()) throw InputError(file + ": \"task\" must be a name");
  check_names(j, {"task", "values", "weights", "terms"}, file + ": ");
  Task task = find_task(j["task"]);
  std::vector<std::string> settings;
  const json given = j.value("values", json::object());
  for (const auto& [name, value] : given.items()) settings.push_back(name + "=" + value.dump());
  TaskValues values = task_values(task, settings);
  const json weights = j.value("weights", json::object()), terms = j.value("terms", json::array());
  if (!weights.is_object()) throw InputError(file + ": weights: expected {TERM: NUMBER, ...}");
  if (!terms.is_array()) throw InputError(file + ": terms: expected a list");
  std::vector<std::string> costs;
  for (const Cost& cost : task.costs) costs.push_back(cost.name);
  check_names(weights, costs, file + ": weights, ");
  for (const auto& [name, value] : weights.items()) {
    set_weight(task, name, checked_number(value, file + ": weights, " + name, 0, 1e3));
  }
  for (const json& term : terms) read_extra_term(term, file, task, values);
  return {std::make_shared<const Task>(std::move(task)), values};
}

}  // namespace

std::vector<int> add_term(Task& task, const TermKind& kind, double weight,
                          const std::string& prefix) {
  std::vector<int> indices;
  for (const TermKind::Field& f : kind.fields) {
    indices.push_back(task.add({prefix + f.name, f.unit, f.low, f.high, f.value, kind.summary}));
  }
  task.costs.push_back(kind.make(weight, indices));
  return indices;
}

TaskFile load_task_file(const fs::path& file) {
  const json j = json::parse(read_file(file, 1 << 20), nullptr, false);
  return task_from_json(j, file.string());
}

TaskFile task_from_json(const json& j, const std::string& source) {
  if (!j.is_object()) throw InputError(source + ": not a JSON object");
  return j.contains("task") ? registered(j, source) : Reader(source).read(j);
}

}  // namespace foresight
