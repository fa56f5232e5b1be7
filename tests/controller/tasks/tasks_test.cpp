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
    for (const TaskOrders& orders : run.orders(nullptr, 0)) {
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
    const auto orders = run.orders(nullptr, 0);
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
  const auto orders = run.orders(nullptr, 0);
  EXPECT_EQ(orders[0].surroundings.movers.size(), 3u);
  EXPECT_NEAR(orders[0].values[task.parameter("goal_x")], -4, 1e-9);
}

TEST_F(Tasks, PlansOfOthersAreTakenOneStepLater) {
  LookaheadPlan plan;
  plan.states = torch::zeros({1, 8, model->layout.dim()});
  for (int t = 0; t < 8; ++t) plan.states[0][t][model->layout.root_position()] = 0.1 * t;
  plan.frames = {{{1, 2}, std::numbers::pi / 2}};
  const Mover mover = predicted_mover(plan, model->layout, 0, 3, 1, 0.3);
  ASSERT_EQ(mover.path.size(), 4u);
  EXPECT_NEAR(mover.path[0].y(), 2.5, 1e-6) << "frame 5 is one step from now";
  EXPECT_NEAR(mover.path[3].y(), 2.7, 1e-6) << "the last one known is kept";
  EXPECT_NEAR(mover.path[0].x(), 1, 1e-6);
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
  const auto orders = run.orders(nullptr, 0);
  EXPECT_EQ(orders[0].values[task.costs[0].weight_parameter], 1);
  EXPECT_EQ(orders[0].values[task.costs[3].weight_parameter], 0);
  const auto& track = orders[0].surroundings.track;
  ASSERT_EQ(track.size(), 32u);
  for (const TrackPoint& p : track) {
    EXPECT_GT((p.position - Eigen::Vector2d(0.7, 0.05)).norm(), 0.45);
  }
  EXPECT_GT(track[31].position.norm(), 0.7);
}

TEST_F(Tasks, ExamplesOfTheDocumentWork) {
  const fs::path source = FORESIGHT_SOURCE_DIR;
  const std::string doc = read_file(source / "docs" / "adding-a-task.md");
  const fs::path here = source / "tests" / "controller" / "tasks";
  for (const char* example : {"patrol_example.cpp", "staged_example.json"}) {
    EXPECT_NE(doc.find(read_file(here / example)), std::string::npos)
        << example << " and docs/adding-a-task.md differ";
  }
  EXPECT_EQ(load_task_file(here / "staged_example.json").task->costs.size(), 6u);
  EXPECT_EQ(find_task("patrol").costs.size(), 4u);
}

TEST_F(Tasks, FilesOfRegisteredTasksSetValues) {
  const TaskFile loaded = load_task_file(
      write("values_task.json", R"({"task": "waypoint", "values": {"goal_x": 3, "speed": 0.8}})"));
  EXPECT_EQ(loaded.task->name, "waypoint");
  EXPECT_DOUBLE_EQ(loaded.values[loaded.task->parameter("speed")], 0.8);
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
