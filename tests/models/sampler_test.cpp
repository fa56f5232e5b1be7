#include "models/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/base/error.h"
#include "tests/models/tiny_model.h"

namespace foresight {
namespace {

/// One level per call and the actions in the first calls, as in the paper.
SamplerOptions as_published() {
  SamplerOptions options;
  options.stride = 1;
  options.roll_level = 14;
  options.action_rows = ActionRows::kFirst;
  return options;
}

Sampler make_sampler(const SamplerOptions& options = as_published(), int worlds = 1,
                     const DenoiserConfig& config = tiny_config()) {
  return Sampler(tiny_denoiser(config), tiny_normaliser(config), options, worlds);
}

/// Observations of control step `step`, the same for a world whatever the batch.
PlanRequest request_at(const Sampler& sampler, int step, const std::vector<int>& worlds) {
  PlanRequest request;
  std::vector<torch::Tensor> histories, past;
  for (const int world : worlds) {
    torch::manual_seed(1000 * world + step);
    const auto& c = sampler.config();
    histories.push_back(torch::rand({c.history, c.state_dim}) - 0.5);
    past.push_back(torch::rand({c.history - 1, c.action_dim}) - 0.5);
  }
  request.history = torch::stack(histories);
  request.past_actions = torch::stack(past);
  return request;
}

void expect_close(const torch::Tensor& a, const torch::Tensor& b, double limit = 1e-5) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_LE((a - b).abs().max().item<double>(), limit);
}

void expect_pruned_equals_unpruned(SamplerOptions options) {
  options.prune = true;
  Sampler pruned = make_sampler(options);
  options.prune = false;
  Sampler unpruned = make_sampler(options);
  for (int step = 0; step < 6; ++step) {
    SCOPED_TRACE(step);
    const Plan a = pruned.plan(request_at(pruned, step, {0}));
    const Plan b = unpruned.plan(request_at(unpruned, step, {0}));
    expect_close(a.states, b.states);
    expect_close(a.action, b.action);
    if (!options.roll_actions) continue;
    expect_close(pruned.snapshot()[1], unpruned.snapshot()[1]);
  }
}

TEST(Sampler, PrunedEqualsUnpruned) {
  expect_pruned_equals_unpruned({});
  expect_pruned_equals_unpruned(as_published());
  SamplerOptions queue = as_published();
  queue.roll_actions = true;
  expect_pruned_equals_unpruned(queue);
  SamplerOptions last = queue;
  last.action_rows = ActionRows::kLast;
  expect_pruned_equals_unpruned(last);
  SamplerOptions once = as_published();
  once.action_rows = ActionRows::kOnce;
  expect_pruned_equals_unpruned(once);
  SamplerOptions executed = as_published();
  executed.past_actions = PastActions::kExecuted;
  expect_pruned_equals_unpruned(executed);
  SamplerOptions plain = as_published();
  plain.roll_states = false;
  expect_pruned_equals_unpruned(plain);
}

TEST(Sampler, FollowingKeepsToThePlanAndLeavesTheNextOneAlone) {
  SamplerOptions options;
  options.stride = 2;
  options.follow_level = 0;
  Sampler sampler = make_sampler(options), other = make_sampler(options);
  const Plan plan = sampler.plan(request_at(sampler, 0, {0}));
  other.plan(request_at(other, 0, {0}));
  const PlanRequest next = request_at(sampler, 1, {0});
  const Plan followed = sampler.follow(next, plan.states);
  EXPECT_EQ(followed.network_calls, 1);
  expect_close(followed.states.narrow(1, 0, 4), next.history);
  EXPECT_TRUE(followed.action.isfinite().all().item<bool>());
  const Plan elsewhere = other.follow(next, -plan.states);
  EXPECT_GT((elsewhere.action - followed.action).abs().max().item<double>(), 1e-4);
  for (int part = 0; part < 3; ++part) {
    EXPECT_TRUE(torch::equal(sampler.snapshot()[part], other.snapshot()[part])) << part;
  }
}

/// Plans of two worlds with four candidates each, the first step and the one after it.
std::vector<Plan> plans_ranked_by(const Ranking& ranking) {
  SamplerOptions options = as_published();
  options.candidates = 4;
  Sampler sampler = make_sampler(options, 2);
  std::vector<Plan> plans;
  for (int step = 0; step < 2; ++step) {
    PlanRequest request = request_at(sampler, step, {0, 1});
    request.ranking = ranking;
    plans.push_back(sampler.plan(request));
  }
  return plans;
}

torch::Tensor height(const torch::Tensor& states) { return states.mean({1, 2}); }

TEST(Sampler, OfSeveralPlansTheCheapestIsKeptAndGoesOn) {
  std::vector<torch::Tensor> seen;
  const auto best = plans_ranked_by([&](const torch::Tensor& states, const torch::Tensor& worlds) {
    EXPECT_TRUE(worlds.equal(torch::tensor({0, 0, 0, 0, 1, 1, 1, 1}, torch::kLong)));
    seen.push_back(height(states).view({2, 4}));
    return height(states);
  });
  for (int step = 0; step < 2; ++step) {
    expect_close(height(best[step].states), std::get<0>(seen[step].min(1)));
    EXPECT_GT((seen[step].select(1, 0) - seen[step].select(1, 1)).abs().min().item<double>(), 1e-6);
  }
}

TEST(Sampler, WhereTheFirstPlanIsCheapestCandidatesChangeNothing) {
  const double nan = std::nan("");
  const auto first = plans_ranked_by([&](const torch::Tensor&, const torch::Tensor&) {
    return torch::tensor({1.0, 2.0, nan, 3.0, -1.0, nan, 0.0, 2.0});
  });
  const auto only = plans_ranked_by({});
  for (int step = 0; step < 2; ++step) {
    expect_close(first[step].states, only[step].states);
    expect_close(first[step].action, only[step].action);
  }
}

TEST(Sampler, FirstStepTakesTwentyCallsLaterOnesFifteen) {
  Sampler sampler = make_sampler();
  EXPECT_EQ(sampler.plan(request_at(sampler, 0, {0})).network_calls, 20);
  EXPECT_EQ(sampler.plan(request_at(sampler, 1, {0})).network_calls, 15);
}

TEST(Sampler, DefaultsTakeThreeLevelsPerCall) {
  Sampler sampler = make_sampler(SamplerOptions());
  EXPECT_EQ(sampler.plan(request_at(sampler, 0, {0})).network_calls, 6);
  EXPECT_EQ(sampler.plan(request_at(sampler, 1, {0})).network_calls, 6);
}

TEST(Sampler, PlanHoldsTheObservedHistory) {
  Sampler sampler = make_sampler();
  const PlanRequest request = request_at(sampler, 0, {0});
  const Plan plan = sampler.plan(request);
  EXPECT_TRUE(torch::equal(plan.states.narrow(1, 0, 4), request.history));
  EXPECT_TRUE(torch::equal(plan.action, plan.actions.select(1, 3)));
  EXPECT_LE(plan.states.narrow(1, 4, 32).abs().max().item<double>(), SamplerOptions().clamp + 1e-6);
}

TEST(Sampler, WorldsOfABatchDoNotInfluenceEachOther) {
  Sampler a = make_sampler(as_published(), 3), b = make_sampler(as_published(), 3);
  a.reset(1, 77);
  b.reset(1, 77);
  b.reset(0, 5);
  for (int step = 0; step < 3; ++step) {
    const Plan first = a.plan(request_at(a, step, {0, 1, 2}));
    const Plan second = b.plan(request_at(b, step, {8, 1, 9}));
    EXPECT_TRUE(torch::equal(first.states[1], second.states[1]));
    EXPECT_TRUE(torch::equal(first.action[1], second.action[1]));
  }
}

TEST(Sampler, WorldThatIsResetStartsAfreshBesideRollingOnes) {
  Sampler batch = make_sampler(as_published(), 2), alone = make_sampler(as_published(), 1);
  for (int step = 0; step < 3; ++step) batch.plan(request_at(batch, step, {0, 1}));
  batch.reset(1, 42);
  alone.reset(0, 42);
  for (int step = 3; step < 6; ++step) {
    const Plan both = batch.plan(request_at(batch, step, {0, 1}));
    const Plan single = alone.plan(request_at(alone, step, {1}));
    EXPECT_EQ(both.network_calls, step == 3 ? 35 : 15);
    expect_close(both.states[1], single.states[0]);
    expect_close(both.action[1], single.action[0]);
  }
}

TEST(Sampler, SeedsGiveDifferentPlans) {
  Sampler sampler = make_sampler(as_published(), 2);
  sampler.reset(1, 1);
  const Plan plan = sampler.plan(request_at(sampler, 0, {0, 0}));
  EXPECT_GT((plan.states[0] - plan.states[1]).abs().max().item<double>(), 1e-3);
}

TEST(Sampler, TemperatureZeroLeavesNoChance) {
  SamplerOptions cold = as_published();
  cold.state_temperature = cold.action_temperature = 0;
  Sampler a = make_sampler(cold), b = make_sampler(cold), c = make_sampler(as_published());
  b.reset(0, 7);
  for (int step = 0; step < 3; ++step) {
    const auto request = request_at(a, step, {0});
    const Plan first = a.plan(request);
    EXPECT_TRUE(torch::equal(first.states, b.plan(request).states));
    EXPECT_FALSE(torch::equal(first.states, c.plan(request).states));
  }
}

TEST(Sampler, SnapshotBringsBackTheSamePlans) {
  Sampler sampler = make_sampler(as_published(), 2);
  sampler.plan(request_at(sampler, 0, {0, 1}));
  sampler.reset(1, 3);
  const auto saved = sampler.snapshot();
  const Plan first = sampler.plan(request_at(sampler, 1, {0, 1}));
  sampler.plan(request_at(sampler, 2, {0, 1}));
  sampler.restore(saved);
  const Plan again = sampler.plan(request_at(sampler, 1, {0, 1}));
  EXPECT_TRUE(torch::equal(first.states, again.states));
  EXPECT_TRUE(torch::equal(first.actions, again.actions));
  Sampler other = make_sampler(as_published(), 3);
  EXPECT_THROW(other.restore(saved), InputError);
}

TEST(Sampler, InpaintedTokensHoldTheirValues) {
  Sampler sampler = make_sampler();
  PlanRequest request = request_at(sampler, 0, {0});
  request.state_mask = torch::zeros({1, 36}, torch::kBool);
  request.state_mask[0][20] = true;
  request.state_values = torch::full({1, 36, 5}, 0.25);
  const Plan plan = sampler.plan(request);
  EXPECT_TRUE((plan.states[0][20] == 0.25).all().item<bool>());
  EXPECT_FALSE((plan.states[0][21] == 0.25).any().item<bool>());
}

TEST(Sampler, GuidanceMovesTheFreeTokensOnly) {
  Sampler sampler = make_sampler(as_published(), 2);
  int calls = 0;
  PlanRequest request = request_at(sampler, 0, {0, 1});
  request.guidance = [&](const GuidanceCall& call) {
    EXPECT_EQ(call.row, calls++);
    EXPECT_EQ(call.rows, 20);
    EXPECT_EQ(call.levels[0][3].item<int>(), 0);
    EXPECT_TRUE(torch::equal(call.known.sum(1), torch::full({2}, 4, torch::kLong)));
    EXPECT_TRUE(torch::equal(call.states.narrow(1, 0, 4), request.history));
    return torch::full_like(call.states, 9.0);
  };
  const Plan plan = sampler.plan(request);
  EXPECT_EQ(calls, 20);
  EXPECT_TRUE(torch::equal(plan.states.narrow(1, 0, 4), request.history));
  EXPECT_TRUE(torch::allclose(plan.states.narrow(1, 4, 32),
                              torch::full({2, 32, 5}, SamplerOptions().clamp)));
}

TEST(Sampler, GuidanceMayUseAutograd) {
  Sampler sampler = make_sampler();
  PlanRequest request = request_at(sampler, 0, {0});
  request.guidance = [](const GuidanceCall& call) {
    const torch::AutoGradMode enable(true);
    const auto leaf = call.states.detach().requires_grad_();
    (leaf - 1.0).square().sum().backward();
    return leaf.detach() - 0.5 * leaf.grad();
  };
  const Plan plan = sampler.plan(request);
  EXPECT_TRUE(torch::allclose(plan.states.narrow(1, 4, 32), torch::ones({1, 32, 5})));
}

TEST(Sampler, ExecutedActionsAreWrittenClean) {
  SamplerOptions options = as_published();
  options.past_actions = PastActions::kExecuted;
  Sampler a = make_sampler(options), b = make_sampler(options);
  const PlanRequest request = request_at(a, 0, {0});
  PlanRequest other = request;
  other.past_actions = request.past_actions + 0.5;
  const Plan first = a.plan(request), second = b.plan(other);
  EXPECT_TRUE(torch::equal(first.actions.narrow(1, 0, 3), request.past_actions));
  EXPECT_GT((first.action - second.action).abs().max().item<double>(), 1e-4);
  EXPECT_TRUE(torch::equal(first.states, second.states));
}

TEST(Sampler, ReexpressionShiftsTheMeanOfKeptStates) {
  Sampler plain = make_sampler(), same = make_sampler(), moved = make_sampler();
  for (Sampler* sampler : {&plain, &same, &moved}) sampler->plan(request_at(*sampler, 0, {0}));
  PlanRequest request = request_at(plain, 1, {0});
  const auto kept = [&](Sampler& sampler) {
    sampler.plan(request);
    return sampler.snapshot()[0];
  };
  const auto base = kept(plain);
  request.reexpress = [](const torch::Tensor& states, const torch::Tensor&) { return states; };
  EXPECT_TRUE(torch::equal(base, kept(same)));
  request.reexpress = [](const torch::Tensor& states, const torch::Tensor&) {
    return states + 1.0;
  };
  const auto shift = moved.normaliser().project(torch::ones({5})) * moved.schedule().sqrt_abar[14];
  const auto difference = (kept(moved) - base).narrow(1, 4, 31);
  expect_close(difference, shift.expand_as(difference));
}

TEST(Sampler, PlansMayComeEverySecondControlStep) {
  Sampler sampler = make_sampler();
  sampler.plan(request_at(sampler, 0, {0}));
  PlanRequest request = request_at(sampler, 2, {0});
  request.advance = 2;
  EXPECT_TRUE(torch::isfinite(sampler.plan(request).actions).all().item<bool>());
  request.advance = 100;
  EXPECT_EQ(sampler.plan(request).network_calls, 20);
}

TEST(Sampler, OtherStepCountsAndHorizonsWork) {
  for (const int steps : {5, 10}) {
    for (const int future : {16, 64}) {
      DenoiserConfig config = tiny_config();
      config.steps = steps;
      config.future = future;
      config.action_frames = 12;
      SamplerOptions options = as_published();
      options.roll_level = -1;
      Sampler sampler = make_sampler(options, 1, config);
      for (int step = 0; step < 3; ++step) {
        const Plan plan = sampler.plan(request_at(sampler, step, {0}));
        EXPECT_TRUE(torch::isfinite(plan.states).all().item<bool>());
        EXPECT_EQ(plan.network_calls,
                  step == 0 ? steps : std::max(default_roll_level(steps), steps - 9) + 1);
      }
    }
  }
}

TEST(Sampler, FullAttentionIsNeverPruned) {
  DenoiserConfig config = tiny_config();
  config.attention = Attention::kFull;
  SamplerOptions unpruned = as_published();
  unpruned.prune = false;
  Sampler a = make_sampler(as_published(), 1, config), b = make_sampler(unpruned, 1, config);
  EXPECT_FALSE(a.spec().prune);
  for (int step = 0; step < 2; ++step) {
    const auto request = request_at(a, step, {0});
    EXPECT_TRUE(torch::equal(a.plan(request).states, b.plan(request).states));
  }
}

}  // namespace
}  // namespace foresight
