#include "controller/plan_worker.h"

#include <gtest/gtest.h>

#include <thread>

#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

class Worker : public ::testing::Test {
 protected:
  Worker() {
    model = std::make_shared<const LookaheadModel>(
        random_lookahead(*character, lookahead_config("tiny", *character), 3, 2.0, 0.3));
  }

  /// Steps of a closed loop; the actions and what kind they were.
  std::vector<WorkerAction> drive(PlanWorker& worker, int steps) const {
    World world(character, Scene{});
    BodyState state;
    world.body_state(state);
    worker.reset(5, state, {world.qpos().data() + 7, static_cast<std::size_t>(character->nu)});
    std::vector<WorkerAction> all;
    for (int i = 0; i < steps; ++i) {
      world.body_state(state);
      // A machine under load could else come to the end before the first plan does.
      while (i == steps / 2 && worker.thinking()) std::this_thread::yield();
      all.push_back(worker.step(state));
      world.set_action(all.back().action);
      world.step();
    }
    return all;
  }

  std::shared_ptr<const Character> character = default_character();
  std::shared_ptr<const LookaheadModel> model;
  LookaheadOptions options;
};

TEST_F(Worker, HoldsUntilThereIsAPlanAndThenActsAnewEveryStep) {
  LookaheadController controller(character, model, options, 1);
  // One plan, started at once, followed from step 2 on and never renewed.
  PlanWorker worker(controller, {{0, 2}});
  const auto all = drive(worker, 14);
  EXPECT_EQ(all[0].plan, -1);
  EXPECT_EQ(all[1].action, all[0].action);
  EXPECT_EQ(all[2].plan, 0);
  EXPECT_EQ(all[2].age, 2);
  EXPECT_EQ(all[13].age, 13);
  for (int i = 2; i < 14; ++i) EXPECT_NE(all[i].action, all[i - 1].action) << i;
}

TEST_F(Worker, PlansInStepThatTakeTwoStepsStartEveryOther) {
  options.plan_steps = 2;
  LookaheadController delayed(character, model, options, 1);
  World world(character, Scene{});
  BodyState state;
  world.body_state(state);
  delayed.reset(0, 5, state, {world.qpos().data() + 7, static_cast<std::size_t>(character->nu)});
  for (int i = 0; i < 9; ++i) {
    world.body_state(state);
    delayed.act({&state, 1});
    EXPECT_EQ(delayed.plan().id, i / 2) << i;
    world.set_action(delayed.action(0));
    world.step();
  }
}

TEST_F(Worker, ActionsDependOnTheStateOfNowAndOnThePlan) {
  LookaheadController controller(character, model, options, 1);
  World world(character, Scene{});
  BodyState state;
  world.body_state(state);
  controller.reset(0, 5, state);
  controller.plan_only({{state}, {std::vector<double>(character->nu, 0.0)}});
  LookaheadController a = controller.twin(), b = controller.twin(), c = controller.twin();
  BodyState pushed = state;
  pushed.root_velocity.x() += 1;
  for (LookaheadController* each : {&a, &b, &c}) each->reset(0, 6, state);
  PlannedStates plan = planned_states(controller.plan(), 0, 1);
  const Eigen::RowVectorXd here = a.follow({&state, 1}, {&plan, 1}).row(0);
  EXPECT_GT((b.follow({&pushed, 1}, {&plan, 1}).row(0) - here).norm(), 5e-6);
  plan.states = 1 - plan.states;
  EXPECT_GT((c.follow({&state, 1}, {&plan, 1}).row(0) - here).norm(), 5e-7);
}

TEST_F(Worker, APreparedPlanIsExecutedFromTheFirstStepOn) {
  LookaheadController controller(character, model, options, 1);
  PlanWorker worker(controller);
  World world(character, Scene{});
  BodyState state;
  world.body_state(state);
  worker.reset(5, state, {world.qpos().data() + 7, static_cast<std::size_t>(character->nu)});
  worker.prepare(state);
  while (worker.thinking()) std::this_thread::yield();
  const WorkerAction first = worker.step(state);
  EXPECT_EQ(first.plan, 0);
  EXPECT_EQ(first.age, 0);
  ASSERT_TRUE(worker.plan());
  EXPECT_GT(worker.plan_seconds(), 0);
  EXPECT_EQ(worker.timings(), (std::vector<PlanTiming>{{0, 0}}));
}

TEST_F(Worker, PlansStartNoMoreOftenThanAllowed) {
  LookaheadController controller(character, model, options, 1);
  PlanWorker worker(controller);
  worker.start_every = 4;
  World world(character, Scene{});
  BodyState state;
  world.body_state(state);
  worker.reset(5, state, {world.qpos().data() + 7, static_cast<std::size_t>(character->nu)});
  for (int i = 0; i < 14; ++i) {
    worker.step(state);
    while (worker.thinking()) std::this_thread::yield();
  }
  std::vector<std::int64_t> starts;
  for (const PlanTiming& t : worker.timings()) starts.push_back(t.start);
  EXPECT_EQ(starts, (std::vector<std::int64_t>{0, 4, 8, 12}));
}

TEST_F(Worker, AFailureWhilePlanningReachesTheCaller) {
  LookaheadController controller(character, model, options, 1);
  PlanWorker worker(controller);
  World world(character, Scene{});
  BodyState state;
  world.body_state(state);
  worker.reset(5, state, {world.qpos().data() + 7, static_cast<std::size_t>(character->nu)});
  Task broken = find_task("joystick");
  broken.costs[0].term = [](const PredictedMotion&, const CostWorld&, MotionGradient&) -> double {
    throw InternalError("a cost that fails");
  };
  worker.set_task(broken, broken.defaults());
  worker.prepare(state);
  EXPECT_THROW(worker.step(state), InternalError);
}

TEST_F(Worker, ReplayedScheduleGivesTheSameActions) {
  LookaheadController a(character, model, options, 1), b(character, model, options, 1);
  PlanWorker live(a);
  const auto first = drive(live, 25);
  PlanWorker replay(b, live.timings());
  const auto second = drive(replay, 25);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].plan, second[i].plan) << i;
    EXPECT_EQ(first[i].action, second[i].action) << i;
  }
}

}  // namespace
}  // namespace foresight
