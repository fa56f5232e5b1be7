#include "controller/task_file.h"

#include <optional>

#include "controller/goal_episode.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

/// When a stage is over.
struct Until {
  std::optional<Eigen::Vector2d> near;  // m, world
  double within = 0.5;                  // m
  std::optional<double> seconds;        // since the stage began
};

/// What of a stage the episode has to do every control step.
struct Stage {
  std::vector<int> on;                            // weight parameters of its terms
  std::vector<std::pair<int, double>> due;        // parameters that count down from a number
  std::vector<std::pair<int, std::string>> keys;  // parameters that are key points by name
  std::optional<WalkParameters> walk;
  Until until;
};

struct StagedTask {
  std::vector<Stage> stages;
  Scene scene;
};

class StagedEpisode : public TaskEpisode {
 public:
  StagedEpisode(std::shared_ptr<const StagedTask> task, const Character& character)
      : task_(std::move(task)), layout_(state_layout(character)) {}

  Scene scene() const override { return task_->scene; }

  void direct(const TaskView& view, TaskOrders& orders) override {
    for (const Stage& stage : task_->stages) {
      for (const int on : stage.on) orders.values[on] = 0;
    }
    const Stage& stage = task_->stages[std::min(stage_, task_->stages.size() - 1)];
    for (const int on : stage.on) orders.values[on] = 1;
    for (const auto& [p, due] : stage.due) orders.values[p] = due - (view.seconds - since_);
    for (const auto& [p, key] : stage.keys) orders.values[p] = layout_.key_point(key);
    if (!stage.walk) return;
    const GoalParameters& goal = stage.walk->goal;
    walker_.lay(view, {orders.values[goal.x], orders.values[goal.y]},
                orders.values[stage.walk->speed], orders);
  }

  Verdict judge(const TaskView& view) override {
    if (stage_ >= task_->stages.size()) return Verdict::success();
    const Until& until = task_->stages[stage_].until;
    const bool late = until.seconds && view.seconds - since_ >= *until.seconds - 1e-9;
    const Eigen::Vector2d root = view.state.root_position.head<2>();
    const bool there = until.near && (root - *until.near).norm() <= until.within;
    if (!late && !there) return Verdict::running();
    ++stage_;
    since_ = view.seconds;
    return stage_ == task_->stages.size() ? Verdict::success() : Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    return {{"stages", static_cast<double>(stage_)}};
  }

 private:
  std::shared_ptr<const StagedTask> task_;
  StateLayout layout_;
  Walker walker_;
  std::size_t stage_ = 0;
  double since_ = 0;
};

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  TaskFile read(const json& j) {
    task_.name = text(j, "name");
    task_.summary = j.value("summary", "from " + file_);
    if (j.contains("scene")) staged_.scene = scene_from_json(j["scene"]);
    if (!j.contains("stages") || !j["stages"].is_array() || j["stages"].empty()) {
      fail("stages", "a list with at least one stage");
    }
    for (const json& stage : j["stages"]) read_stage(stage);
    GuidanceSettings& guidance = task_.guidance;
    if (j.contains("trust")) guidance.trust = number(j["trust"], "trust", 0, 100);
    if (j.contains("max_gain")) guidance.max_gain = number(j["max_gain"], "max_gain", 0, 100);
    const auto staged = std::make_shared<const StagedTask>(staged_);
    task_.begin = [staged](const TaskStart& start) {
      return std::make_unique<StagedEpisode>(staged, start.character);
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
    if (value.is_number() && value >= low && value <= high) return value;
    char range[64];
    std::snprintf(range, sizeof(range), "a number from %g to %g", low, high);
    fail(field, range);
  }

  void read_stage(const json& j) {
    where_ = "stage " + std::to_string(staged_.stages.size()) + ", ";
    const bool walks = j.is_object() && j.contains("walk");
    const json terms = j.is_object() && j.contains("terms") ? j["terms"] : json();
    if (!terms.is_array() && !(walks && terms.is_null())) fail("terms", "a list of terms");
    staged_.stages.emplace_back();
    const std::string stage = where_;
    if (walks) read_walk(j["walk"]);
    where_ = stage;
    for (const json& term : terms) {
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
    for (const auto& [field, value] : j.items()) {
      if (field != "to" && field != "speed") fail(field, "one of to, speed");
    }
    const Eigen::Vector2d to = place(j.value("to", json()), "to");
    const double speed = j.contains("speed") ? number(j["speed"], "speed", 0, 4) : 1.2;
    const std::size_t first = task_.costs.size();
    const std::string prefix = stage_prefix() + "walk.";
    staged_.stages.back().walk = add_walk(task_, to, speed, prefix);
    switch_with_stage(first, prefix);
  }

  void read_term(const json& j) {
    const TermKind& kind = find_term(text(j, "term"));
    where_ += "term " + kind.name + ", ";
    Stage& stage = staged_.stages.back();
    const std::string prefix =
        stage_prefix() + std::to_string(stage.on.size()) + "." + kind.name + ".";
    check_fields(j, kind);
    std::vector<int> indices;
    for (const TermKind::Field& f : kind.fields) indices.push_back(read_field(j, f, prefix, stage));
    const double weight = j.contains("weight") ? number(j["weight"], "weight", 0, 1e3) : 0.3;
    task_.costs.push_back(kind.make(weight, indices));
    switch_with_stage(task_.costs.size() - 1, prefix);
  }

  void check_fields(const json& j, const TermKind& kind) const {
    for (const auto& [field, value] : j.items()) {
      bool known = field == "term" || field == "weight";
      std::string names = "weight";
      for (const TermKind::Field& f : kind.fields) {
        known = known || f.name == field;
        names += ", " + f.name;
      }
      if (!known) fail(field, "one of " + names);
    }
  }

  int read_field(const json& j, const TermKind::Field& f, const std::string& prefix, Stage& stage) {
    const bool by_name = f.name == "key" && j.contains("key") && j["key"].is_string();
    double value = f.value;
    if (j.contains(f.name) && !by_name) value = number(j[f.name], f.name, f.low, f.high);
    const int index = task_.add({prefix + f.name, f.unit, f.low, f.high, value, "of a term"});
    if (by_name) stage.keys.emplace_back(index, j["key"]);
    if (f.name == "due") {
      task_.parameters[index].low = -1e6;
      stage.due.emplace_back(index, value);
    }
    return index;
  }

  void read_until(const json& j) {
    Until& until = staged_.stages.back().until;
    if (!j.is_object()) fail("until", "{\"near\": [x, y], \"within\": m} or {\"seconds\": s}");
    if (j.contains("seconds")) until.seconds = number(j["seconds"], "seconds", 0, 1e6);
    if (j.contains("within")) until.within = number(j["within"], "within", 0.01, 100);
    if (j.contains("near")) until.near = place(j["near"], "near");
  }

  Eigen::Vector2d place(const json& j, const std::string& field) const {
    if (!j.is_array() || j.size() != 2) fail(field, "[x, y]");
    return {number(j[0], field, -1e4, 1e4), number(j[1], field, -1e4, 1e4)};
  }

  std::string file_, where_;
  Task task_;
  StagedTask staged_;
};

TaskFile registered(const json& j, const std::string& file) {
  if (!j["task"].is_string()) throw InputError(file + ": \"task\" must be a name");
  const Task& task = find_task(j["task"]);
  std::vector<std::string> settings;
  const json values = j.value("values", json::object());
  for (const auto& [name, value] : values.items()) settings.push_back(name + "=" + value.dump());
  return {std::make_shared<const Task>(task), task_values(task, settings)};
}

}  // namespace

TaskFile load_task_file(const fs::path& file) {
  const json j = json::parse(read_file(file, 1 << 20), nullptr, false);
  return task_from_json(j, file.string());
}

TaskFile task_from_json(const json& j, const std::string& source) {
  if (!j.is_object()) throw InputError(source + ": not a JSON object");
  return j.contains("task") ? registered(j, source) : Reader(source).read(j);
}

}  // namespace foresight
