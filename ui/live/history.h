// History: the last minute, so that time can be turned back and the run go on from there.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "sim/world.h"
#include "ui/live/plan_data.h"
#include "ui/live/task_setup.h"

namespace foresight {

struct ControllerState;

/// A scene with its compiled model, shared by all moments in it.
struct SceneInstance {
  Scene scene;
  std::shared_ptr<const mjModel> model;
};

/// Everything before one control step.
struct HistoryEntry {
  std::int64_t step = 0;
  double time = 0;  // s, simulated
  std::shared_ptr<const SceneInstance> scene;
  std::vector<double> state;  // World::save()
  TaskSetup setup;
  struct PerCharacter {
    BodyState body;
    std::vector<double> action;  // nu, rad: executed in this step
    std::shared_ptr<const PlanData> plan;
    std::shared_ptr<const ControllerState> controller;  // null: it plans on a thread
  };
  std::vector<PerCharacter> characters;
};

class History {
 public:
  explicit History(std::size_t capacity) : capacity_(capacity) {}

  void push(HistoryEntry entry);
  void clear() { entries_.clear(); }
  bool empty() const { return entries_.empty(); }
  std::int64_t oldest() const { return entries_.front().step; }
  std::int64_t newest() const { return entries_.back().step; }

  /// Entry of a step, of the nearest one that is kept. Must not be empty.
  const HistoryEntry& at(std::int64_t step) const;
  /// Forgets `step` and everything after it.
  void truncate(std::int64_t step);

 private:
  std::size_t capacity_;
  std::deque<HistoryEntry> entries_;  // consecutive steps
};

}  // namespace foresight
