#include "ui/live/task_setup.h"

#include <algorithm>
#include <cstdio>

#include "controller/task_file.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

json values_json(const std::vector<ParameterInfo>& parameters, const std::vector<double>& values) {
  json result = json::object();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].internal) result[parameters[i].name] = values[i];
  }
  return result;
}

double number_in(const json& value, const ParameterInfo& p, const std::string& source) {
  if (value.is_number() && value >= p.low && value <= p.high) return value;
  char range[96];
  std::snprintf(range, sizeof(range), "%g to %g %s", p.low, p.high, p.unit.c_str());
  throw InputError(source + ": \"" + p.name + "\" is " + value.dump() +
                   "; expected a number from " + range);
}

void read_values(const json& given, const std::vector<ParameterInfo>& parameters,
                 const std::string& source, std::vector<double>& values) {
  if (!given.is_object()) throw InputError(source + ": \"values\" must be {NAME: NUMBER, ...}");
  for (const auto& [name, value] : given.items()) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const ParameterInfo& p) { return p.name == name; });
    if (found == parameters.end()) {
      throw InputError(source + ": there is no parameter \"" + name + "\"");
    }
    values[found - parameters.begin()] = number_in(value, *found, source);
  }
}

double weight_in(const json& value, const std::string& name, const std::string& source) {
  if (value.is_number() && value >= 0) return value;
  throw InputError(source + ": weight of \"" + name + "\": expected a number of at least 0");
}

void read_weights(const json& given, const TaskInfo& info, const std::string& source,
                  TaskSetup& setup) {
  if (!given.is_object()) throw InputError(source + ": \"weights\" must be {NAME: NUMBER, ...}");
  for (const auto& [name, value] : given.items()) {
    const auto found = std::find(info.costs.begin(), info.costs.end(), name);
    if (found == info.costs.end()) {
      throw InputError(source + ": task " + info.name + " has no cost \"" + name + "\"");
    }
    setup.weights[found - info.costs.begin()] = weight_in(value, name, source);
  }
}

TermSetup term_from(const json& j, const std::string& source) {
  if (!j.is_object() || !j.contains("term") || !j["term"].is_string()) {
    throw InputError(source + ": expected {\"term\": NAME, \"weight\": NUMBER, \"values\": {...}}");
  }
  TermSetup term = default_term(j["term"]);
  if (j.contains("weight")) term.weight = weight_in(j["weight"], term.name, source);
  read_values(j.value("values", json::object()), term_info(term.name).parameters, source,
              term.values);
  return term;
}

}  // namespace

TaskInfo::TaskInfo(const Task& task) : name(task.name), summary(task.summary) {
  for (const TaskParameter& p : task.parameters) {
    parameters.push_back({p.name, p.unit, p.help, p.low, p.high, p.value, p.internal});
  }
  for (const Cost& cost : task.costs) {
    costs.push_back(cost.name);
    weights.push_back(cost.weight);
  }
}

const std::vector<TaskInfo>& task_catalogue() {
  static const std::vector<TaskInfo> list(all_tasks().begin(), all_tasks().end());
  return list;
}

const std::vector<TermInfo>& term_catalogue() {
  static const std::vector<TermInfo> list = [] {
    std::vector<TermInfo> all;
    for (const TermKind& kind : term_kinds()) {
      TermInfo info{kind.name, kind.summary, {}};
      for (const TermKind::Field& f : kind.fields) {
        info.parameters.push_back({f.name, f.unit, "", f.low, f.high, f.value});
      }
      all.push_back(std::move(info));
    }
    return all;
  }();
  return list;
}

const TaskInfo& task_info(const std::string& name) {
  find_task(name);  // throws when there is none
  return *std::find_if(task_catalogue().begin(), task_catalogue().end(),
                       [&](const TaskInfo& info) { return info.name == name; });
}

const TermInfo& term_info(const std::string& name) {
  find_term(name);
  return *std::find_if(term_catalogue().begin(), term_catalogue().end(),
                       [&](const TermInfo& info) { return info.name == name; });
}

std::vector<double> TaskSetup::all_values() const {
  std::vector<double> all = values;
  for (const TermSetup& term : terms) all.insert(all.end(), term.values.begin(), term.values.end());
  return all;
}

bool TaskSetup::same_costs(const TaskSetup& other) const {
  const auto same = [](const TermSetup& a, const TermSetup& b) {
    return a.name == b.name && a.weight == b.weight;
  };
  return name == other.name && weights == other.weights &&
         std::equal(terms.begin(), terms.end(), other.terms.begin(), other.terms.end(), same);
}

TaskSetup default_setup(const std::string& name) {
  const TaskInfo& info = task_info(name);
  return {info.name, find_task(name).defaults(), info.weights, {}};
}

TermSetup default_term(const std::string& name) {
  TermSetup term{name, 1, {}};
  for (const ParameterInfo& p : term_info(name).parameters) term.values.push_back(p.value);
  return term;
}

json to_json(const TaskSetup& setup) {
  const TaskInfo& info = task_info(setup.name);
  json weights = json::object(), terms = json::array();
  for (std::size_t i = 0; i < info.costs.size(); ++i) weights[info.costs[i]] = setup.weights[i];
  for (const TermSetup& term : setup.terms) {
    terms.push_back({{"term", term.name},
                     {"weight", term.weight},
                     {"values", values_json(term_info(term.name).parameters, term.values)}});
  }
  return {{"task", setup.name},
          {"values", values_json(info.parameters, setup.values)},
          {"weights", weights},
          {"terms", terms}};
}

TaskSetup setup_from_json(const json& j, const std::string& source) {
  if (!j.is_object() || !j.contains("task") || !j["task"].is_string()) {
    throw InputError(source + ": expected {\"task\": NAME, \"values\": {NAME: NUMBER, ...}}");
  }
  const TaskInfo& info = task_info(j["task"]);
  TaskSetup setup = default_setup(info.name);
  read_values(j.value("values", json::object()), info.parameters, source, setup.values);
  read_weights(j.value("weights", json::object()), info, source, setup);
  for (const json& term : j.value("terms", json::array())) {
    setup.terms.push_back(term_from(term, source));
  }
  return setup;
}

std::shared_ptr<const Task> build_task(const TaskSetup& setup) {
  auto task = std::make_shared<Task>(find_task(setup.name));
  FS_CHECK(setup.weights.size() == task->costs.size());
  for (std::size_t i = 0; i < setup.weights.size(); ++i) task->costs[i].weight = setup.weights[i];
  for (const TermSetup& term : setup.terms) {
    add_term(*task, find_term(term.name), term.weight, term.name + ".");
  }
  return task;
}

}  // namespace foresight
