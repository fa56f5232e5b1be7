// Diffuser on mazes: data files, windows, tracking, planning, training of a tiny model.
#include <gtest/gtest.h>

#include <cmath>

#include "controller/planners/diffuser_training.h"
#include "controller/planners/maze_data_file.h"
#include "controller/planners/maze_evaluation.h"
#include "controller/planners/maze_picture.h"
#include "controller/planners/maze_windows.h"
#include "controller/planners/shipped_planners.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace foresight {
namespace {

class PlannersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / (std::string("foresight_planners_") + info->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

MazeData small_data(std::int64_t steps = 4000) {
  WorkerPool pool(1);
  MazeDataOptions options;
  options.steps = steps;
  return generate_maze_data(find_maze("umaze"), options, pool);
}

DiffuserModel tiny_model() {
  DiffuserModel model = make_diffuser(diffuser_config("tiny", find_maze("umaze")), 1);
  const MazeWindows windows(small_data(), maze_streams(small_data()), 16, 4);
  model.scaling = limits_of(windows.rows());
  model.visited = torch::ones({70, 70}, torch::kByte);
  model.net->eval();
  return model;
}

using MazeDataFile = PlannersTest;

TEST_F(MazeDataFile, ComesBackAsWritten) {
  const MazeData data = small_data(1000);
  save_maze_data(folder_ / "d.safetensors", data);
  const MazeData back = load_maze_data(folder_ / "d.safetensors");
  EXPECT_EQ(back.maze, "umaze");
  EXPECT_EQ(back.observations, data.observations);
  EXPECT_EQ(back.stream_starts, data.stream_starts);
}

TEST_F(MazeDataFile, RefusesOtherFiles) {
  write_file(folder_ / "d.safetensors", "not a safetensors file");
  EXPECT_THROW(load_maze_data(folder_ / "d.safetensors"), InputError);
  MazeData data = small_data(1000);
  data.goals.resize(10);
  save_maze_data(folder_ / "d.safetensors", data);
  EXPECT_THROW(load_maze_data(folder_ / "d.safetensors"), InputError);
}

TEST(MazeWindows, CutEveryStrideRowsWithinASegment) {
  const MazeData data = small_data(1000);
  const MazeWindows windows(data, {{100, 61}}, 16, 4);
  EXPECT_EQ(windows.count(), 1);
  const auto w = windows.cut(windows.draw(2, 16, 1, 0), 16);
  for (int t = 0; t < 16; ++t) {
    EXPECT_EQ(w[1][t][0].item<float>(), data.actions[2 * (100 + 4 * t)]);
    EXPECT_EQ(w[1][t][3].item<float>(), data.observations[4 * (100 + 4 * t) + 1]);
  }
  EXPECT_THROW(MazeWindows(data, {{100, 60}}, 16, 4), InputError);
}

TEST(MazeWindows, ShortOnesReachTheEndOfASegment) {
  const MazeData data = small_data(1000);
  const MazeWindows windows(data, {{100, 61}}, 16, 4);
  const auto starts = windows.draw(2000, 8, 1, 0);
  EXPECT_EQ(starts.min().item<int>(), 100);
  EXPECT_EQ(starts.max().item<int>(), 160 - 7 * 4);
}

TEST(MazeWindows, LimitsMapTheDataToTheUnitInterval) {
  const auto rows = torch::randn({50, 6});
  const Scaling scaling = limits_of(rows);
  const auto unit = to_unit(scaling, rows);
  EXPECT_NEAR(unit.max().item<double>(), 1.0, 1e-5);
  EXPECT_NEAR(unit.min().item<double>(), -1.0, 1e-5);
  EXPECT_TRUE(torch::allclose(to_physical(scaling, unit), rows, 1e-4, 1e-5));
}

TEST(VisitedSquares, CoverThePositionsOfTheData) {
  const auto positions = torch::tensor({1.05F, 2.05F, -0.55F, 0.0F}).view({2, 2});
  const auto visited = visited_squares(positions, find_maze("umaze"));
  EXPECT_EQ(visited.sum().item<int>(), 2);
  const auto asked = torch::tensor({1.01F, 2.09F, 1.25F, 2.05F, 99.0F, 0.0F}).view({3, 2});
  const auto inside = is_visited(visited, asked);
  EXPECT_TRUE(inside[0].item<bool>());
  EXPECT_FALSE(inside[1].item<bool>());
  EXPECT_FALSE(inside[2].item<bool>());
}

TEST(MazePlan, InterpolationPassesThroughFramesAndIsExactForConstantAcceleration) {
  // x = t^2 with t in s: v = 2 t. Frames every 10 steps of 0.01 s.
  MazePlan plan;
  plan.stride = 10;
  for (int i = 0; i < 3; ++i) plan.frames.push_back({0.01 * i * i, 0, 0.2 * i, 0});
  for (int step = 0; step <= 20; ++step) {
    const double t = 0.01 * step;
    EXPECT_NEAR(plan_state(plan, step)[0], t * t, 1e-12);
    EXPECT_NEAR(plan_state(plan, step)[2], 2 * t, 1e-12);
  }
  EXPECT_EQ(plan_state(plan, 21)[2], 0.0);
  EXPECT_NEAR(plan_state(plan, 500)[0], 0.04, 1e-12);
  EXPECT_NEAR(plan_defect(plan), 0.0, 1e-12);
  plan.frames[1][1] += 0.3;
  EXPECT_NEAR(plan_defect(plan), 0.3, 1e-12);
}

TEST(MazePlan, TrackerActsOnPositionAndVelocityErrorsOfTheNextStep) {
  MazePlan plan;
  plan.frames = {{1, 1, 0, 0}, {1.5, 1, 0.25, 0}};
  const MazeAction action = track_plan(plan)({1.1, 0.9, 0.05, -0.1}, {}, 0);
  EXPECT_NEAR(action[0], 0.4 + 0.2, 1e-12);
  EXPECT_NEAR(action[1], 0.1 + 0.1, 1e-12);
}

TEST(MazePlan, OwnActionsRunStraightBetweenFramesAndEndWithThePlan) {
  MazePlan plan;
  plan.stride = 4;
  plan.frames = {{1, 1, 0, 0}, {1, 1, 0, 0}, {1, 1, 0, 0}};
  plan.actions = {{0, 1}, {0.8, -1}, {0.4, 0}};
  const MazePolicy policy = follow_plan(plan, PlanExecution::kActions);
  const MazeObservation anywhere{9, 9, 9, 9};
  EXPECT_EQ(policy(anywhere, {}, 0), (MazeAction{0, 1}));
  EXPECT_NEAR(policy(anywhere, {}, 3)[0], 0.6, 1e-12);
  EXPECT_NEAR(policy(anywhere, {}, 3)[1], -0.5, 1e-12);
  EXPECT_NEAR(policy(anywhere, {}, 6)[0], 0.6, 1e-12);
  EXPECT_EQ(policy(anywhere, {}, 8), (MazeAction{0, 0}));
  EXPECT_EQ(policy(anywhere, {}, 500), (MazeAction{0, 0}));
}

TEST(MazePlan, LeavingVisitedPlacesIsWorseThanBeingJagged) {
  const auto plan = [](int frames, double defect, double outside, bool plausible) {
    MazePlan p;
    p.frames.resize(frames);
    p.defect = defect;
    p.outside = outside;
    p.plausible = plausible;
    return badness(p);
  };
  EXPECT_LT(plan(60, 0.2, 0.0, false), plan(60, 0.05, 0.03, false)) << "3 % lead through a wall";
  EXPECT_LT(plan(60, 0.1, 0.01, false), plan(60, 0.2, 0.01, false));
  EXPECT_LT(plan(60, 0.05, 0.0, true), plan(20, 0.07, 0.0, false));
  EXPECT_LT(plan(20, 0.05, 0.0, true), plan(60, 0.01, 0.0, true));
}

TEST(MazePlan, DrivenAlongARealDemonstrationTheTrackerStaysOnIt) {
  const MazeLayout& layout = find_maze("m1");
  WorkerPool pool(1);
  const auto truth = run_reference(layout, ReferencePolicy::kFresh, 1, false, 5, pool).front();
  MazePlan plan;
  plan.stride = 4;
  for (std::size_t t = 0; t < truth.path.size(); t += 4) plan.frames.push_back(truth.path[t]);
  const auto followed = follow_plans(layout, {{truth.path[0], {6, 6}}}, {plan}, pool).front();
  EXPECT_NEAR(followed.episode_return, truth.episode_return, 15);
}

TEST(Planner, KeepsStartAndGoalExactAndIsReproducible) {
  const DiffuserModel model = tiny_model();
  const std::vector<PlanQuery> queries = {{{1.2, 2.1, 0.3, -0.2}, {1, 1}},
                                          {{3.0, 1.0, 0.0, 0.0}, {3, 3}}};
  PlannerOptions options;
  options.calls = 4;
  const auto plans = plan_maze(model, queries, options);
  ASSERT_EQ(plans.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(plans[i].frames.size(), 16u);
    for (int c = 0; c < 4; ++c) {
      EXPECT_NEAR(plans[i].frames.front()[c], queries[i].start[c], 1e-5);
    }
    EXPECT_NEAR(plans[i].frames.back()[0], queries[i].goal[0], 1e-5);
    EXPECT_NEAR(plans[i].frames.back()[2], 0.0, 1e-5);
    EXPECT_EQ(plans[i].actions.size(), 16u);
  }
  EXPECT_EQ(plan_maze(model, queries, options)[1].frames, plans[1].frames);
  options.seed = 2;
  EXPECT_NE(plan_maze(model, queries, options)[1].frames, plans[1].frames);
}

TEST(Planner, PlansOfEveryLengthCompeteAndTheShortestPlausibleOneWins) {
  const DiffuserModel model = tiny_model();
  PlannerOptions options;
  options.calls = 2;
  options.lengths = plan_lengths(model.config, 4);
  EXPECT_EQ(options.lengths, (std::vector<int>{8, 12, 16}));
  options.tolerance = 1e9;  // everything is plausible
  EXPECT_EQ(plan_maze(model, {{{1, 2, 0, 0}, {1, 1}}}, options)[0].frames.size(), 8u);
}

TEST(Planner, WarmStartKeepsLengthStartAndGoal) {
  const DiffuserModel model = tiny_model();
  const std::vector<PlanQuery> queries = {{{1, 2, 0, 0}, {1, 1}}};
  PlannerOptions options;
  const auto plans = plan_maze(model, queries, options);
  const auto again = replan_maze(model, queries, plans, 7, options);
  EXPECT_EQ(again[0].frames.size(), plans[0].frames.size());
  EXPECT_NEAR(again[0].frames.front()[0], 1.0, 1e-5);
  EXPECT_NEAR(again[0].frames.back()[1], 1.0, 1e-5);
}

TEST(Planner, ShiftedPlanStartsLaterAndRests) {
  MazePlan plan;
  plan.frames = {{0, 0, 1, 0}, {1, 0, 1, 0}, {2, 0, 1, 0}};
  plan.actions.resize(3);
  const MazePlan shifted = shift_plan(plan, 1);
  EXPECT_EQ(shifted.frames[0][0], 1);
  EXPECT_EQ(shifted.frames[1][0], 2);
  EXPECT_EQ(shifted.frames[2], (MazeObservation{2, 0, 0, 0}));
  EXPECT_TRUE(shifted.actions.empty());
}

TEST(Planner, StitchedPlanPassesItsViaPointsAndEndsAtTheGoal) {
  const DiffuserModel model = tiny_model();
  PlannerOptions options;
  options.calls = 2;
  const MazePlan plan = stitch_plan(model, {{3, 1, 0, 0}, {1, 1}}, {{{3, 3}}}, 4, options);
  const auto off = [](const MazeObservation& f) { return std::hypot(f[0] - 3, f[1] - 3); };
  double nearest = 9;
  for (const MazeObservation& frame : plan.frames) nearest = std::min(nearest, off(frame));
  EXPECT_NEAR(nearest, 0, 1e-5);
  EXPECT_EQ(plan.frames.size() % 4, 0u);
  EXPECT_GE(plan.frames.size(), 31u);
  EXPECT_NEAR(plan.frames.back()[0], 1.0, 1e-5);
}

TEST(Evaluation, EpisodesStartAsThoseOfTheReferencePolicies) {
  const MazeLayout& layout = find_maze("umaze");
  WorkerPool pool(1);
  const auto queries = draw_queries(layout, {3, true, 9});
  const auto reference = run_reference(layout, ReferencePolicy::kRandom, 3, true, 9, pool);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queries[i].start, reference[i].path.front());
}

TEST(Evaluation, IntervalsNarrowAroundTheMean) {
  const MazeLayout& layout = find_maze("umaze");
  std::vector<MazeEpisode> episodes(2);
  episodes[0].episode_return = 23.85;   // score 0
  episodes[1].episode_return = 161.86;  // score 100
  const auto s = summary_of(layout, episodes);
  EXPECT_NEAR(s["score"].get<double>(), 50, 1e-9);
  // Standard deviation 70.71, standard error 50.
  EXPECT_NEAR(s["score_high"].get<double>(), 50 + 98, 1e-6);
  EXPECT_EQ(s["reached"], 2);
}

TEST(Picture, ShowsWallsFloorAndPaths) {
  MazePicture picture(find_maze("umaze"), 10);
  EXPECT_EQ(picture.width(), 50);
  EXPECT_EQ(picture.height(), 50);
  const auto at = [&](int x, int y) { return picture.rgb()[3 * (y * 50 + x)]; };
  EXPECT_LT(at(2, 2), 120);    // outer wall
  EXPECT_GT(at(15, 15), 240);  // cell (1, 1)
  EXPECT_LT(at(15, 25), 120);  // cell (2, 1) is a wall
  picture.draw_disc({1, 1}, 0.3, {1, 2, 3});
  EXPECT_LT(at(17, 17), 20);  // 0.2 m past the centre of the cell
  EXPECT_EQ(picture_sheet({picture, picture, picture}, 2).height, 100);
}

using DiffuserTraining = PlannersTest;

TEST_F(DiffuserTraining, LowersTheLossSurvivesRestartsAndReloads) {
  const DiffuserConfig config = diffuser_config("tiny", find_maze("umaze"));
  PlannerTrainingOptions options;
  options.out = folder_;
  options.steps = 60;
  options.batch = 16;
  options.quiet = true;
  const MazeData data = small_data();
  const auto result = train_diffuser(config, data, options);
  EXPECT_EQ(result.steps, 60);
  EXPECT_LT(result.loss, 1.0);
  EXPECT_EQ(train_diffuser(config, data, options).steps, 60);  // goes on: nothing left to do
  const DiffuserModel model = load_diffuser(folder_ / "diffuser.safetensors");
  EXPECT_EQ(model.contract["metrics"]["loss"], result.loss) << "it keeps its card";
  EXPECT_EQ(to_json(model.config), to_json(config));
  EXPECT_EQ(model.contract["training_data"][0]["steps"], 4000);
  options.batch = 8;
  EXPECT_THROW(train_diffuser(config, data, options), InputError);
}

TEST(DiffuserConfig, PresetsHaveTheReferenceSizes) {
  const DiffuserConfig medium = diffuser_config("reference", find_maze("medium"));
  EXPECT_EQ(medium.frames, 256);
  EXPECT_EQ(medium.levels, 256);
  EXPECT_EQ(parameter_count(*TemporalUNet(medium.net)), 3682118);
  EXPECT_EQ(diffuser_config("reference", find_maze("large")).frames, 384);
  EXPECT_THROW(diffuser_config("huge", find_maze("large")), InputError);
}

TEST(ShippedDiffusers, ReachTheGoalsOfTheirMazes) {
  const auto shipped = shipped_planners();
  for (const char* maze : {"umaze", "medium", "large"}) EXPECT_TRUE(shipped.contains(maze)) << maze;
  for (const auto& [maze, file] : shipped) {
    const DiffuserModel model = load_diffuser(file);
    EXPECT_EQ(model.config.maze, maze);
    PlannerOptions planner;
    planner.lengths = plan_lengths(model.config, model.config.net.length_unit());
    WorkerPool pool(1);
    MazeEvaluationOptions options;
    options.episodes = 8;
    int reached = 0;
    for (const MazeEpisode& e : evaluate_plans(model, planner, options, pool).episodes) {
      reached += e.first_reward >= 0 ? 1 : 0;
    }
    EXPECT_GE(reached, maze == "umaze" ? 8 : 4) << maze;
  }
}

}  // namespace
}  // namespace foresight
