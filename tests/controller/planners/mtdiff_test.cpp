#include "controller/planners/mtdiff.h"

#include <gtest/gtest.h>

#include <cmath>

#include "controller/planners/maze_decision.h"
#include "controller/planners/maze_windows.h"
#include "controller/planners/offline_policy.h"
#include "controller/planners/value_guide.h"
#include "models/temporal_unet.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace foresight {
namespace {

MazeData map_data(const std::string& maze, std::int64_t steps = 6000) {
  WorkerPool pool(1);
  MazeDataOptions options;
  options.steps = steps;
  return generate_maze_data(find_maze(maze), options, pool);
}

MtDiff tiny(const std::string& mode, bool steps) {
  MtDiff model = make_mtdiff(mtdiff_config("tiny-" + mode, steps), 1);
  model.state = make_scaling(torch::full({4}, -6.0F), torch::full({4}, 7.0F));
  model.action = make_scaling(torch::full({2}, -1.0F), torch::full({2}, 1.0F));
  model.net->eval();
  return model;
}

PromptTransformerConfig small_net(PromptMode mode) {
  PromptTransformerConfig config;
  config.mode = mode;
  config.width = 16;
  config.layers = 2;
  config.hidden = 32;
  config.horizon = 6;
  config.prompt_tokens = 5;
  return config;
}

TEST(PromptTransformer, KeepsTheShapeInBothModes) {
  torch::manual_seed(1);
  PromptTransformer plan(small_net(PromptMode::kPlan));
  const PromptCondition c{torch::randn({3, 5, 1}), torch::randn({3, 5, 4}), torch::rand({3}), {}};
  const auto levels = torch::tensor({0, 4, 9});
  EXPECT_EQ(plan->forward(torch::randn({3, 6, 2}), levels, c).sizes(),
            (std::vector<std::int64_t>{3, 6, 2}));
  PromptTransformerConfig config = small_net(PromptMode::kSynthesis);
  config.prompt = PromptKind::kSteps;
  PromptTransformer synthesis(config);
  EXPECT_EQ(
      synthesis->forward(torch::randn({3, 6, 11}), levels, {torch::randn({3, 5, 6}), {}, {}, {}})
          .sizes(),
      (std::vector<std::int64_t>{3, 6, 11}));
}

TEST(PromptTransformer, LaterTokensDoNotReachEarlierOnes) {
  torch::manual_seed(1);
  PromptTransformer net(small_net(PromptMode::kPlan));
  net->eval();
  const PromptCondition c{torch::randn({1, 5, 1}), torch::randn({1, 5, 4}), torch::rand({1}), {}};
  auto x = torch::randn({1, 6, 2});
  const auto before = net->forward(x, torch::tensor({3}), c);
  x[0][4] += 1.0;
  const auto after = net->forward(x, torch::tensor({3}), c);
  EXPECT_TRUE(torch::allclose(before.narrow(1, 0, 4), after.narrow(1, 0, 4)));
  EXPECT_FALSE(torch::allclose(before.narrow(1, 4, 2), after.narrow(1, 4, 2)));
}

TEST(PromptTransformer, DroppedReturnIsNoReturn) {
  torch::manual_seed(1);
  PromptTransformer net(small_net(PromptMode::kPlan));
  net->eval();
  PromptCondition c{torch::randn({2, 5, 1}), torch::randn({2, 5, 4}), {}, {}};
  const auto x = torch::randn({2, 6, 2});
  const auto none = net->forward(x, torch::tensor({3, 3}), c);
  c.returns = torch::rand({2});
  EXPECT_FALSE(torch::allclose(none, net->forward(x, torch::tensor({3, 3}), c)));
  c.keep = torch::zeros({2});
  EXPECT_TRUE(torch::allclose(none, net->forward(x, torch::tensor({3, 3}), c)));
}

TEST(MtDiff, PromptChangesThePlan) {
  const MtDiff model = tiny("plan", false);
  const auto history = torch::rand({2, 5, 4});
  const auto m1 = task_prompt(model, find_maze("m1"), nullptr, 0);
  const auto m2 = task_prompt(model, find_maze("m2"), nullptr, 0);
  const MtDiffOptions options;
  const auto a = plan_actions(model, m1, history, options);
  EXPECT_EQ(a.sizes(), (std::vector<std::int64_t>{2, 8, 2}));
  EXPECT_FALSE(torch::allclose(a, plan_actions(model, m2, history, options)));
  EXPECT_TRUE(torch::equal(a, plan_actions(model, m1, history, options)));
  EXPECT_THROW(task_prompt(model, find_maze("large"), nullptr, 0), InputError);
}

TEST(MtDiff, StepsOfAnotherTaskChangeThePlan) {
  const MtDiff model = tiny("plan", true);
  const auto history = torch::rand({2, 5, 4});
  const MtDiffTask m1 = make_task(map_data("m1", 30000), 0.997);
  const MtDiffTask m3 = make_task(map_data("m3", 30000), 0.997);
  const auto plan = [&](const MtDiffTask& task, std::uint64_t seed) {
    const auto prompt = task_prompt(model, find_maze(task.maze), &task, seed);
    EXPECT_EQ(prompt.sizes(), (std::vector<std::int64_t>{1, 20, 6}));
    return plan_actions(model, prompt, history, {});
  };
  EXPECT_FALSE(torch::allclose(plan(m1, 0), plan(m3, 0)));
  EXPECT_FALSE(torch::allclose(plan(m1, 0), plan(m1, 1))) << "other steps of the same task";
  EXPECT_TRUE(torch::equal(plan(m1, 0), plan(m1, 0)));
}

TEST(MtDiff, ReturnLabelsCountDownToTheGoal) {
  MazeData data = map_data("m1", 30000);
  const MtDiffTask task = make_task(data, 0.9);
  const auto segments = cut_at_goal(data, find_maze("m1"));
  const MazeSegment& s = segments.front();
  EXPECT_FLOAT_EQ(task.returns[s.first + s.count - 1].item<float>(), 1.0F);
  for (std::int64_t t = s.first; t + 1 < s.first + s.count; ++t) {
    const float now = task.returns[t].item<float>(), next = task.returns[t + 1].item<float>();
    EXPECT_NEAR(now, now < 1.0F ? 0.9F * next : 1.0F, 1e-6);
    // The reward of a row is that of the state after its action.
    const bool inside = std::hypot(task.states[t + 1][0].item<float>() - 6,
                                   task.states[t + 1][1].item<float>() - 6) <= 0.5;
    EXPECT_EQ(task.rewards[t].item<float>(), inside ? 1.0F : 0.0F);
  }
}

TEST(MtDiff, TrainsPlansAndReloads) {
  const fs::path folder = fs::temp_directory_path() / "foresight_mtdiff";
  fs::remove_all(folder);
  PlannerTrainingOptions options;
  options.out = folder;
  options.steps = 10;
  options.batch = 8;
  options.quiet = true;
  std::vector<MtDiffTask> tasks;
  for (const char* maze : {"m1", "m3"}) tasks.push_back(make_task(map_data(maze, 30000), 0.997));
  for (const bool steps : {false, true}) {
    options.out = folder / (steps ? "steps" : "map");
    MtDiff model = make_mtdiff(mtdiff_config("tiny-plan", steps), 1);
    train_mtdiff(model, tasks, options);
    const MtDiff back = load_mtdiff(options.out / "mtdiff.safetensors");
    MtDiffOptions run;
    run.calls = 2;
    const auto prompt = task_prompt(back, find_maze("m3"), &tasks[1], 4);
    EXPECT_EQ(run_mtdiff(back, find_maze("m3"), prompt, 2, run, 1)[1].actions.size(), 600u);
  }
  fs::remove_all(folder);
}

TEST(MtDiff, SynthesisesTransitionsInPhysicalUnits) {
  const MtDiff model = tiny("synthesis", true);
  const MtDiffTask task = make_task(map_data("m1", 30000), 0.997);
  const auto prompt = task_prompt(model, find_maze("m1"), &task, 0);
  const Transitions made = synthesise(model, prompt, 3, 2, 1);
  EXPECT_EQ(made.states.sizes(), (std::vector<std::int64_t>{24, 4}));
  EXPECT_EQ(made.next_states.sizes(), made.states.sizes());
  EXPECT_LE(made.actions.abs().max().item<double>(), 1.0);
  EXPECT_GE(made.rewards.min().item<double>(), 0.0);
  const Transitions real = transitions_of(task);
  EXPECT_EQ(concatenate(real, made).rewards.size(0), real.rewards.size(0) + 24);
}

TEST(OfflinePolicy, CloningFindsALinearPolicy) {
  torch::manual_seed(1);
  Transitions data;
  data.states = torch::rand({2000, 4}) * 4 - 2;
  data.actions = 0.2 * data.states.narrow(1, 0, 2);
  data.rewards = torch::zeros({2000});
  data.next_states = data.states;
  OfflineOptions options;
  options.alpha = 0;
  options.steps = 1500;
  options.hidden = 32;
  options.learning_rate = 2e-3;
  const MazePolicy policy = train_offline(data, options).policy();
  const MazeAction action = policy({1, -1, 0.5, 0}, {}, 0);
  EXPECT_NEAR(action[0], 0.2, 0.06);
  EXPECT_NEAR(action[1], -0.2, 0.06);
}

/// At rest at (x, 1) for every x.
MazeData data_at(std::initializer_list<float> places) {
  MazeData data;
  data.maze = "umaze";
  for (const float x : places) {
    data.observations.insert(data.observations.end(), {x, 1.0F, 0.0F, 0.0F});
    data.actions.insert(data.actions.end(), {0.0F, 0.0F});
    data.goals.insert(data.goals.end(), {1.0F, 1.0F});
  }
  return data;
}

TEST(RegionReturns, AreDiscountedSumsWithinAStream) {
  MazeData data = data_at({3.0F, 1.0F, 1.0F, 3.0F});
  data.stream_starts = {0, 2};
  const auto r = region_returns(data, {{1, 1}, 0.5}, 0.5);
  EXPECT_TRUE(torch::allclose(r, torch::tensor({0.25F, 0.5F, 0.5F, 0.0F})));
}

TEST(RegionReturns, AreComparedWithTheBestFromTheSamePlace) {
  const MazeData data = data_at({1.1F, 1.2F, 2.6F, 1.4F});
  const auto r = relative_returns(data, torch::tensor({0.2F, 0.4F, 0.1F, 0.0F}));
  EXPECT_TRUE(torch::allclose(r, torch::tensor({0.5F, 1.0F, 1.0F, 0.0F})));
}

TEST(ValueGuide, SumOfValuesAddsGradients) {
  const auto square = [](const torch::Tensor& x, const torch::Tensor&) {
    return x.square().sum({1, 2});
  };
  const auto sum = [](const torch::Tensor& x, const torch::Tensor&) { return x.sum({1, 2}); };
  const auto x = torch::randn({2, 3, 4});
  const auto gradient =
      gradient_of(sum_of_values({square, sum}, {0.5, -2.0}))(x, torch::zeros({2}));
  EXPECT_TRUE(torch::allclose(gradient, x - 2.0));
}

TEST(ValueGuide, SlownessGrowsWhereSpeedFalls) {
  DiffuserModel model = make_diffuser(diffuser_config("reactive", find_maze("umaze")), 1);
  model.scaling = make_scaling(torch::full({6}, -5.0F), torch::full({6}, 5.0F));
  auto x = torch::zeros({1, 32, 6});
  x.select(2, 4).fill_(0.4);  // 2 m/s
  EXPECT_NEAR(slowness(model)(x, torch::zeros({1}))[0].item<double>(), -4.0, 1e-5);
}

DiffuserModel tiny_reactive() {
  DiffuserConfig config = diffuser_config("reactive", find_maze("umaze"));
  config.net.width = 8;
  config.frames = config.min_frames = 8;
  DiffuserModel model = make_diffuser(config, 1);
  model.net->eval();
  const auto limits = torch::tensor({1.0F, 1.0F, 5.0F, 5.0F, 5.0F, 5.0F});
  model.scaling = make_scaling(-limits, limits);
  return model;
}

TEST(ValueGuide, RecedingEpisodesRunWithWarmStart) {
  const DiffuserModel model = tiny_reactive();
  RecedingOptions options;
  options.steps = 6;
  options.replan = 2;
  options.calls = 2;
  options.warm_level = 4;
  const auto guide = gradient_of(sum_of_values({slowness(model)}, {1.0}));
  const auto episodes = run_receding(model, guide, {{3, 1}, 0.5}, 2, options, 1);
  EXPECT_EQ(episodes[1].path.size(), 7u);
  EXPECT_GE(mean_speed(episodes[0]), 0.0);
}

TEST(ValueGuide, ThePlanOfTheBestRankIsExecuted) {
  const DiffuserModel model = tiny_reactive();
  RecedingOptions options;
  options.steps = 3;
  options.replan = 2;
  options.calls = 2;
  options.candidates = 5;
  std::vector<torch::Tensor> plans;  // [2 episodes x 5 candidates, 8, 6]
  options.rank = [&](const torch::Tensor& x, const torch::Tensor& levels) {
    EXPECT_EQ(levels.abs().max().item<int>(), 0);
    plans.push_back(x);
    return x.select(1, 0).select(1, 0);  // the first action along x
  };
  const auto episodes = run_receding(model, {}, {{3, 1}, 0.5}, 2, options, 1);
  ASSERT_EQ(plans.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    for (const int planning : {0, 1}) {
      const auto firsts = plans[planning].narrow(0, 5 * i, 5).select(1, 0).select(1, 0);
      ASSERT_GT((firsts.max() - firsts.min()).item<double>(), 1e-3);
      EXPECT_NEAR(episodes[i].actions[2 * planning][0], firsts.max().item<double>(), 1e-5);
    }
  }
}

TEST(ShippedValue, GuidesTheReactivePlannerThatShips) {
  const fs::path folder = assets_dir() / "checkpoints";
  const DiffuserModel model = load_diffuser(folder / "reactive_umaze.safetensors");
  const ValueModel value = load_value(folder / "value_umaze.safetensors", model);
  RecedingOptions options;
  options.steps = 4;
  options.replan = 4;
  options.guide.scale = 30;
  const auto run = [&](const TrajectoryGuide& guide) {
    return run_receding(model, guide, value.region, 2, options, 1);
  };
  const auto guided = run(gradient_of(value_of(value))), free = run({});
  EXPECT_EQ(guided[0].actions.size(), 4u);
  EXPECT_NE(guided[0].actions, free[0].actions);
}

TEST(ShippedDecisionDiffuser, ActsInUmaze) {
  const auto model =
      load_decision_diffuser(assets_dir() / "checkpoints" / "decision_umaze.safetensors");
  EXPECT_EQ(to_json(model.config), to_json(maze_decision_config()));
  auto start = torch::tensor({3.0F, 1.0F, 0.0F, 0.0F}).view({1, 1, 4});
  DecisionOptions options;
  options.calls = 5;
  const auto free = plan_states(model, start, options);
  options.conditions = {{{0.9F}, 1.5}};
  const auto wished = plan_states(model, start, options);
  EXPECT_FALSE(torch::allclose(free, wished));
  EXPECT_TRUE(torch::allclose(wished.select(1, 0), start.select(1, 0), 1e-4, 1e-4));
  const auto action = inverse_action(model, wished.select(1, 0), wished.select(1, 1));
  EXPECT_TRUE(action.isfinite().all().item<bool>());
  EXPECT_GT(action.abs().max().item<double>(), 0.1) << "it does not wait";
}

TEST(ShippedMtDiff, ReachesTheGoalOfAMapThatItKnows) {
  const MtDiff model = load_mtdiff(assets_dir() / "checkpoints" / "mtdiff_maps.safetensors");
  const MazeLayout& layout = find_maze("m1");
  const auto prompt = task_prompt(model, layout, nullptr, 0);
  int reached = 0;
  for (const MazeEpisode& e : run_mtdiff(model, layout, prompt, 4, {}, 0)) {
    reached += e.first_reward >= 0 ? 1 : 0;
  }
  EXPECT_GE(reached, 2);
}

}  // namespace
}  // namespace foresight
