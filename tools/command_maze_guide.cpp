// foresight maze guide: value-guided receding horizon; maze decision, maze toy: Decision Diffuser.
#include <cstdio>

#include "controller/planners/maze_data_file.h"
#include "controller/planners/maze_decision.h"
#include "controller/planners/maze_evaluation.h"
#include "controller/planners/toy_skills.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/output_flags.h"
#include "tools/planner_flags.h"

namespace foresight {
namespace {

struct MazeGuideFlags {
  std::string data, out, model, value, json, maze = "umaze";
  std::vector<double> region = {3, 1, 0.5};
  double discount = 0.99, scale = 30, slowness = 0, weight = 1.5, target = 0.9;
  int threads = 2, episodes = 100, demonstrations = 1000, width = 0, replan = 4;
  std::uint64_t seed = 0;
  bool raw_gradient = false;
  bool skills = false;  // of the toy
  PlannerTrainingOptions training;
  RecedingOptions receding;
  DecisionOptions sampling;
};

RewardRegion region_of(const MazeGuideFlags& o) {
  return {{o.region[0], o.region[1]}, o.region[2]};
}

void add_region(Command* app, const std::shared_ptr<MazeGuideFlags>& o) {
  app->add_option("--region", o->region, "Centre x y and radius of the reward, m (default 3 1 0.5)")
      ->expected(3);
  app->add_option("--discount", o->discount, "Discount per step (default 0.99)")
      ->check(in_range(0.0, 0.9999));
}

void add_threads(Command* app, const std::shared_ptr<MazeGuideFlags>& o) {
  app->add_option("--threads", o->threads, "Threads (default 2)")->check(in_range(1, 256));
}

void add_sampling(Command* app, const std::shared_ptr<MazeGuideFlags>& o, double temperature) {
  o->sampling.temperature = temperature;
  app->add_option("--calls", o->sampling.calls, "Denoising steps per plan (default 20)")
      ->check(in_range(1, 1000));
  app->add_option(
         "--temperature", o->sampling.temperature,
         temperature == 1 ? "Factor on the noise (default 1)" : "Factor on the noise (default 0.5)")
      ->check(in_range(0.0, 10.0));
  app->add_option("--repeats", o->sampling.repeats,
                  "Visits of every noise level, for composed conditions (default 1)")
      ->check(in_range(1, 100));
}

// ---- value-guided receding horizon

void train_value_command(const MazeGuideFlags& o) {
  set_threads(o.threads);
  const DiffuserModel model = load_diffuser(o.model);
  PlannerTrainingResult result;
  train_value(model, load_maze_data(o.data), region_of(o), o.discount, o.training, result);
  print_training(result, o.training, "value.safetensors");
}

struct Arm {
  std::string name;
  double scale, slowness;
  int candidates;
};

/// The value's weighted sum that guides an arm and ranks its candidates; unguided ones are ranked
/// by the return alone.
TrajectoryValue value_of(const Arm& arm, const DiffuserModel& model, const ValueModel& value) {
  const bool guided = arm.scale != 0 || arm.slowness != 0;
  return sum_of_values({value_of(value), slowness(model)},
                       {guided ? arm.scale : 1.0, arm.slowness});
}

std::string text_of(const Interval& i, int digits) {
  char text[96];
  std::snprintf(text, sizeof(text), "%.*f [%.*f, %.*f]", digits, i.mean, digits, i.low, digits,
                i.high);
  return text;
}

nlohmann::json run_arm(const MazeGuideFlags& o, const Arm& arm, const DiffuserModel& model,
                       const ValueModel& value) {
  RecedingOptions receding = o.receding;
  receding.guide.scale = 1.0;
  receding.guide.scale_by_variance = !o.raw_gradient;
  receding.candidates = arm.candidates;
  receding.rank = value_of(arm, model, value);
  TrajectoryGuide guide;
  if (arm.scale != 0 || arm.slowness != 0) guide = gradient_of(receding.rank);
  const auto episodes = run_receding(model, guide, value.region, o.episodes, receding, o.seed);
  nlohmann::json row = summary_of(find_maze(model.config.maze), episodes);
  std::vector<double> sums, speeds;
  for (const MazeEpisode& e : episodes) {
    sums.push_back(e.episode_return);
    speeds.push_back(mean_speed(e));
  }
  const Interval returns = interval_of(sums), speed = interval_of(speeds);
  row["return_low"] = returns.low;
  row["return_high"] = returns.high;
  row["mean_speed"] = speed.mean;
  row["mean_speed_low"] = speed.low;
  row["mean_speed_high"] = speed.high;
  row["name"] = arm.name;
  std::printf("%-28s return %s  reached %d/%d  mean speed %s m/s\n", arm.name.c_str(),
              text_of(returns, 1).c_str(), row["reached"].get<int>(), o.episodes,
              text_of(speed, 2).c_str());
  return row;
}

/// Without guidance first; all other arms have `candidates` plans per episode.
std::vector<Arm> arms_of(const MazeGuideFlags& o) {
  const int candidates = o.receding.candidates;
  std::vector<Arm> arms = {{"unguided", 0, 0, 1}};
  if (candidates > 1) arms.push_back({"unguided, best of batch", 0, 0, candidates});
  arms.push_back({"guided", o.scale, 0, candidates});
  if (o.slowness > 0) {
    arms.push_back({"slowness alone", 0, o.slowness, candidates});
    arms.push_back({"region + slowness", o.scale, o.slowness, candidates});
  }
  return arms;
}

/// Both rewards have reached their aims when return and speed of their sum lie on the right side of
/// those without guidance, with intervals that do not overlap.
void print_aims(const nlohmann::json& unguided, const nlohmann::json& both) {
  const auto number = [](const nlohmann::json& row, const char* key) {
    return row.at(key).get<double>();
  };
  const bool returns = number(both, "return_low") > number(unguided, "return_high");
  const bool speed = number(both, "mean_speed_high") < number(unguided, "mean_speed_low");
  std::printf("both rewards: return above the unguided one: %s; speed below it: %s\n",
              returns ? "yes" : "no", speed ? "yes" : "no");
}

void run_guided(const MazeGuideFlags& o) {
  set_threads(o.threads);
  const DiffuserModel model = load_diffuser(o.model);
  const ValueModel value = load_value(o.value, model);
  nlohmann::json report = nlohmann::json::array();
  for (const Arm& arm : arms_of(o)) report.push_back(run_arm(o, arm, model, value));
  if (o.slowness > 0) print_aims(report.front(), report.back());
  write_json(o.json, report);
}

void add_guide_command(Command& maze) {
  Command* guide = maze.add_subcommand("guide", "Planning guided by a learned return");
  guide->require_subcommand(1);
  auto o = std::make_shared<MazeGuideFlags>();
  Command* train = guide->add_subcommand("train", "Train the return predictor on noised plans");
  train->add_option("model", o->model, "Checkpoint of maze train --preset reactive")->required();
  train->add_option("--data", o->data, "File of foresight maze data")->required();
  add_region(train, o);
  add_planner_training_flags(train, o->training, o->out);
  add_threads(train, o);
  train->callback([o] {
    o->training.out = o->out;
    train_value_command(*o);
  });
  Command* run = guide->add_subcommand(
      "run", "Episodes with and without guidance: plan, execute the first actions, plan anew");
  run->add_option("model", o->model, "Checkpoint of maze train --preset reactive")->required();
  run->add_option("value", o->value, "Checkpoint of maze guide train")->required();
  run->add_option("--scale", o->scale, "Weight of the return's gradient (default 30)");
  run->add_option("--slowness", o->slowness,
                  "Weight of a second reward, minus the squared speed (default 0: none)");
  run->add_option("--episodes", o->episodes, "Episodes (default 100)")->check(in_range(1, 100000));
  run->add_option("--control-steps", o->receding.steps, "Steps per episode (default 300)");
  run->add_option("--calls", o->receding.calls, "Network calls per plan (default 6)");
  run->add_option("--replan", o->receding.replan, "Actions executed per plan (default 1)");
  run->add_option("--candidates", o->receding.candidates,
                  "Plans per episode, of which the one of the best predicted return is executed "
                  "(default 1)")
      ->check(in_range(1, 1000));
  GuideOptions& guidance = o->receding.guide;
  run->add_option("--guide-steps", guidance.steps, "Gradient steps per network call (default 2)")
      ->check(in_range(1, 100));
  run->add_option("--stop-below", guidance.stop_below,
                  "No guidance at noise levels below this one (default 2)")
      ->check(in_range(0, 1000));
  run->add_flag("--no-variance-scale", o->raw_gradient,
                "Gradients are not multiplied by the variance of the step");
  run->add_option("--warm", o->receding.warm_level, "Warm start at this level (default: never)");
  run->add_option("--seed", o->seed, "Seed (default 0)");
  run->add_option("--json", o->json, "Write the report as JSON");
  add_threads(run, o);
  run->callback([o] { run_guided(*o); });
}

// ---- Decision Diffuser

void train_decision(const MazeGuideFlags& o) {
  set_threads(o.threads);
  const MazeData data = load_maze_data(o.data);
  DecisionDiffuserConfig config = maze_decision_config();
  if (o.width > 0) config.width = o.width;
  DecisionDiffuser model = make_decision_diffuser(config, o.training.seed);
  const MazeCell goal = goal_cell(find_maze(data.maze));
  const RewardRegion region{{static_cast<double>(goal.row), static_cast<double>(goal.col)},
                            kMazeGoalRadius};
  const auto result = train_maze_decision(model, data, region, o.discount, o.training);
  print_training(result, o.training, "decision.safetensors");
}

void run_decision(const MazeGuideFlags& o) {
  set_threads(o.threads);
  const DecisionDiffuser model = load_decision_diffuser(o.model);
  const std::string maze = model.contract["training_data"][0].value("maze", "");
  const MazeLayout& layout = find_maze(maze);
  nlohmann::json report;
  for (const bool conditioned : {false, true}) {
    DecisionOptions options = o.sampling;
    if (conditioned) options.conditions = {{{static_cast<float>(o.target)}, o.weight}};
    const auto episodes = run_maze_decision(model, layout, options, o.episodes, o.replan, o.seed);
    const auto s = summary_of(layout, episodes);
    std::printf("%-18s score %6.1f [%6.1f, %6.1f]  reached %d/%d\n",
                conditioned ? "return condition" : "unconditional", s["score"].get<double>(),
                s["score_low"].get<double>(), s["score_high"].get<double>(),
                s["reached"].get<int>(), o.episodes);
    report[conditioned ? "conditioned" : "unconditional"] = s;
  }
  write_json(o.json, report);
}

void add_decision_command(Command& maze) {
  Command* decision = maze.add_subcommand(
      "decision", "Decision Diffuser: states under a wished return, actions by inverse dynamics");
  decision->require_subcommand(1);
  auto o = std::make_shared<MazeGuideFlags>();
  Command* train = decision->add_subcommand("train", "Train on demonstrations");
  train->add_option("--data", o->data, "File of foresight maze data")->required();
  train->add_option("--width", o->width, "Width of the U-Net (default 32)");
  train->add_option("--discount", o->discount, "Discount per step (default 0.99)")
      ->check(in_range(0.0, 0.9999));
  add_planner_training_flags(train, o->training, o->out);
  add_threads(train, o);
  train->callback([o] {
    o->training.out = o->out;
    train_decision(*o);
  });
  Command* run = decision->add_subcommand("run", "Episodes with and without the return condition");
  run->add_option("model", o->model, "Checkpoint of maze decision train")->required();
  run->add_option("--target", o->target, "Wished return in [0, 1] (default 0.9)");
  run->add_option("--weight", o->weight, "Weight of classifier-free guidance (default 1.5)");
  run->add_option("--episodes", o->episodes, "Episodes (default 100)")->check(in_range(1, 100000));
  add_sampling(run, o, 0.5);
  run->add_option("--replan", o->replan, "Steps per plan (default 4)")->check(in_range(1, 31));
  run->add_option("--seed", o->seed, "Seed (default 0)");
  run->add_option("--json", o->json, "Write the report as JSON");
  add_threads(run, o);
  run->callback([o] { run_decision(*o); });
}

void toy(const MazeGuideFlags& o) {
  set_threads(o.threads);
  DecisionDiffuserConfig config = toy_config();
  if (o.width > 0) config.width = o.width;
  DecisionDiffuser model = make_decision_diffuser(config, o.training.seed);
  const DecisionBatch demonstrations =
      o.skills ? toy_skill_demonstrations(o.demonstrations, o.training.seed)
               : toy_demonstrations(o.demonstrations, o.training.seed);
  const auto result = train_toy(model, demonstrations, o.training);
  print_training(result, o.training, "toy.safetensors");
  const auto evaluate = o.skills ? evaluate_toy_skills : evaluate_toy;
  const auto rates = evaluate(model, o.weight, o.sampling, o.episodes, o.seed);
  for (const auto& [name, rate] : rates.items()) {
    std::printf("%-22s %5.1f %%\n", name.c_str(), rate.get<double>());
  }
  write_json(o.json, rates);
}

void add_toy_command(Command& maze) {
  auto o = std::make_shared<MazeGuideFlags>();
  Command* app = maze.add_subcommand(
      "toy", "Decision Diffuser's toy navigation: single, composed and negated constraints");
  app->add_option("--demonstrations", o->demonstrations, "Training trajectories (default 1000)")
      ->check(in_range(2, 1000000));
  app->add_flag("--skills", o->skills,
                "Skills instead of constraints: round the origin clockwise or anticlockwise");
  app->add_option("--width", o->width, "Width of the U-Net (default 32)");
  app->add_option("--weight", o->weight, "Weight of classifier-free guidance (default 1.5)");
  add_sampling(app, o, 1.0);  // half the noise ends in the middle of a ring
  app->add_option("--episodes", o->episodes, "Episodes per condition (default 100)")
      ->check(in_range(1, 100000));
  app->add_option("--json", o->json, "Write the rates as JSON");
  add_planner_training_flags(app, o->training, o->out);
  add_threads(app, o);
  app->callback([o] {
    o->training.out = o->out;
    toy(*o);
  });
}

}  // namespace

void add_maze_guide_commands(Command& maze) {
  add_guide_command(maze);
  add_decision_command(maze);
  add_toy_command(maze);
}

}  // namespace foresight
