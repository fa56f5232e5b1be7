#include "controller/task_weights.h"

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

double positive(const json& value, const std::string& where) {
  if (value.is_number() && value.get<double>() >= 0) return value;
  throw InputError(where + ": expected a number that is not negative, got " + value.dump());
}

void check_entry(const json& entry, const std::string& name, const std::string& file) {
  Task trial = find_task(name);
  if (!entry.is_object()) throw InputError(file + ": \"" + name + "\" must be an object");
  for (const auto& [field, value] : entry.items()) {
    const std::string where = file + ": " + name + "." + field;
    if (field == "terms") {
      for (const auto& [term, weight] : value.items()) {
        set_weight(trial, term, positive(weight, where + "." + term));
      }
    } else if (field == "scale" || field == "trust" || field == "max_gain") {
      positive(value, where);
    } else {
      throw InputError(where + ": unknown; there are scale, trust, max_gain and terms");
    }
  }
}

}  // namespace

json load_task_weights(const fs::path& file) {
  const json weights = json::parse(read_file(file, 1 << 20), nullptr, false);
  if (!weights.is_object()) throw InputError(file.string() + ": expected {TASK: {...}, ...}");
  for (const auto& [name, entry] : weights.items()) check_entry(entry, name, file.string());
  return weights;
}

json shipped_task_weights() {
  const fs::path file = assets_dir() / "tasks" / "weights.json";
  return fs::exists(file) ? load_task_weights(file) : json::object();
}

void apply_weights(const json& weights, Task& task) {
  const auto found = weights.find(task.name);
  if (found == weights.end()) return;
  const json terms = found->value("terms", json::object());
  for (const auto& [term, weight] : terms.items()) set_weight(task, term, weight);
  for (const char* field : {"scale", "trust", "max_gain"}) {
    if (found->contains(field)) set_weight(task, field, found->at(field));
  }
}

void set_weight(Task& task, const std::string& what, double value) {
  if (what == "trust") {
    task.guidance.trust = value;
  } else if (what == "max_gain") {
    task.guidance.max_gain = value;
  } else if (what == "scale") {
    for (Cost& cost : task.costs) cost.weight *= value;
  } else {
    bool found = false;
    std::string known = "scale, trust, max_gain";
    for (Cost& cost : task.costs) {
      known += ", " + cost.name;
      if (cost.name != what) continue;
      cost.weight = value;
      found = true;
    }
    if (!found)
      throw InputError("task " + task.name + " has no weight \"" + what + "\"; it has " + known);
  }
}

}  // namespace foresight
