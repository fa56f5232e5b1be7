// Driver: the controller of one character, in step or on its own thread, behind one interface.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "controller/control_log.h"
#include "controller/skills/skill.h"
#include "sim/world.h"
#include "ui/live/plan_data.h"
#include "ui/live/task_setup.h"

namespace foresight {

struct ControllerState;
struct LookaheadModel;
struct PlannedStates;

/// What the controller panel sets.
struct ControllerSettings {
  bool threaded = true;  // plan on a thread of its own; false: physics waits for every plan
  int replan_every = 1;  // control steps between two plans, at least (threaded)
  int roll_level = -1;   // noise level at which states roll; -1: the model's default
  bool roll_states = true, roll_actions = false, prune = true;
  bool bf16 = false;
  double guidance_scale = 1;  // factor on all cost weights
  std::vector<float> prompt;  // as LookaheadOptions::prompt; empty: none
  double prompt_strength = kPromptStrength;
  bool show_guidance = false;  // also compute the guidance step of each plan
  bool operator==(const ControllerSettings&) const = default;
};

struct DriverAction {
  std::vector<double> action;          // nu, rad
  int age = 0;                         // control steps since the plan's observation
  bool too_old = false;                // so old that the simulation should pause
  std::optional<PlanTiming> new_plan;  // used from this step on (threaded)
};

/// Not thread safe: call everything from the thread that steps the world.
class Driver {
 public:
  Driver(std::shared_ptr<const Character> character, std::shared_ptr<const LookaheadModel> model,
         const ControllerSettings& settings);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void set_task(std::shared_ptr<const Task> task, const std::vector<double>& values);
  /// What is asked from the next plan on: values of the task, and what stands around (may be null).
  void set_orders(const std::vector<double>& values,
                  std::shared_ptr<const Surroundings> surroundings);

  /// Begins anew. With a thread the first plan starts at once.
  void start(const ControlStart& start);
  /// What a recording keeps of the controller, as JSON (controller/control_settings.h).
  nlohmann::json told_settings() const;
  /// True while the first plan is being made: do not act yet.
  bool thinking() const;
  /// Action for this control step. Throws InternalError when the state or the plan is not finite,
  /// and whatever planning threw.
  DriverAction act(const BodyState& state);

  /// The plan being executed; null before the first.
  std::shared_ptr<const PlanData> plan() const { return plan_; }
  /// The same as others should know it when the next control step begins.
  PlannedStates planned() const;

  /// Complete state of the controller; null when it plans on a thread.
  std::shared_ptr<const ControllerState> save() const;
  void restore(const ControllerState& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::shared_ptr<const PlanData> plan_;
  int age_ = 0;  // of the plan, at the last control step
};

}  // namespace foresight
