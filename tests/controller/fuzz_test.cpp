// Damaged files that controller/ and models/ read.
#include <gtest/gtest.h>

#include "controller/control_log.h"
#include "controller/control_settings.h"
#include "controller/eval_data.h"
#include "controller/protocols/shards.h"
#include "controller/task_file.h"
#include "controller/task_weights.h"
#include "models/safetensors.h"
#include "tests/controller/task_fixtures.h"
#include "tests/fuzzing.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

using fuzzing::damage_of;
using fuzzing::damaged;
using fuzzing::expect_refused_or_read;
using nlohmann::json;

TEST(Fuzz, Safetensors) {
  TensorFile file;
  file.tensors["a.weight"] = torch::ones({3, 4});
  file.tensors["b"] = torch::ones({5}, torch::kHalf);
  file.metadata["format"] = "pt";
  const std::string bytes = encode_safetensors(file);
  expect_refused_or_read(
      "safetensors", 1500, [&](Rng& rng) { return damaged(bytes, rng); },
      [](const std::string& content) { decode_safetensors(content, "a"); });
}

TEST(Fuzz, TaskFiles) {
  const json staged = json::parse(R"({"name": "there and wave", "trust": 0.5,
    "scene": {"objects": [], "floor": true},
    "stages": [{"terms": [{"term": "approach", "goal_x": 2, "goal_y": 1, "weight": 0.3}],
                "until": {"near": [2, 1], "within": 0.5}},
               {"terms": [{"term": "approach", "goal_x": 2}], "until": {"seconds": 3}}]})");
  const json registered = {{"task", "joystick"}, {"values", {{"speed", 1}}}};
  for (const json& whole : {staged, registered}) {
    EXPECT_NO_THROW(task_from_json(whole, "a")) << "good before it is damaged";
    expect_refused_or_read("task", 500, damage_of(whole), [](const std::string& text) {
      const TaskFile file = task_from_json(json::parse(text), "a");
      begin_episode(*file.task, {*default_character(), file.values, 0, nullptr})->scene();
    });
  }
}

TEST(Fuzz, TaskWeights) {
  const TestFolder folder;
  const json weights = {
      {"forest", {{"scale", 1}, {"trust", 0.5}, {"terms", {{"obstacles", 0.4}}}}}};
  expect_refused_or_read("weights", 400, damage_of(weights), [&](const std::string& text) {
    Task task = find_task("forest");
    apply_weights(load_task_weights(folder.write("w.json", text)), task);
  });
}

TEST(Fuzz, EvalData) {
  const TestFolder folder;
  const auto c = default_character();
  save_eval_data(folder.path / "a.fsev", *c, testing::tiny_eval_data(*c));
  const std::string bytes = read_file(folder.path / "a.fsev");
  expect_refused_or_read(
      "eval data", 200, [&](Rng& rng) { return damaged(bytes, rng); },
      [&](const std::string& content) { load_eval_data(folder.write("b.fsev", content), *c); });
}

TEST(Fuzz, ControlSettings) {
  const json settings = to_json(ControlSettings{});
  expect_refused_or_read("settings", 400, damage_of(settings), [](const std::string& text) {
    control_settings_from_json(json::parse(text), "a");
  });
}

TEST(Fuzz, ShardFiles) {
  const ShardFile shard{{"perturb", "lookahead", "abc", "def", "CPU"}, 5, EvaluationResult{}};
  expect_refused_or_read("shard", 400, damage_of(to_json(shard)),
                         [](const std::string& text) { shard_from_json(json::parse(text), "a"); });
}

// Numbers that a start of the controller is told by, of any length and value.
TEST(Fuzz, ControlChannels) {
  World world(default_character(), Scene{});
  BodyState state;
  world.body_state(state);
  Surroundings around;
  around.obstacles.resize(2);
  around.movers.push_back({{{1, 2}}, 0.3});
  around.keyframes.push_back({3, state, {{"", 0, 3}}});
  ControlLog log;
  log.set_task({{"task", "free"}});
  log.set_orders({{}, std::make_shared<const Surroundings>(around)});
  log.start({1, state, std::vector<double>(28), {{state, std::vector<double>(28)}}});
  RecordedStep step;
  log.take(0, step.channels);
  const auto damage = [&](Rng& rng) {
    StepBlock block;
    block.steps.push_back(step);
    auto channel = block.steps[0].channels.begin();
    std::advance(channel, rng.index(static_cast<int>(block.steps[0].channels.size())));
    if (auto* numbers = std::get_if<std::vector<double>>(&channel->second)) {
      if (rng.index(3) == 0) numbers->resize(rng.index(static_cast<int>(numbers->size()) + 5));
      static const double odd[] = {-1, 0.5, 1e300, 4294967296.0, NAN, 1, 0};
      if (!numbers->empty()) {
        (*numbers)[rng.index(static_cast<int>(numbers->size()))] = odd[rng.index(7)];
      }
    } else {
      channel->second = std::string("{");
    }
    return encode_block(block);
  };
  expect_refused_or_read("channels", 500, damage, [](const std::string& bytes) {
    control_step(decode_block(bytes, "a").steps.at(0), 0, "a");
  });
}

}  // namespace
}  // namespace foresight
