// foresight train expert: PPO of the tracking expert on a folder of clips.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "controller/expert/demonstrations.h"
#include "controller/expert/expert.h"
#include "controller/expert/ppo.h"
#include "controller/recovery/fallen_starts.h"
#include "controller/svg_plot.h"
#include "controller/training_data.h"
#include "models/checkpoint.h"
#include "models/device.h"
#include "models/torch.h"
#include "sim/base/clock.h"
#include "sim/base/curve_file.h"
#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr int kValueIterations = 60;
constexpr int kFalls = 2048;  // bodies on the floor that episodes start with

struct TrainExpertFlags {
  std::vector<std::string> clips;
  std::string out, init, character, bf16 = "auto";
  std::vector<std::string> demonstrations;
  double imitation = 0.1;
  double noise = 0;
  double lying = 0;
  ClipChoice choice;
  double hours = 1;
  double samples = 1e12;
  TrackingEnvConfig env{.threads = 2};
  PpoConfig ppo;
  double save_minutes = 5;
  OutputFlags output;
};

std::atomic<bool> stop_requested{false};

void print_table_row(const PpoReport& r) {
  if (r.iteration % 20 == 1) {
    std::printf("%8s %9s %7s %9s %8s %7s %8s %6s %8s %7s %6s\n", "iter", "samples", "reward",
                "fail/step", "error_cm", "kl", "rate", "std", "value", "step/s", "sim%");
  }
  std::printf("%8ld %8.2fM %7.4f %9.5f %8.2f %7.4f %8.1e %6.3f %8.3f %7.0f %6.0f\n", r.iteration,
              r.samples * 1e-6, r.reward, r.failures, 100 * r.error, r.kl, r.rate, r.std,
              r.value_loss, r.steps_per_second, 100 * r.simulation_share);
  std::fflush(stdout);
}

void append_csv(const fs::path& file, const PpoReport& r) {
  const bool fresh = !fs::exists(file);
  std::ofstream out(file, std::ios::app);
  if (fresh) out << "iteration,samples,reward,failures_per_step,error_m,kl,rate,std,steps_per_s\n";
  out << r.iteration << ',' << r.samples << ',' << r.reward << ',' << r.failures << ',' << r.error
      << ',' << r.kl << ',' << r.rate << ',' << r.std << ',' << r.steps_per_second << '\n';
}

void write_curves(const fs::path& out) {
  const auto plot = [&](const char* title, const char* unit, const char* column) {
    const PlotOptions options{title, "iteration", unit, 760, 300};
    return svg_plot(csv_curves(out / "expert.csv", {column}), options);
  };
  write_file(out / "expert.html",
             html_page("Training of the tracking expert",
                       plot("reward", "per control step", "reward") +
                           plot("failures", "per control step", "failures_per_step") +
                           plot("mean body error", "m", "error_m")));
}

void refuse_old_targets(const fs::path& file, const ExpertPolicy& policy) {
  if (policy->velocity_lead == 1) return;
  throw InputError(file.string() + ": was trained with targets without velocity lead");
}

// Takes the policy of a checkpoint, which has no value function: that learns alone at first.
// Returns what the policy was trained on.
json start_from(const TrainExpertFlags& o, const Character& character, ExpertPolicy& policy,
                PpoConfig& config) {
  policy = load_expert(o.init, character);
  refuse_old_targets(o.init, policy);
  const json contract = load_checkpoint(o.init).contract;
  refuse_noncommercial_weights(o.init, contract.at("training_data"), o.choice.noncommercial);
  config.value_iterations = kValueIterations;
  config.earlier_samples = contract.at("metrics").at("samples").get<double>();
  return contract.at("training_data");
}

// Adds the clips that were demonstrated to `earlier`.
void learn_from_demonstrations(const TrainExpertFlags& o, const Character& character, Ppo& ppo,
                               json& earlier) {
  Demonstrations shown;
  for (const std::string& file : o.demonstrations) {
    const Demonstrations more = load_demonstrations(file, character);
    refuse_noncommercial_weights(file, more.clips, o.choice.noncommercial);
    append(shown, more);
  }
  ppo.learn_from(torch::tensor(shown.observations).view({shown.rows, -1}),
                 torch::tensor(shown.actions).view({shown.rows, -1}), o.imitation);
  earlier.insert(earlier.end(), shown.clips.begin(), shown.clips.end());
}

void train(const TrainExpertFlags& o) {
  set_threads(o.env.threads);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  const std::vector<Clip> clips = training_clips(*character, o.clips, o.choice);
  const auto reference =
      std::make_shared<const ReferenceMotion>(build_reference(*character, clips, false));
  std::printf("%zu clips, %.1f minutes\n", reference->clips.size(),
              reference->frames() / character->control_hz / 60);
  TrackingEnv env(character, reference, o.env);
  if (o.lying > 0) {
    env.start_lying(fallen_starts(character, *reference, kFalls, o.env.seed, o.env.threads),
                    o.lying);
  }
  torch::manual_seed(o.env.seed);
  ExpertPolicy policy(env.observation_size(), env.action_size());
  PpoConfig config = o.ppo;
  config.bf16 = choose_bf16(o.bf16, torch::kCPU);
  json earlier = json::array();
  if (!o.init.empty()) earlier = start_from(o, *character, policy, config);
  Ppo ppo(env, policy, config, o.env.seed);
  fs::create_directories(o.out);
  const fs::path state = fs::path(o.out) / "expert_training.safetensors";
  const fs::path checkpoint = fs::path(o.out) / "expert.safetensors";
  if (fs::exists(state)) {
    ppo.load(state);
    refuse_old_targets(state, policy);
    earlier = load_checkpoint(checkpoint).contract.at("training_data");
    refuse_noncommercial_weights(checkpoint, earlier, o.choice.noncommercial);
    std::printf("resumed at %.2f M samples\n", ppo.samples() * 1e-6);
  }
  const fs::path curve = fs::path(o.out) / "expert.csv";
  trim_curve(curve, ppo.iteration());
  if (o.noise > 0) ppo.set_noise(o.noise);
  if (!o.demonstrations.empty()) learn_from_demonstrations(o, *character, ppo, earlier);
  const auto save = [&] {
    ppo.save(state);
    save_expert(checkpoint, *character, policy, training_data_json(*reference, earlier),
                {{"samples", ppo.samples()}});
    write_curves(o.out);
  };
  std::signal(SIGINT, [](int) { stop_requested = true; });
  std::signal(SIGTERM, [](int) { stop_requested = true; });
  const auto start = Clock::now();
  auto saved = start;
  const auto minutes = [](auto from) { return seconds_since(from) / 60; };
  PpoReport report;
  while (!stop_requested && minutes(start) < 60 * o.hours && ppo.samples() < o.samples) {
    report = ppo.iterate();
    if (!o.output.quiet) print_table_row(report);
    append_csv(curve, report);
    if (minutes(saved) < o.save_minutes) continue;
    save();
    saved = Clock::now();
  }
  save();
  write_json(o.output.json, {{"iterations", ppo.iteration()},
                             {"samples", ppo.samples()},
                             {"reward", report.reward},
                             {"failures_per_step", report.failures},
                             {"error_m", report.error},
                             {"steps_per_second", report.steps_per_second}});
}

}  // namespace

void add_train_expert_command(Command& train_app) {
  auto options = std::make_shared<TrainExpertFlags>();
  Command* app = train_app.add_subcommand(
      "expert", "Train the motion-tracking expert by PPO (resumes when --out holds a state)");
  app->add_option("--clips", options->clips, "Folders with .clip files (foresight import, augment)")
      ->required();
  app->add_option("--out", options->out, "Folder for checkpoint, state and curve")->required();
  app->add_option("--init", options->init, "Start from the policy of this checkpoint");
  app->add_option("--demonstrations", options->demonstrations,
                  "Also imitate what foresight search found (.safetensors)");
  app->add_option("--imitation", options->imitation, "How strongly (default 0.1)")
      ->check(in_range(0, 100));
  app->add_option("--hours", options->hours, "Wall-clock limit (default 1)");
  app->add_option("--samples", options->samples, "Limit in control steps");
  app->add_option("--save-minutes", options->save_minutes, "Minutes between saves (default 5)");
  app->add_option("--kick", options->env.kick_speed, "Largest random kick, m/s (default 0.4)")
      ->check(in_range(0, 5));
  app->add_option("--kick-interval", options->env.kick_interval,
                  "Mean time between kicks, s (default 3)")
      ->check(in_range(0.1, 1000));
  add_shift_flag(app, options->env.shift_time);
  app->add_option("--min-rate", options->ppo.min_rate,
                  "Smallest learning rate; lower refines (default 1.5e-4)")
      ->check(in_range(1e-7, 1e-3));
  app->add_option("--kl", options->ppo.max_kl,
                  "KL divergence per update above which the rate falls (default 0.03)")
      ->check(in_range(1e-4, 1));
  app->add_option("--noise", options->noise,
                  "Start with this action noise, in quarters of a radian: more of it learns faster "
                  "and tracks worse meanwhile (default: 0.5, or what the state holds)")
      ->check(in_range(0.01, 1));
  app->add_option("--friction", options->env.friction_amount,
                  "Friction differs by up to this fraction between worlds (default 0.3)")
      ->check(in_range(0, 0.9));
  app->add_option("--mass", options->env.mass_amount, "The same for masses (default 0.1)")
      ->check(in_range(0, 0.9));
  app->add_option("--lying", options->lying,
                  "Share of episodes that start with a fallen body, for clips of getting up "
                  "(default 0)")
      ->check(in_range(0, 1));
  app->add_option("--solved-weight", options->env.solved_weight,
                  "Share of starts where it never fails; 100: anywhere alike (default 0.1)")
      ->check(in_range(0.001, 1000));
  app->add_option("--worlds", options->env.worlds, "Simulated worlds (default 1024)");
  app->add_option("--threads", options->env.threads, "Threads (default 2)");
  app->add_option("--bf16", options->bf16,
                  "auto, on or off: multiply in bfloat16 (auto: where it is fast)")
      ->check(one_of({"auto", "on", "off"}));
  app->add_option("--seed", options->env.seed, "Seed (default 1)");
  app->add_option("--character", options->character, "Character tables (default: the humanoid)");
  add_clip_flags(app, options->choice);
  add_output_flags(app, options->output, "No table");
  app->callback([options] {
    options->ppo.min_kl = options->ppo.max_kl / 2;
    train(*options);
  });
}

}  // namespace foresight
