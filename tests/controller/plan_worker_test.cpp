#include "controller/plan_worker.h"

#include <gtest/gtest.h>

#include <thread>

#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

constexpr int kLead = 3;

class Worker : public ::testing::Test {
 protected:
  Worker() {
    model = std::make_shared<const LookaheadModel>(
        random_lookahead(*character, lookahead_config("tiny", *character), 3, 2.0, 0.3));
    options.sampler.action_lead = kLead;
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

TEST_F(Worker, AgeChoosesTheActionThenHoldsThenPauses) {
  LookaheadController controller(character, model, options, 1);
  // One plan, started at once, used from step 2 on and never renewed.
  PlanWorker worker(controller, {{0, 2}});
  const auto all = drive(worker, 14);
  EXPECT_EQ(all[0].plan, -1);
  EXPECT_EQ(all[1].kind, PlanAge::kHeld);
  EXPECT_EQ(all[2].plan, 0);
  EXPECT_EQ(all[2].age, 2);
  EXPECT_EQ(all[3].kind, PlanAge::kFresh);
  EXPECT_EQ(all[4].kind, PlanAge::kHeld);
  EXPECT_EQ(all[4].action, all[3].action);
  EXPECT_EQ(all[10].kind, PlanAge::kHeld);
  EXPECT_EQ(all[11].kind, PlanAge::kTooOld);
}

TEST_F(Worker, CommittedActionsAreExecutedAsThePreviousPlanSaid) {
  LookaheadController controller(character, model, options, 1);
  PlanWorker worker(controller, {{0, 2}, {2, 4}});
  const auto all = drive(worker, 6);
  // The second plan started at step 2 and knew the actions of steps 2, 3, 4 from the first.
  EXPECT_EQ(all[4].plan, 1);
  for (int j = 0; j < character->nu; ++j) {
    EXPECT_NEAR(all[4].action[j], all[3].action[j], 1e-5) << "held target of the first plan";
  }
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
