// The live run without a window: task changes, time travel, recording, errors.
#include "ui/live/simulation.h"

#include <gtest/gtest.h>

#include <thread>

#include "controller/lookahead_model.h"
#include "controller/task_file.h"
#include "sim/base/error.h"
#include "sim/recording/replay.h"
#include "tests/test_folder.h"
#include "ui/live/job.h"
#include "ui/live/sim_thread.h"

namespace foresight {
namespace {

class Live : public ::testing::Test {
 protected:
  Live() {
    data.starts = {standing_start(*character)};
    model = std::make_shared<const LookaheadModel>(
        random_lookahead(*character, lookahead_config("tiny", *character), 3, 2.0, 0.3));
  }

  std::unique_ptr<Simulation> make(const std::string& task, bool threaded, bool with_model = true) {
    SimulationSettings settings;
    settings.controller.threaded = threaded;
    settings.after_fall = AfterFall::kStayDown;
    auto sim = std::make_unique<Simulation>(character, data, default_setup(task), settings);
    if (with_model) sim->set_model(model);
    return sim;
  }

  static void run(Simulation& sim, int steps) {
    for (int i = 0; i < steps; ++i) {
      Advance outcome = sim.step();
      while (outcome == Advance::kThinking) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        outcome = sim.step();
      }
      ASSERT_EQ(outcome, Advance::kStepped) << sim.message();
      // No clock holds the loop back here; a busy machine's planner thread would fall behind.
      for (int wait = 0; wait < 5 * sim.snapshot().characters[0].plan_age; ++wait) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  }

  std::shared_ptr<const Character> character = default_character();
  EvalData data;
  std::shared_ptr<const LookaheadModel> model;
  const TestFolder temporary;
  const fs::path& folder = temporary.path;
};

TEST_F(Live, WhoFellGetsUpWhereItLies) {
  for (const bool threaded : {false, true}) {
    SimulationSettings settings;
    settings.controller.threaded = threaded;
    Simulation sim(character, data, default_setup("free"), settings);
    sim.set_model(model);
    sim.kick(0, {4, 0});
    int t = 0;
    for (; t < 600 && !sim.snapshot().characters[0].fallen; ++t) run(sim, 1);
    ASSERT_LT(t, 600);
    run(sim, 3);
    EXPECT_EQ(sim.snapshot().characters[0].plan, nullptr) << "nothing is planned while it gets up";
    const std::int64_t teleport = sim.snapshot().teleport;
    for (t = 0; t < 450 && sim.snapshot().characters[0].fallen; ++t) run(sim, 1);
    EXPECT_GT(t, 60);
    EXPECT_LT(t, 450);
    EXPECT_EQ(sim.snapshot().teleport, teleport) << "nothing was put anywhere";
    EXPECT_EQ(sim.snapshot().falls, 1);
    run(sim, 3);
  }
}

TEST_F(Live, EveryTaskRuns) {
  const auto sim = make("free", /*threaded=*/false);
  for (const TaskInfo& info : task_catalogue()) {
    SCOPED_TRACE(info.name);
    if (info.name == "inbetween" || info.name == "pose") continue;  // need keyframes
    sim->set_task(default_setup(info.name));
    run(*sim, 3);
    const Snapshot shot = sim->snapshot();
    EXPECT_EQ(shot.setup.name, info.name);
    EXPECT_EQ(shot.qpos.size(), static_cast<std::size_t>(shot.model->nq));
    ASSERT_TRUE(shot.characters[0].plan);
    EXPECT_EQ(shot.characters[0].plan->costs.size(), info.costs.size());
  }
}

TEST_F(Live, ATaskThatCannotBeginLeavesTheOldOne) {
  const auto sim = make("joystick", false);
  EXPECT_THROW(sim->set_task(default_setup("inbetween")), InputError);
  EXPECT_EQ(sim->setup().name, "joystick");
  run(*sim, 2);
}

TEST_F(Live, ThreadedPlannerGivesPlansWithAnAge) {
  const auto sim = make("joystick", true);
  for (int i = 0; i < 5; ++i) {
    run(*sim, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const Snapshot shot = sim->snapshot();
  ASSERT_TRUE(shot.characters[0].plan);
  EXPECT_GE(shot.characters[0].plan_age, 0);
  EXPECT_LE(shot.characters[0].plan_age, 4);
}

TEST_F(Live, NothingIsExecutedBeforeTheFirstPlan) {
  const auto sim = make("joystick", true);
  const double start = sim->world().time();
  while (sim->step() == Advance::kThinking) EXPECT_EQ(sim->world().time(), start);
  EXPECT_TRUE(sim->snapshot().characters[0].plan);
}

TEST_F(Live, GoingBackInStepRepeatsTheRunExactly) {
  const auto sim = make("joystick", false);
  run(*sim, 12);
  const std::uint64_t end = sim->world().state_hash();
  sim->scrub(5);
  const Snapshot past = sim->snapshot();
  EXPECT_TRUE(past.timeline.in_past);
  EXPECT_EQ(past.timeline.position, 5);
  run(*sim, 7);
  EXPECT_EQ(sim->world().state_hash(), end);
  EXPECT_FALSE(sim->snapshot().timeline.in_past);
}

TEST_F(Live, ThePastCanBeLeftAgain) {
  const auto sim = make("joystick", true);
  run(*sim, 10);
  const std::uint64_t end = sim->world().state_hash();
  sim->scrub(2);
  EXPECT_NE(sim->world().state_hash(), end);
  sim->leave_past();
  EXPECT_EQ(sim->world().state_hash(), end);
  run(*sim, 2);
}

TEST_F(Live, OnlyTheLastMinuteIsKept) {
  const auto sim = make("free", false, /*with_model=*/false);
  run(*sim, 1900);
  const Timeline t = sim->snapshot().timeline;
  EXPECT_EQ(t.last, 1900);
  EXPECT_EQ(t.last - t.first, 1800);
}

TEST_F(Live, KicksAndBallsMoveTheCharacter) {
  const auto sim = make("free", false, false);
  run(*sim, 1);
  const double before = sim->world().qvel()[0];
  sim->kick(0, {0.5, 0});
  EXPECT_NEAR(sim->world().qvel()[0], before + 0.5, 1e-9);
  const auto chest = Eigen::Vector3d(sim->world().qpos()[0], sim->world().qpos()[1], 1.1);
  sim->throw_ball(chest + Eigen::Vector3d(0, 1.2, 0), {0, -9, 0.6});
  const double side = sim->world().qvel()[1];
  run(*sim, 6);
  EXPECT_LT(sim->world().qvel()[1], side - 0.03) << "the ball hit";
}

TEST_F(Live, RecordingsReplayBitForBit) {
  const auto sim = make("waypoint", false);
  run(*sim, 3);
  const fs::path file = folder / "a.rec";
  sim->start_recording(file);
  run(*sim, 4);
  sim->kick(0, {0.3, 0.1});
  sim->throw_ball({0, 2, 1}, {0, -5, 1});
  run(*sim, 4);
  sim->set_task(default_setup("forest"));
  run(*sim, 3);
  sim->scrub(6);
  run(*sim, 3);
  EXPECT_NEAR(sim->snapshot().recorded, 14.0 / 30, 1e-9);
  sim->stop_recording();
  RecordingReader reader = RecordingReader::open(file);
  EXPECT_EQ(reader.steps(), 14);
  const ReplayReport report = replay(reader, character);
  EXPECT_FALSE(report.difference);
}

TEST_F(Live, RecordingsPlayAndCanBeTakenOver) {
  const auto sim = make("joystick", false);
  const fs::path file = folder / "a.rec";
  sim->start_recording(file);
  run(*sim, 20);
  const std::uint64_t end = sim->world().state_hash();
  sim->stop_recording();
  sim->open_recording(file);
  EXPECT_TRUE(sim->snapshot().timeline.playback);
  EXPECT_EQ(sim->snapshot().timeline.last, 19);
  sim->scrub(10);
  run(*sim, 2);
  EXPECT_EQ(sim->snapshot().timeline.position, 12);
  sim->scrub(19);
  EXPECT_EQ(sim->step(), Advance::kStopped) << "the end";
  EXPECT_EQ(sim->message(), "");
  sim->take_over();
  EXPECT_FALSE(sim->in_playback());
  EXPECT_EQ(sim->world().state_hash(), end);
  run(*sim, 2);
  EXPECT_EQ(sim->snapshot().reference.size(), static_cast<std::size_t>(character->nq));
}

TEST_F(Live, BrokenRecordingsAreRefused) {
  const auto sim = make("joystick", false);
  write_file(folder / "bad.rec", "not a recording");
  EXPECT_THROW(sim->open_recording(folder / "bad.rec"), InputError);
  EXPECT_FALSE(sim->in_playback());
  run(*sim, 1);
}

TEST_F(Live, SeveralCharactersStandApart) {
  const auto sim = make("joystick", false);
  sim->set_characters(3);
  run(*sim, 2);
  const Snapshot shot = sim->snapshot();
  ASSERT_EQ(shot.characters.size(), 3u);
  EXPECT_NEAR(shot.characters[1].root_position.y() - shot.characters[0].root_position.y(), 1.2,
              0.3);
}

TEST_F(Live, CharactersKnowEachOthersPlans) {
  for (const bool threaded : {false, true}) {
    const auto sim = make("crowd", threaded);
    run(*sim, 3);
    const auto other = sim->snapshot().characters[1];
    run(*sim, 1);
    const auto around = sim->snapshot().around;
    ASSERT_EQ(around->movers.size(), 3u);
    const PlanData& plan = *other.plan;
    const int root = state_layout(*character).root_position();
    for (int f = 0; f < 10; ++f) {
      const int row = plan.now + 1 + f + other.plan_age + 1;
      const float* at = plan.states.data() + row * plan.width + root;
      const GroundPose frame{plan.origin, plan.yaw};
      const Eigen::Vector2d place = frame.point_out({at[0], at[1]});
      EXPECT_LT((around->movers[0].path[f] - place).norm(), 1e-5) << f << " " << threaded;
    }
  }
}

TEST_F(Live, TasksSurviveTheirFile) {
  TaskSetup setup = default_setup("joystick");
  setup.values[0] = 2.5;
  setup.weights[0] = 0.7;
  setup.terms.push_back(default_term(term_catalogue().front().name));
  const nlohmann::json file = to_json(setup);
  EXPECT_TRUE(setup_from_json(file, "test") == setup);
  const TaskFile read = task_from_json(file, "test");
  EXPECT_EQ(read.values, setup.all_values());
  ASSERT_EQ(read.task->costs.size(), setup.weights.size() + 1);
  EXPECT_EQ(read.task->costs[0].weight, 0.7);
  nlohmann::json bad = file;
  bad["values"]["speed"] = 99;
  EXPECT_THROW(setup_from_json(bad, "test"), InputError);
  bad = file;
  bad["values"]["hurry"] = 1;
  EXPECT_THROW(setup_from_json(bad, "test"), InputError);
  EXPECT_THROW(setup_from_json({{"task", "flying"}}, "test"), InputError);
  const auto sim = make("free", false);
  sim->set_task(setup);
  run(*sim, 2);
  EXPECT_EQ(sim->snapshot().characters[0].plan->costs.size(), setup.weights.size() + 1);
}

TEST_F(Live, ThreadKeepsTimeAndTakesOrders) {
  SimThread thread(make("joystick", true));
  thread.set_playing(true);
  const auto begin = std::chrono::steady_clock::now();
  while (thread.snapshot()->timeline.last < 10 &&
         std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GE(thread.snapshot()->timeline.last, 10);
  thread.set_playing(false);
  thread.post([](Simulation& s) { s.scrub(4); });
  thread.flush();
  EXPECT_EQ(thread.snapshot()->timeline.position, 4);
  for (int i = 0; i < 1000 && thread.snapshot()->state != RunState::kPaused; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(thread.snapshot()->state, RunState::kPaused);
}

TEST_F(Live, ThreadTurnsErrorsIntoAMessageAndGoesOn) {
  SimThread thread(make("joystick", false));
  thread.post([](Simulation&) { throw InputError("this went wrong"); });
  thread.flush();
  EXPECT_EQ(thread.snapshot()->state, RunState::kFailed);
  EXPECT_EQ(thread.snapshot()->message, "this went wrong");
  thread.step_once();
  const auto begin = std::chrono::steady_clock::now();
  while (thread.snapshot()->step < 1 &&
         std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(thread.snapshot()->step, 1);
}

TEST_F(Live, DivergenceStopsWithAMessage) {
  const auto sim = make("free", false, false);
  run(*sim, 2);
  sim->world().data().qvel[4] = 1e12;
  EXPECT_EQ(sim->step(), Advance::kStopped);
  EXPECT_NE(sim->message().find("diverged"), std::string::npos);
  EXPECT_TRUE(sim->snapshot().timeline.in_past);
  EXPECT_LT(std::abs(sim->world().qvel()[4]), 1e6) << "the bad state was left";
  EXPECT_EQ(sim->report()["task"]["task"], "free");
  run(*sim, 3);
  EXPECT_FALSE(sim->snapshot().timeline.in_past);
}

TEST(Jobs, TellProgressErrorsAndStop) {
  Job good("good", [](const Job::Progress& progress) { progress(0.5); });
  Job bad("bad", [](const Job::Progress&) { throw InputError("no"); });
  Job endless("endless", [](const Job::Progress& progress) {
    while (progress(0.1)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  endless.cancel();
  while (!good.done() || !bad.done() || !endless.done()) std::this_thread::yield();
  EXPECT_EQ(good.error(), "");
  EXPECT_EQ(bad.error(), "no");
  EXPECT_TRUE(endless.cancelled());
}

}  // namespace
}  // namespace foresight
