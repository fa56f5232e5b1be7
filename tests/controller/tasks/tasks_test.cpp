#include <gtest/gtest.h>

#include <fstream>
#include <numbers>

#include "controller/costs/terms.h"
#include "controller/headless_run.h"
#include "controller/keyframe_reader.h"
#include "controller/task_file.h"
#include "controller/task_layouts.h"
#include "controller/task_weights.h"
#include "sim/base/error.h"
#include "tests/controller/task_fixtures.h"

namespace foresight {
namespace {

class Tasks : public ::testing::Test {
 protected:
  RunSummary run(const RunOptions& options) const {
    const auto world = make_run_world(character, options, data);
    LookaheadController controller(character, model, {}, world->num_characters());
    return run_headless(*world, controller, data, options);
  }

  bool runs_a_second(const TaskFile& file) const {
    RunOptions options;
    options.own_task = file.task;
    options.task = file.task->name;
    options.values = file.values;
    options.seconds = 1;
    const RunSummary summary = run(options);
    return summary.success || summary.step_ms.size() == 30;
  }

  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path file = fs::path(::testing::TempDir()) / name;
    std::ofstream(file) << text;
    return file;
  }

  std::string refusal(const std::string& text) const {
    try {
      load_task_file(write("refused_task.json", text));
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  std::shared_ptr<const Character> character = default_character();
  std::shared_ptr<const LookaheadModel> model = testing::tiny_model(*character);
  EvalData data = testing::tiny_eval_data(*character);
};

TEST_F(Tasks, AllOfThePaperAreThere) {
  for (const char* name : {"free", "joystick", "waypoint", "path", "forest", "dynamic", "crowd",
                           "hurdles", "pillars", "reach", "inbetween", "pose", "style", "course"}) {
    EXPECT_NO_THROW(find_task(name)) << name;
  }
}

TEST_F(Tasks, EveryRegisteredTaskRunsOneSecond) {
  for (const Task& task : all_tasks()) {
    RunOptions options;
    options.task = task.name;
    options.seconds = 1;
    options.seed = 4;
    const RunSummary summary = run(options);
    EXPECT_EQ(summary.step_ms.size(),
              summary.success || !summary.failure.empty() ? summary.step_ms.size() : 30u)
        << task.name;
    EXPECT_GE(summary.step_ms.size(), 10u) << task.name;
    for (const RunFall& fall : summary.falls) EXPECT_EQ(fall.reason, "fall") << task.name;
  }
}

TEST_F(Tasks, GuidanceOfEveryTaskIsFinite) {
  for (const Task& task : all_tasks()) {
    const TaskValues values = task.defaults();
    auto episode = begin_episode(task, {*character, values, 2, &data});
    World world(character, episode->scene());
    TaskRun run(std::move(episode), world, values);
    for (int c = 0; c < run.characters(); ++c) run.place(c, data.starts[0]);
    for (const TaskOrders& orders : run.orders()) {
      const CostWorld seen =
          make_cost_world(model->layout, orders.surroundings, {}, orders.values, 1.0 / 30, 8);
      for (const Cost& cost : task.costs) {
        Eigen::MatrixXd tokens = Eigen::MatrixXd::Zero(model->layout.dim(), 12);
        const PredictedMotion motion(model->layout, tokens.data(), 12, 3);
        MotionGradient gradient(motion);
        EXPECT_TRUE(std::isfinite(cost.term(motion, seen, gradient))) << task.name << cost.name;
        EXPECT_TRUE(gradient.rows().allFinite()) << task.name << " " << cost.name;
      }
    }
  }
}

TEST_F(Tasks, InbetweeningWithoutKeyframesSaysHowToGetThem) {
  const Task& task = find_task("inbetween");
  EvalData bare = data;
  bare.motions.clear();
  EXPECT_THROW(begin_episode(task, {*character, task.defaults(), 0, &bare}), InputError);
}

TEST_F(Tasks, InbetweeningMeetsAMotionThatStandsStill) {
  RunOptions options;
  options.task = "inbetween";
  const Task& task = find_task("inbetween");
  auto episode = begin_episode(task, {*character, task.defaults(), 1, &data});
  World world(character, episode->scene());
  TaskRun run(std::move(episode), world, task.defaults());
  run.place(0, data.starts[0]);
  Verdict verdict;
  for (int s = 0; s < 300 && verdict.kind == Verdict::Kind::kRunning; ++s) {
    const auto orders = run.orders();
    const auto& keys = orders[0].surroundings.keyframes;
    if (s == 0) {
      ASSERT_EQ(keys.size(), 1u) << "one keyframe a second within 32 frames";
      EXPECT_EQ(keys[0].frames_ahead, 30);
      EXPECT_GT(orders[0].surroundings.track[31].weight, 0) << "the next one leads the root";
      EXPECT_EQ(orders[0].surroundings.track[29].weight, 1) << "the way to the first ends there";
    }
    world.set_state(data.starts[0].qpos, data.starts[0].qvel);
    verdict = run.judge();
  }
  EXPECT_EQ(verdict.kind, Verdict::Kind::kSuccess);
  EXPECT_NEAR(run.episode().measures().at("mjpe_m"), 0, 1e-5);
  EXPECT_NEAR(run.episode().measures().at("mrpe_m"), 0, 1e-5);
}

TEST_F(Tasks, KeyframesOfAMotionAreMovedToTheirPlace) {
  EvalMotion motion = data.motions[0];
  for (int f = 0; f < motion.frames(); ++f) {
    motion.qpos[f * motion.nq] = 0.1F * static_cast<float>(f);  // slides along +x
    motion.qvel[f * motion.nv] = 3;
  }
  const KeyframeReader reader(*character, motion, 10, {{5, 2}, std::numbers::pi / 2});
  const BodyState state = reader.state(20);
  EXPECT_NEAR(state.root_position.x(), 5, 1e-5);
  EXPECT_NEAR(state.root_position.y(), 4, 1e-5) << "2 m further, and ahead is now +y";
  EXPECT_NEAR(state.root_velocity.y(), 3, 1e-5);
  EXPECT_NEAR(yaw_of(state.root_rotation), std::numbers::pi / 2, 1e-6);
}

TEST_F(Tasks, CrowdStartsOnACircleLookingInwardsAndSeesTheOthers) {
  const Task& task = find_task("crowd");
  auto episode = begin_episode(task, {*character, task.defaults(), 0, &data});
  World world(character, episode->scene());
  ASSERT_EQ(world.num_characters(), 4);
  TaskRun run(std::move(episode), world, task.defaults());
  for (int c = 0; c < 4; ++c) run.place(c, data.starts[0]);
  for (int c = 0; c < 4; ++c) {
    const GroundPose pose = ground_pose(run.states()[c]);
    EXPECT_NEAR(pose.position.norm(), 4, 1e-9);
    EXPECT_NEAR(pose.point_in({0, 0}).x(), 4, 1e-6) << "the centre is straight ahead";
  }
  const auto orders = run.orders();
  EXPECT_EQ(orders[0].surroundings.movers.size(), 3u);
  EXPECT_NEAR(orders[0].values[task.parameter("goal_x")], -4, 1e-9);
}

TEST_F(Tasks, PlansOfOthersAreTakenAsOldAsTheyAre) {
  PlannedStates plan{torch::zeros({8, model->layout.dim()}), {{1, 2}, std::numbers::pi / 2}, 1};
  for (int t = 0; t < 8; ++t) plan.states[t][model->layout.root_position()] = 0.1 * t;
  for (const int age : {1, 3}) {
    plan.age = age;
    const Mover mover = predicted_mover(plan, model->layout, 3, 0.3);
    ASSERT_EQ(mover.path.size(), 4u);
    EXPECT_NEAR(mover.path[0].y(), 2.4 + 0.1 * age, 1e-6) << "frame 4 + age is a step from now";
    EXPECT_NEAR(mover.path[3].y(), 2.7, 1e-6) << "the last one known is kept";
    EXPECT_NEAR(mover.path[0].x(), 1, 1e-6);
  }
}

TEST_F(Tasks, PlansOfOthersAgeWhileThereIsNoNewOne) {
  const Task& task = find_task("crowd");
  auto episode = begin_episode(task, {*character, task.defaults(), 0, &data});
  World world(character, episode->scene());
  TaskRun run(std::move(episode), world, task.defaults());
  for (int c = 0; c < 4; ++c) run.place(c, data.starts[0]);
  for (const int plan_steps : {0, 3}) {
    LookaheadOptions options;
    options.plan_steps = plan_steps;
    LookaheadController controller(character, model, options, 4);
    controller.set_task(task);
    for (int c = 0; c < 4; ++c) controller.reset(c, c, run.states()[c]);
    EXPECT_FALSE(controller.planned(1).states.defined());
    run.prepare(controller, 0);
    controller.act(run.states());
    for (int age = 1; age <= 3; ++age) {
      EXPECT_EQ(controller.planned(1).age, age);
      run.prepare(controller, 0);
      const Mover& seen = controller.surroundings(0)->movers[0];
      const PlannedStates exact = planned_states(controller.plan(), 1, age);
      EXPECT_EQ(seen.path,
                predicted_mover(exact, model->layout, model->config.now(), seen.radius).path);
      if (plan_steps > 0) {
        controller.act(run.states());
      } else {
        controller.watch(run.states());
      }
    }
    controller.reset(1, 9, run.states()[1]);
    EXPECT_FALSE(controller.planned(1).states.defined()) << "of another life";
  }
}

TEST_F(Tasks, CrowdsOfTwoAndOfEightRunAndArrive) {
  for (const char* people : {"people=2", "people=8"}) {
    RunOptions options;
    options.task = "crowd";
    options.values = task_values(find_task("crowd"), {people});
    options.seconds = 1;
    EXPECT_GE(run(options).step_ms.size(), 10u) << people;
    auto episode = begin_episode(find_task("crowd"), {*character, options.values, 0, &data});
    World world(character, episode->scene());
    TaskRun there(std::move(episode), world, options.values);
    for (int c = 0; c < there.characters(); ++c) {
      const GroundPose start = there.episode().start_pose(c), goal{-start.position, start.yaw};
      there.place(c, data.starts[0], &goal);
    }
    EXPECT_EQ(there.judge().kind, Verdict::Kind::kSuccess) << people;
    EXPECT_EQ(there.episode().measures().at("arrived"), 1) << people;
  }
}

TEST_F(Tasks, FeetAndHeadAreReachedFor) {
  const Task& task = find_task("reach");
  const StateLayout layout = state_layout(*character);
  const std::pair<const char*, const char*> limbs[] = {
      {"limb=2", "right_foot"}, {"limb=3", "left_foot"}, {"limb=4", "head"}};
  for (const auto& [limb, key] : limbs) {
    RunOptions options;
    options.task = task.name;
    options.values = task_values(task, {limb, "due=0.5"});
    options.seconds = 1;
    const RunSummary summary = run(options);
    EXPECT_TRUE(std::isfinite(summary.measures.at("goal_error_m"))) << limb;
    World world(character, begin_episode(task, {*character, options.values, 0, &data})->scene());
    BodyState state;
    world.set_state(data.starts[0].qpos, data.starts[0].qvel);
    world.body_state(state);
    const Eigen::Vector3d place = state.key_position.col(layout.key_point(key));
    const char* names[] = {"x", "y", "z"};
    for (int i = 0; i < 3; ++i) options.values[task.parameter(names[i])] = place[i];
    TaskRun there(begin_episode(task, {*character, options.values, 0, &data}), world,
                  options.values);
    const auto orders = there.orders();
    EXPECT_EQ(orders[0].values[task.parameter("key")], layout.key_point(key));
    there.judge();
    EXPECT_LT(there.episode().measures().at("goal_error_m"), 1e-9) << limb;
  }
}

TEST_F(Tasks, PathsOfAllShapesAreFollowed) {
  const Task& task = find_task("path");
  for (const char* shape : {"shape=0", "shape=1", "shape=2"}) {
    RunOptions options;
    options.task = task.name;
    options.values = task_values(task, {shape});
    options.seconds = 1;
    EXPECT_TRUE(std::isfinite(run(options).measures.at("path_error_m"))) << shape;
    for (const double beside : {0.0, -1.0}) {
      World world(character, Scene{});
      TaskRun there(begin_episode(task, {*character, options.values, 0, &data}), world,
                    options.values);
      const GroundPose place{{0, beside}, 0};
      there.place(0, data.starts[0], &place);
      const auto orders = there.orders();
      EXPECT_NEAR(there.episode().measures().at("path_error_m"), -beside, 0.2) << shape;
      EXPECT_GT(orders[0].surroundings.track[31].position.x(), 0.1) << shape;
    }
  }
}

TEST_F(Tasks, PartialPosesAreAskedForAndMeasured) {
  const Task& task = find_task("pose");
  RunOptions options;
  options.task = task.name;
  options.values = task_values(task, {"partial=1", "due=0.5", "x=1"});
  options.seconds = 1;
  EXPECT_TRUE(std::isfinite(run(options).measures.at("pose_error_m")));
  auto episode = begin_episode(task, {*character, options.values, 0, &data});
  World world(character, episode->scene());
  TaskRun there(std::move(episode), world, options.values);
  for (const double x : {0.0, 1.0}) {
    const GroundPose place{{x, 0}, 0};
    there.place(0, data.starts[0], &place);
    const auto orders = there.orders();
    ASSERT_EQ(orders[0].surroundings.keyframes.size(), 1u);
    EXPECT_EQ(orders[0].surroundings.keyframes[0].parts.size(), 1u);
    there.judge();
    EXPECT_NEAR(there.episode().measures().at("pose_error_m"), 1 - x, 1e-5);
  }
}

TEST(Layouts, ForestKeepsItsDistances) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto trees = forest({{0, -5}, {15, 5}}, 40, 1.4, {{0, 0}, {15, 0}}, seed);
    EXPECT_EQ(trees.size(), 40u);
    for (std::size_t i = 0; i < trees.size(); ++i) {
      const Eigen::Vector2d p = trees[i].position.head<2>();
      EXPECT_TRUE(trees[i].size.x() >= 0.15 && trees[i].size.x() <= 0.35);
      EXPECT_GE(p.norm() - trees[i].size.x(), 1.2);
      EXPECT_GE((p - Eigen::Vector2d(15, 0)).norm() - trees[i].size.x(), 1.2);
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_GE((trees[j].position.head<2>() - p).norm(), 1.4);
      }
    }
  }
  EXPECT_NE(forest({{0, -5}, {15, 5}}, 40, 1.4, {}, 1)[0].position.x(),
            forest({{0, -5}, {15, 5}}, 40, 1.4, {}, 2)[0].position.x());
}

TEST(Layouts, DiscsBounceInsideTheirField) {
  const Field field{{0, -3}, {10, 3}};
  for (const BouncingDisc& disc : bouncing_discs(field, 6, {0, 0}, 5)) {
    EXPECT_GE(disc.start.norm(), 1.5);
    EXPECT_TRUE(disc.velocity.norm() >= 0.5 && disc.velocity.norm() <= 1.0);
    EXPECT_LT((disc.at(field, 0) - disc.start).norm(), 1e-9);
    for (double t = 0; t < 60; t += 0.1) {
      const Eigen::Vector2d p = disc.at(field, t);
      EXPECT_TRUE(p.x() >= 0.3 - 1e-9 && p.x() <= 9.7 + 1e-9 && std::abs(p.y()) <= 2.7 + 1e-9);
      EXPECT_LE((disc.at(field, t + 0.1) - p).norm(), 0.1 * disc.velocity.norm() + 1e-9);
    }
    const Mover mover = mover_of(disc, field, 3.0, 1.0 / 30, 32);
    EXPECT_LT((mover.path[29] - disc.at(field, 4.0)).norm(), 1e-9);
  }
}

TEST_F(Tasks, FilesComposeTermsAndStages) {
  const fs::path file = write("staged_task.json", R"({
    "name": "there and wave", "trust": 0.4,
    "scene": {"objects": [{"name": "post", "shape": "cylinder", "position": [2, 1, 1],
                           "size": [0.2, 1, 0]}]},
    "stages": [
      {"terms": [{"term": "approach", "weight": 0.4, "goal_x": 0.2, "goal_y": 0, "speed": 1},
                 {"term": "obstacles"}],
       "until": {"near": [0, 0], "within": 0.6}},
      {"terms": [{"term": "reach", "key": "right_forearm", "x": 0.3, "z": 1.4, "due": 0.5}],
       "until": {"seconds": 0.2}}]})");
  const TaskFile loaded = load_task_file(file);
  EXPECT_EQ(loaded.task->name, "there and wave");
  EXPECT_DOUBLE_EQ(loaded.task->guidance.trust, 0.4);
  ASSERT_EQ(loaded.task->costs.size(), 3u);
  EXPECT_DOUBLE_EQ(loaded.task->costs[0].weight, 0.4);
  RunOptions options;
  options.own_task = loaded.task;
  options.task = loaded.task->name;
  options.seconds = 3;
  const RunSummary summary = run(options);
  EXPECT_TRUE(summary.success) << "the first stage is done at once, the second after 0.2 s";
  EXPECT_NEAR(static_cast<double>(summary.step_ms.size()), 7, 1);
  EXPECT_DOUBLE_EQ(summary.measures.at("stages"), 2);
}

TEST_F(Tasks, FilesWalkRoundWhatStandsInTheWay) {
  const TaskFile loaded = load_task_file(write("walking_task.json", R"({
    "name": "round the post",
    "scene": {"objects": [{"name": "post", "shape": "cylinder", "position": [0.7, 0.05, 1],
                           "size": [0.2, 1, 0]}]},
    "stages": [{"walk": {"to": [3, 0], "speed": 1.5}, "until": {"seconds": 5}},
               {"terms": [{"term": "velocity"}]}]})"));
  const Task& task = *loaded.task;
  ASSERT_EQ(task.costs.size(), 4u);
  auto episode = begin_episode(task, {*character, loaded.values, 1, &data});
  World world(character, episode->scene());
  TaskRun run(std::move(episode), world, loaded.values);
  run.place(0, data.starts[0]);
  const auto orders = run.orders();
  EXPECT_EQ(orders[0].values[task.costs[0].weight_parameter], 1);
  EXPECT_EQ(orders[0].values[task.costs[3].weight_parameter], 0);
  const auto& track = orders[0].surroundings.track;
  ASSERT_EQ(track.size(), 32u);
  for (const TrackPoint& p : track) {
    EXPECT_GT((p.position - Eigen::Vector2d(0.7, 0.05)).norm(), 0.45);
  }
  EXPECT_GT(track[31].position.norm(), 0.7);
}

// An episode of a file's task at its start, and what is asked in the first control step.
struct FirstStep {
  FirstStep(const std::shared_ptr<const Character>& character, const EvalData& data,
            const TaskFile& file)
      : episode(begin_episode(*file.task, {*character, file.values, 1, &data})),
        world(character, episode->scene()),
        run(std::move(episode), world, file.values) {
    for (int c = 0; c < run.characters(); ++c) run.place(c, data.starts[0]);
    orders = run.orders();
  }

  std::unique_ptr<TaskEpisode> episode;
  World world;
  TaskRun run;
  std::vector<TaskOrders> orders;
};

TEST_F(Tasks, FilesLetObjectsMove) {
  const TaskFile file = load_task_file(write("moving_task.json", R"({
    "name": "cart",
    "scene": {"objects": [{"name": "cart", "shape": "box", "position": [2, 0, 0.5],
                           "size": [0.3, 0.4, 0.5]}]},
    "moving": [{"object": "cart", "velocity": [0, 1.5], "between": [[1, -2], [3, 2]]}],
    "stages": [{"walk": {"to": [4, 0]}, "terms": [{"term": "movers", "weight": 1.2}]}]})"));
  FirstStep first(character, data, file);
  const auto& movers = first.orders[0].surroundings.movers;
  ASSERT_EQ(movers.size(), 1u);
  EXPECT_NEAR(movers[0].radius, 0.5, 1e-9) << "half the box's diagonal";
  EXPECT_NEAR(movers[0].path[29].y(), 1.5, 1e-9) << "turns round at y = 1.5, after a second";
  EXPECT_LT(movers[0].path[31].y(), 1.5);
  EXPECT_TRUE(first.orders[0].surroundings.obstacles.empty());
  for (int s = 0; s < 15; ++s) first.run.judge();
  first.run.orders();
  EXPECT_NEAR(first.world.object_position(0).y(), 0.75, 1e-9);
  EXPECT_TRUE(runs_a_second(file));
}

TEST_F(Tasks, FilesAddOtherCharacters) {
  const TaskFile file = load_task_file(write("others_task.json", R"({
    "name": "meeting",
    "others": [{"start": [4, 0], "heading": 3.14159, "to": [-2, 0], "speed": 1},
               {"start": [0, 3], "to": [3, 3]}],
    "stages": [{"walk": {"to": [4, 0]}, "terms": [{"term": "movers"}],
                "until": {"seconds": 0.1}}]})"));
  FirstStep first(character, data, file);
  ASSERT_EQ(first.orders.size(), 3u);
  EXPECT_NEAR(first.run.states()[1].root_position.x(), 4, 0.1);
  const int on = file.task->parameter("others.on"), own = file.task->parameter("stage0.walk.on");
  for (int c = 0; c < 3; ++c) {
    EXPECT_EQ(first.orders[c].surroundings.movers.size(), 2u);
    EXPECT_EQ(first.orders[c].values[on], c > 0);
    EXPECT_EQ(first.orders[c].values[own], c == 0);
  }
  EXPECT_LT(first.orders[1].surroundings.track[31].position.x(), 3.7) << "is on its way";
  EXPECT_GT(first.orders[2].surroundings.track[31].position.x(), 0.3);
  EXPECT_EQ(first.run.judge().kind, Verdict::Kind::kRunning);
  for (int s = 0; s < 3; ++s) first.run.judge();
  EXPECT_EQ(first.run.judge().kind, Verdict::Kind::kSuccess) << "the others need not arrive";
  EXPECT_TRUE(runs_a_second(file));
}

TEST_F(Tasks, FilesLayPaths) {
  const std::string head = R"({"name": "round", "stages": [{"path": {"points": [[0, 0], [1, 0],
      [1, 0.5]], "speed": 1)";
  const TaskFile open = load_task_file(write("open_task.json", head + "}}]}"));
  EXPECT_EQ(open.task->costs.size(), 3u) << "pace, track and along";
  FirstStep first(character, data, open);
  const auto& track = first.orders[0].surroundings.track;
  ASSERT_EQ(track.size(), 32u);
  EXPECT_GT(track[31].position.x(), 0.3);
  const GroundPose end{{1, 0.45}, 0};
  first.run.place(0, data.starts[0], &end);
  for (int s = 0; s < 4; ++s) first.run.orders();
  const Eigen::Vector2d last = first.run.orders()[0].surroundings.track[31].position;
  EXPECT_LT((last - Eigen::Vector2d(1, 0.5)).norm(), 0.1) << "stops at the end";
  const TaskFile named = load_task_file(write(
      "named_task.json", head + R"(, "closed": true}, "terms": [{"term": "track", "weight": 0.2},
                                    {"term": "pace"}, {"term": "along"}]}]})"));
  ASSERT_EQ(named.task->costs.size(), 3u);
  EXPECT_EQ(named.task->costs[0].weight, 0.2) << "instead of its own";
  EXPECT_TRUE(runs_a_second(open) && runs_a_second(named));
}

TEST_F(Tasks, FilesAskForKeyframes) {
  const TaskFile file = load_task_file(write("keyframe_task.json", R"({
    "name": "pose", "stages": [
      {"keyframes": [{"pose": 0, "place": [0.5, 0.2], "heading": 1, "due": 0.5},
                     {"place": [0.5, 0.2], "due": 0.8, "parts": ["key_position", "root_position"]},
                     {"place": [0.5, 0.2], "due": 4}],
       "terms": [{"term": "pose", "weight": 0.5}]}]})"));
  FirstStep first(character, data, file);
  const auto& keys = first.orders[0].surroundings.keyframes;
  ASSERT_EQ(keys.size(), 2u) << "the third is too far ahead";
  EXPECT_EQ(keys[0].frames_ahead, 15);
  EXPECT_TRUE(keys[0].parts.empty());
  EXPECT_NEAR(keys[0].state.root_position.x(), 0.5, 1e-6);
  EXPECT_NEAR(yaw_of(keys[0].state.root_rotation), 1, 1e-6);
  EXPECT_EQ(keys[1].parts.size(), 2u);
  const CostWorld seen = make_cost_world(model->layout, first.orders[0].surroundings, {},
                                         first.orders[0].values, 1.0 / 30, 32);
  const Eigen::MatrixXd tokens = Eigen::MatrixXd::Zero(model->layout.dim(), 36);
  const PredictedMotion motion(model->layout, tokens.data(), 36, 3);
  MotionGradient gradient(motion);
  EXPECT_GT(file.task->costs[0].term(motion, seen, gradient), 0);
  EXPECT_TRUE(runs_a_second(file));
}

TEST_F(Tasks, FilesWithTermsThatWouldDoNothingAreRefused) {
  const auto of = [&](const std::string& stage) {
    return refusal(R"({"name": "x", "stages": [)" + stage + "]}");
  };
  for (const char* term : {"track", "pace", "along", "pose", "movers"}) {
    const std::string said = of(R"({"terms": [{"term": ")" + std::string(term) + "\"}]}");
    EXPECT_NE(said.find("refused_task.json: stage 0, term " + std::string(term)), std::string::npos)
        << said;
  }
  EXPECT_NE(of(R"({"path": {"points": [[0, 0], [0, 0]]}})").find("lie apart"), std::string::npos);
  EXPECT_NE(of(R"({"path": {"points": [[0, 0], [1, 0]]}, "walk": {"to": [1, 0]}})").find("path"),
            std::string::npos);
  EXPECT_NE(of(R"({"keyframes": [{"place": [0, 0], "due": 1, "parts": ["feet"]}]})")
                .find("keyframe 0, parts: expected names out of key_position"),
            std::string::npos);
  EXPECT_NE(of(R"({"terms": [], "untill": {}})").find("stage 0, untill"), std::string::npos);
  EXPECT_NE(refusal(R"({"name": "x", "moving": [{"object": "cart"}], "stages": [{"terms": []}]})")
                .find("moving 0, object: expected the name of an object"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"name": "x", "scene": {"objects": [], "characters": 3},
                       "stages": [{"terms": []}]})")
                .find("others"),
            std::string::npos);
}

TEST_F(Tasks, ExamplesOfTheDocumentWork) {
  const fs::path source = FORESIGHT_SOURCE_DIR;
  const std::string doc = read_file(source / "docs" / "adding-a-task.md");
  const fs::path here = source / "tests" / "controller" / "tasks";
  for (const char* example :
       {"patrol_example.cpp", "staged_example.json", "company_example.json"}) {
    EXPECT_NE(doc.find(read_file(here / example)), std::string::npos)
        << example << " and docs/adding-a-task.md differ";
  }
  const TaskFile staged = load_task_file(here / "staged_example.json");
  EXPECT_EQ(staged.task->costs.size(), 6u);
  EXPECT_TRUE(runs_a_second(staged));
  EXPECT_TRUE(runs_a_second(load_task_file(here / "company_example.json")));
  EXPECT_EQ(find_task("patrol").costs.size(), 4u);
}

TEST_F(Tasks, FilesOfRegisteredTasksSetValues) {
  const TaskFile loaded = load_task_file(
      write("values_task.json", R"({"task": "waypoint", "values": {"goal_x": 3, "speed": 0.8}})"));
  EXPECT_EQ(loaded.task->name, "waypoint");
  EXPECT_DOUBLE_EQ(loaded.values[loaded.task->parameter("speed")], 0.8);
}

TEST_F(Tasks, FilesOfRegisteredTasksChangeWeightsAndAddTerms) {
  const TaskFile file =
      load_task_file(write("weights_task.json", R"({"task": "waypoint", "values": {"speed": 0.8},
        "weights": {"pace": 2}, "terms": [{"term": "height", "weight": 0.5, "values": {"height":
        0.8}}, {"term": "balance"}]})"));
  const Task &task = *file.task, &plain = find_task("waypoint");
  ASSERT_EQ(task.costs.size(), plain.costs.size() + 2);
  for (std::size_t i = 0; i < plain.costs.size(); ++i) {
    EXPECT_EQ(task.costs[i].weight, plain.costs[i].name == "pace" ? 2 : plain.costs[i].weight);
  }
  EXPECT_EQ(task.costs[task.costs.size() - 2].name, "height");
  EXPECT_EQ(task.costs[task.costs.size() - 2].weight, 0.5);
  EXPECT_EQ(file.values[task.parameter("height.height")], 0.8);
  EXPECT_EQ(file.values[task.parameter("speed")], 0.8);
  EXPECT_TRUE(runs_a_second(file));
  for (const char* wrong :
       {R"({"task": "waypoint", "weights": {"magic": 1}})",
        R"({"task": "waypoint", "weights": {"pace": -1}})",
        R"({"task": "waypoint", "terms": [{"term": "height", "values": {"height": 9}}]})",
        R"({"task": "waypoint", "terms": [{"term": "height", "height": 1}]})",
        R"({"task": "waypoint", "stages": []})"}) {
    EXPECT_NE(refusal(wrong).find("refused_task.json: "), std::string::npos) << wrong;
  }
}

TEST_F(Tasks, BrokenFilesAreRefusedByStageAndField) {
  EXPECT_NE(refusal("[1").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal(R"({"name": "x"})").find("stages"), std::string::npos);
  EXPECT_NE(refusal(R"({"name": "x", "stages": [{"terms": [{"term": "fly"}]}]})").find("fly"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"name": "x", "stages": [{"terms": [{"term": "velocity", "sped": 1}]}]})")
                .find("stage 0, term velocity, sped"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"name": "x", "stages": [{"terms": [{"term": "velocity", "speed": 9}]}]})")
                .find("0 to 4"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"task": "waypoint", "values": {"goal": 1}})").find("goal_x"),
            std::string::npos);
}

TEST_F(Tasks, WeightsFilesChangeTermsTrustAndScale) {
  const fs::path file = write(
      "weights.json", R"({"forest": {"scale": 2, "trust": 0.3, "terms": {"obstacles": 0.5}}})");
  Task task = find_task("forest");
  const double approach = task.costs[0].weight;
  apply_weights(load_task_weights(file), task);
  EXPECT_DOUBLE_EQ(task.guidance.trust, 0.3);
  for (const Cost& cost : task.costs) {
    if (cost.name == "obstacles") {
      EXPECT_DOUBLE_EQ(cost.weight, 1.0) << "0.5 times the scale";
    }
  }
  EXPECT_DOUBLE_EQ(task.costs[0].weight, 2 * approach);
  for (const char* wrong : {R"({"flying": {}})", R"({"forest": {"terms": {"magic": 1}}})",
                            R"({"forest": {"trust": -1}})", R"({"forest": {"speed": 1}})"}) {
    EXPECT_THROW(load_task_weights(write("wrong_weights.json", wrong)), InputError) << wrong;
  }
}

}  // namespace
}  // namespace foresight
