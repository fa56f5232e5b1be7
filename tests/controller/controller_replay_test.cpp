// Runs are recorded and run again from the log, controller included.
#include "controller/controller_replay.h"

#include <gtest/gtest.h>

#include "controller/run_recorder.h"
#include "controller/task_file.h"
#include "sim/base/error.h"
#include "tests/controller/task_fixtures.h"

namespace foresight {
namespace {

class ControllerReplay : public ::testing::Test {
 protected:
  ControllerReplay() { model.sha256 = "weights"; }

  std::string record(const std::string& task, double seconds, const LookaheadOptions& options = {},
                     bool gets_up = false) {
    RunOptions run;
    if (gets_up) run.get_up = shipped_get_up(*character);
    run.seconds = seconds;
    run.task = task;
    return record(run, options, {{"task", task}, {"numbers", task_numbers(find_task(task))}});
  }

  std::string record(RunOptions run, const LookaheadOptions& options, const nlohmann::json& told) {
    run.seed = 5;
    const auto world = make_run_world(character, run, data);
    LookaheadController controller(character, std::make_shared<const LookaheadModel>(model),
                                   options, world->num_characters());
    RunRecorder recorder(*world, run.seed, run_info(controller, options, run, data, told), {},
                         false);
    run_headless(*world, controller, data, run, {&recorder});
    recorder.finish();
    return recorder.bytes();
  }

  ControllerReplayReport again(const std::string& bytes, double tolerance = 0) {
    RecordingReader reader(bytes, "test");
    ControllerReplayInput input;
    input.character = character;
    input.tolerance = tolerance;
    input.model = [this](const std::string& sha256) {
      if (sha256 != model.sha256) throw InputError("no checkpoint " + sha256);
      return std::make_shared<const LookaheadModel>(model);
    };
    input.task = [](const nlohmann::json& told) {
      auto task = told.contains("file")
                      ? std::make_shared<Task>(*task_from_json(told.at("file"), "test").task)
                      : std::make_shared<Task>(find_task(told.at("task")));
      set_task_numbers(told.at("numbers"), "test", *task);
      return task;
    };
    return replay_controller(reader, input);
  }

  std::shared_ptr<const Character> character = default_character();
  EvalData data = testing::tiny_eval_data(*character);
  LookaheadModel model = *testing::tiny_model(*character);
};

// Falls included: after each the controller begins anew.
TEST_F(ControllerReplay, RunsOfAllKindsRepeatBitForBit) {
  for (const char* task : {"joystick", "forest", "dynamic", "crowd", "inbetween", "free"}) {
    SCOPED_TRACE(task);
    const std::string bytes = record(task, 4);
    RecordingReader reader(bytes, "test");
    const ControllerReplayReport report = again(bytes);
    EXPECT_FALSE(report.physics.difference);
    EXPECT_FALSE(report.first) << report.first->step << " " << report.first->joint;
    EXPECT_EQ(report.largest, 0);
    EXPECT_EQ(report.other, 0);
    EXPECT_GE(report.compared, reader.steps());
  }
}

// The recording holds what the file said.
TEST_F(ControllerReplay, RunsOfATaskFileRepeatBitForBit) {
  const nlohmann::json file = nlohmann::json::parse(R"({"name": "there and back", "stages": [
    {"terms": [{"term": "approach", "goal_x": 2, "goal_y": 1, "weight": 2}], "until": {"seconds": 1}},
    {"terms": [{"term": "approach", "goal_x": -2, "weight": 1}], "until": {"seconds": 9}}]})");
  RunOptions run;
  run.seconds = 3;
  run.own_task = task_from_json(file, "test").task;
  run.task = run.own_task->name;
  const std::string bytes = record(
      run, {}, {{"task", run.task}, {"numbers", task_numbers(*run.own_task)}, {"file", file}});
  const ControllerReplayReport report = again(bytes);
  EXPECT_FALSE(report.physics.difference);
  EXPECT_FALSE(report.first);
  EXPECT_EQ(report.largest, 0);
  EXPECT_GE(report.compared, 90);
}

// What a character does while it gets up is not its controller's.
TEST_F(ControllerReplay, RunsInWhichCharactersGetUpRepeatBitForBit) {
  for (const char* task : {"free", "crowd"}) {
    SCOPED_TRACE(task);
    const ControllerReplayReport report = again(record(task, 12, {}, /*gets_up=*/true));
    EXPECT_FALSE(report.physics.difference);
    EXPECT_FALSE(report.first) << report.first->step << " " << report.first->joint;
    EXPECT_EQ(report.largest, 0);
    EXPECT_GT(report.other, 60);
    EXPECT_GT(report.compared, 60);
  }
}

TEST_F(ControllerReplay, OptionsComeFromTheLog) {
  LookaheadOptions options;
  options.guidance_scale = 0.5;
  options.sampler.roll_states = false;
  options.reexpress = false;
  EXPECT_EQ(again(record("joystick", 1, options)).largest, 0);
}

TEST_F(ControllerReplay, TheFirstActionThatDiffersIsNamed) {
  const std::string bytes = record("joystick", 1);
  model = *std::make_unique<LookaheadModel>(
      random_lookahead(*character, model.config, /*seed=*/99, 2.0, 0.3));
  model.sha256 = "weights";
  const ControllerReplayReport report = again(bytes, 1e-4);
  EXPECT_FALSE(report.physics.difference) << "states and actions of the log are those of the log";
  ASSERT_TRUE(report.first);
  EXPECT_EQ(report.first->step, 0);
  EXPECT_NE(report.first->recorded, report.first->computed);
  EXPECT_GT(report.largest, 1e-4);
  EXPECT_FALSE(again(bytes, 100).first) << "within the tolerance";
}

TEST_F(ControllerReplay, AnotherCheckpointIsRefused) {
  const std::string bytes = record("free", 0.2);
  model.sha256 = "others";
  EXPECT_THROW(again(bytes), InputError);
}

TEST_F(ControllerReplay, RecordingsThatDoNotTellAreRefused) {
  World world(character, Scene{});
  Recording recording(recording_header(*character, 0));
  WorldRecorder recorder(recording, world, {{"task", "stand"}});
  recorder.before_step(world);
  recorder.after_step(world, world.step());
  recording.finish();
  EXPECT_THROW(again(recording.bytes()), InputError);
}

BodyState some_state(int keys, int ends, double x) {
  BodyState s;
  s.root_position.setConstant(x);
  s.root_rotation = quat_from_yaw(x);
  s.root_velocity.setConstant(2 * x);
  s.root_angular_velocity.setConstant(3 * x);
  s.key_position.setConstant(3, keys, 4 * x);
  s.key_velocity.setConstant(3, keys, 5 * x);
  s.end_effector_rotation.assign(ends, quat_from_yaw(-x));
  return s;
}

TEST(ControlLog, EverythingComesBack) {
  Surroundings around;
  around.obstacles.push_back({{1, 2, 3}, 0.5, {4, 5, 6}, 0.1, 0.2});
  around.movers.push_back({{{1, 2}, {3, 4}}, 0.3});
  around.track.push_back({{7, 8}, 0.5});
  around.keyframes.push_back({9, some_state(3, 2, 0.25), {{"", 4, 3}}});
  const auto shared = std::make_shared<const Surroundings>(around);
  ControlLog log;
  log.set_task({{"task", "a"}});
  log.set_orders({{1, 2}, shared});
  log.start(
      {0xffffffffffffffffULL, some_state(3, 2, 0.5), {1, 2}, {{some_state(3, 2, 1), {3, 4}}}});
  log.set_task({{"task", "b"}});
  log.set_orders({{1, 3}, shared});
  log.acted(PlanTiming{4, 6});
  RecordedStep step;
  log.take(1, step.channels);
  const ControlStep told = control_step(step, 1, "test");
  EXPECT_FALSE(control_step(step, 0, "test").start) << "of the other character";
  ASSERT_TRUE(told.start);
  EXPECT_EQ(told.start->task["task"], "a");
  EXPECT_EQ(told.task.value()["task"], "b");
  EXPECT_EQ(told.start->orders.values, (TaskValues{1, 2}));
  EXPECT_EQ(told.values.value(), (TaskValues{1, 3}));
  EXPECT_EQ(told.start->control.seed, 0xffffffffffffffffULL);
  EXPECT_EQ(told.start->control.past[0].executed[1], 4);
  EXPECT_EQ(told.start->control.now.key_velocity, some_state(3, 2, 0.5).key_velocity);
  const Surroundings& back = *told.start->orders.surroundings;
  EXPECT_EQ(back.obstacles[0].half.z(), 6);
  EXPECT_EQ(back.movers[0].path[1].y(), 4);
  EXPECT_EQ(back.track[0].weight, 0.5);
  EXPECT_EQ(back.keyframes[0].parts[0].first, 4);
  EXPECT_EQ(told.plan.value(), (PlanTiming{4, 6}));
  EXPECT_TRUE(told.acted);
  EXPECT_FALSE(told.obstacles || told.around || told.lost) << "unchanged since the start";
}

TEST(ControlLog, OnlyChangesAreToldAgain) {
  ControlLog log;
  Channels first, second;
  log.set_orders({{1}, nullptr});
  log.acted({});
  log.take(0, first);
  log.acted({});
  log.take(0, second);
  EXPECT_TRUE(first.contains("control.0.values"));
  EXPECT_EQ(second.size(), 1u);
}

}  // namespace
}  // namespace foresight
