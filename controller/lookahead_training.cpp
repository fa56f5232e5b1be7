#include "controller/lookahead_training.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>

#include "controller/svg_plot.h"
#include "controller/training_data.h"
#include "controller/window_data.h"
#include "models/safetensors.h"
#include "sim/base/clock.h"
#include "sim/base/curve_file.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/progress.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr int kFitWindows = 6000, kValidationWindows = 128, kSpeedSteps = 12;
constexpr int kValidations = 40;  // over the whole training

void refuse_noncommercial(const RolloutSet& set, bool allowed) {
  const auto clips = noncommercial_clips(set);
  if (allowed || clips.empty()) return;
  throw InputError("the rollouts follow " + std::to_string(clips.size()) +
                   " clips with a non-commercial licence, the first being \"" + clips[0].name +
                   "\" (" + clips[0].licence + "). Collect without them, or give --noncommercial");
}

WindowShape shape_of(const DenoiserConfig& c) { return {c.history, c.future, c.action_frames}; }

/// A contract's list of training data with that of the weights that were trained on.
json joined_data(json data, const json& earlier) {
  for (const json& entry : earlier) {
    const auto same = std::find_if(data.begin(), data.end(), [&](const json& e) {
      return e.at("source") == entry.at("source") && e.at("licence") == entry.at("licence");
    });
    if (same == data.end()) {
      data.push_back(entry);
      continue;
    }
    std::set<std::string> clips = same->at("clips");
    clips.merge(entry.at("clips").get<std::set<std::string>>());
    (*same)["clips"] = clips;
  }
  return data;
}

/// Everything that a training step needs.
struct Session {
  const LookaheadTrainingOptions& options;
  LookaheadModel model;
  WindowShape shape;
  WindowIndex index;
  PromptIndex prompts;
  WindowData data;
  NoiseSchedule schedule;
  WindowTrainingConfig loss_config;
  json earlier_data;  // training data of the weights that it starts from
  WindowBatch validation{};

  WindowBatch normalised(const std::vector<std::int32_t>& starts, bool mirror,
                         std::int64_t step) const {
    const PhysicalWindows w = data.cut(starts, mirror);
    const Normaliser& n = model.normaliser;
    return {n.normalise_states(w.states), n.normalise_actions(w.actions),
            n.normalise_actions(w.executed), prompts_for(starts, mirror, step)};
  }

  Prompt prompts_for(const std::vector<std::int32_t>& windows, bool mirror,
                     std::int64_t step) const {
    if (options.prompt.frames == 0) return {};
    const auto starts = draw_prompts(prompts, windows, options.prompt_dropout, options.seed, step);
    Prompt prompt = data.cut_prompts(starts, options.prompt, mirror);
    prompt.states = model.normaliser.normalise_states(prompt.states);
    return prompt;
  }

  StepLoss loss(JointDenoiser& denoiser, std::int64_t step) const {
    const auto starts = draw_windows(index, options.batch, options.seed, step);
    return window_loss(denoiser, model.normaliser, schedule, loss_config,
                       normalised(starts, options.mirror, step), step);
  }
};

/// Fitted to windows and their mirror images, so that left and right are scaled alike.
Normaliser fit_to(const WindowData& data, const WindowIndex& index, const StateLayout& layout,
                  std::uint64_t seed) {
  std::vector<torch::Tensor> states, actions;
  const auto wanted = std::min<std::int64_t>(kFitWindows, 2 * index.training_windows);
  for (std::int64_t part = 0; part * 500 < wanted; ++part) {
    const auto count = static_cast<int>(std::min<std::int64_t>(500, wanted - 500 * part));
    const auto starts = draw_windows(index, count, seed, -1 - part);
    const PhysicalWindows w = data.cut(starts, true);
    states.push_back(w.states.flatten(0, 1).cpu());
    actions.push_back(w.actions.flatten(0, 1).cpu());
  }
  NormaliserConfig config;
  config.emphasised = layout.emphasised();
  config.seed = seed;
  return fit_normaliser(torch::cat(states), torch::cat(actions), config);
}

/// The normaliser is made once and kept with the training state. Weights that are trained on keep
/// the scale that they know.
Normaliser normaliser_of(const LookaheadTrainingOptions& o, const WindowData& data,
                         const WindowIndex& index, const StateLayout& layout,
                         const std::optional<LookaheadModel>& init) {
  const fs::path file = o.out / "normaliser.safetensors";
  if (fs::exists(file)) {
    return normaliser_from_tensors(decode_safetensors(read_file(file), file.string()).tensors);
  }
  const Normaliser fitted = init ? init->normaliser : fit_to(data, index, layout, o.seed);
  write_file(file, encode_safetensors({normaliser_tensors(fitted), {}}));
  return fitted;
}

std::optional<LookaheadModel> load_init(const Character& character,
                                        const LookaheadTrainingOptions& o,
                                        const DenoiserConfig& config) {
  if (o.init.empty()) return std::nullopt;
  LookaheadModel init = load_lookahead(o.init, character, torch::kCPU);
  json wanted = to_json(config), found = to_json(init.config);
  wanted["dropout"] = found["dropout"];
  if (init.config.prompt_frames == 0) wanted.erase("prompt_frames");  // it can learn to take them
  const bool fits = config.action_frames <= init.config.action_frames;
  if (fits) wanted["action_frames"] = found["action_frames"];
  if (wanted != found) {
    throw InputError(o.init.string() + ": is a model of another shape, " + found.dump() +
                     "; this training wants " + wanted.dump());
  }
  return init;
}

// Of the position embeddings only as many as there are tokens. What `from` lacks, those of a
// prompt, stays new.
void copy_weights(const JointDenoiser& from, JointDenoiser& to) {
  const torch::NoGradGuard no_grad;
  const auto source = from->named_parameters();
  for (auto& item : to->named_parameters()) {
    const torch::Tensor* known = source.find(item.key());
    if (known != nullptr) item.value().copy_(known->narrow(0, 0, item.value().size(0)));
  }
}

Session make_session(const Character& character, const LookaheadTrainingOptions& o,
                     const RolloutSet& set) {
  LookaheadModel model;
  model.config = lookahead_config(o.preset, character);
  model.config.action_frames = model.config.history + o.action_horizon;
  model.config.future = o.future;
  model.config.steps = o.diffusion_steps;
  model.config.attention = o.attention;
  model.config.prompt_frames = o.prompt.frames;
  model.prompt_stride = o.prompt.stride;
  check_config(model.config);
  model.layout = state_layout(character);
  model.past_actions = o.past_actions;
  const WindowShape shape = shape_of(model.config);
  WindowIndex index = index_windows(set, shape, o.balance, o.heldout, o.seed);
  PromptIndex prompts;
  if (o.prompt.frames > 0) prompts = index_prompts(set, o.prompt, o.heldout, o.seed);
  WindowData data(set, model.layout, shape, o.device);
  const auto init = load_init(character, o, model.config);
  model.normaliser = normaliser_of(o, data, index, model.layout, init).to(o.device);
  torch::manual_seed(o.seed);
  model.denoiser = JointDenoiser(model.config);
  if (init) copy_weights(init->denoiser, model.denoiser);
  model.denoiser->to(o.device);
  WindowTrainingConfig loss_config;
  loss_config.past_actions = o.past_actions;
  loss_config.roll_actions = o.roll_actions;
  loss_config.noisy_history = o.noisy_history;
  loss_config.seed = o.seed;
  const NoiseSchedule schedule(model.config.steps);
  const json earlier = init ? init->contract.value("training_data", json::array()) : json::array();
  refuse_noncommercial_weights(o.init, earlier, o.noncommercial);
  return {o,        std::move(model), shape,  std::move(index), std::move(prompts), std::move(data),
          schedule, loss_config,      earlier};
}

void choose_validation(Session& s) {
  const auto& all = s.index.validation.empty() ? s.index.bins[0].starts : s.index.validation;
  std::vector<std::int32_t> chosen;
  const std::size_t count = std::min<std::size_t>(kValidationWindows, all.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  s.validation = s.normalised(chosen, false, -1);
}

double measure_step_seconds(const Session& s, const TrainerConfig& config) {
  JointDenoiser copy(s.model.config);
  copy->to(s.options.device);
  TrainerConfig trial = config;
  trial.state_file.clear();
  trial.log_file.clear();
  Trainer trainer(copy.ptr(), trial);
  const LossFunction loss = [&](std::int64_t step) { return s.loss(copy, step); };
  for (int i = 0; i < 3; ++i) trainer.step(loss);
  const auto start = Clock::now();
  for (int i = 0; i < kSpeedSteps; ++i) trainer.step(loss);
  return seconds_since(start) / kSpeedSteps;
}

json settings_of(const LookaheadTrainingOptions& o, const RolloutSet& set) {
  json settings = {{"model", o.preset},
                   {"batch", o.batch},
                   {"seed", o.seed},
                   {"balance", o.balance},
                   {"heldout", o.heldout},
                   {"mirror", o.mirror},
                   {"bf16", o.bf16},
                   {"learning_rate", o.learning_rate},
                   {"muon", o.muon},
                   {"roll_actions", o.roll_actions},
                   {"rollout_steps", set.steps()},
                   {"action_horizon", o.action_horizon},
                   {"init", o.init.empty() ? "" : sha256_hex(read_file(o.init))},
                   {"noisy_history", o.noisy_history},
                   {"past_actions", o.past_actions == PastActions::kQueue ? "queue" : "executed"}};
  // Written only where they differ from the default, so that older trainings can be resumed.
  if (o.future != 32) settings["future"] = o.future;
  if (o.diffusion_steps != 20) settings["diffusion_steps"] = o.diffusion_steps;
  if (o.attention != Attention::kJoint) settings["attention"] = attention_name(o.attention);
  if (o.prompt.frames > 0) {
    settings["prompt_frames"] = o.prompt.frames;
    settings["prompt_stride"] = o.prompt.stride;
    settings["prompt_dropout"] = o.prompt_dropout;
  }
  return settings;
}

/// Settings of the training in the folder; written by its first run, checked by later ones. Returns
/// the total number of steps.
std::int64_t planned_steps(const Session& s, const json& settings, const TrainerConfig& config) {
  const fs::path file = s.options.out / "training.json";
  if (fs::exists(file)) {
    const json found = json::parse(read_file(file), nullptr, false);
    if (!found.is_object() || !found.contains("settings") ||
        !found.value("total_steps", json()).is_number_integer()) {
      throw InputError(file.string() + ": damaged; remove the folder to start again");
    }
    for (const auto& [key, value] : settings.items()) {
      if (found["settings"].value(key, json()) == value) continue;
      throw InputError(file.string() + ": this training was started with " + key + " = " +
                       found["settings"].value(key, json()).dump() + ", not " + value.dump() +
                       ". Use the same, or another --out");
    }
    return found["total_steps"];
  }
  std::int64_t steps = s.options.steps;
  if (steps <= 0) {
    const double each = measure_step_seconds(s, config);
    steps = std::max<std::int64_t>(1, std::llround(0.97 * 3600 * s.options.hours / each));
    std::fprintf(stderr, "%.0f ms a step: %lld steps in %.2f h\n", 1000 * each,
                 static_cast<long long>(steps), s.options.hours);
  }
  write_file(file, json{{"settings", settings}, {"total_steps", steps}}.dump(2) + "\n");
  return steps;
}

TrainerConfig trainer_config(const LookaheadTrainingOptions& o) {
  TrainerConfig c;
  c.learning_rate = o.learning_rate;
  if (o.muon) c.muon = "blocks.";
  c.bf16 = o.bf16;
  c.seed = o.seed;
  c.state_file = o.out / "training_state.safetensors";
  c.log_file = o.out / "training.csv";
  c.save_minutes = o.save_minutes;
  return c;
}

void append_validation(const fs::path& file, std::int64_t step,
                       const std::vector<LevelLoss>& losses) {
  std::ostringstream row;
  const std::string old = fs::exists(file) ? read_file(file) : "";
  if (old.empty()) {
    row << "step,state,action";
    for (std::size_t k = 0; k < losses.size(); ++k) row << ",state_" << k;
    for (std::size_t k = 0; k < losses.size(); ++k) row << ",action_" << k;
    row << '\n';
  }
  LevelLoss mean;
  for (const LevelLoss& l : losses) {
    mean.state += l.state / static_cast<double>(losses.size());
    mean.action += l.action / static_cast<double>(losses.size());
  }
  row << step << ',' << mean.state << ',' << mean.action;
  for (const LevelLoss& l : losses) row << ',' << l.state;
  for (const LevelLoss& l : losses) row << ',' << l.action;
  row << '\n';
  write_file(file, old + row.str());
}

void write_curves(const fs::path& out) {
  PlotOptions training{"training loss", "step", "mean squared error", 760, 380, true};
  PlotOptions validation = training;
  validation.title = "validation loss (averaged weights, held-out episodes)";
  const auto levels = csv_curves(out / "validation.csv", {"state", "action", "state_0", "state_4",
                                                          "state_14", "action_0", "action_3"});
  write_file(out / "training.html",
             html_page("Training of the look-ahead model",
                       svg_plot(csv_curves(out / "training.csv", {"state", "action"}), training) +
                           svg_plot(levels, validation)));
}

/// Validation, curves and checkpoint while training goes on.
class Monitor {
 public:
  Monitor(Session& session, Trainer& trainer, const RolloutSet& set)
      : s_(session),
        trainer_(trainer),
        rollouts_(set),
        bar_("train lookahead", static_cast<double>(trainer.config().total_steps),
             session.options.quiet),
        every_(std::max<std::int64_t>(200, trainer.config().total_steps / kValidations)) {
    trim_curve(s_.options.out / "validation.csv", trainer.steps_done());
    bar_.resume_at(static_cast<double>(trainer.steps_done()));
  }

  bool after_step(std::int64_t step, double loss) {
    recent_.push_back(loss);
    if (recent_.size() > 100) recent_.pop_front();
    char note[64];
    std::snprintf(note, sizeof(note), "loss %.4f", mean_loss());
    bar_.update(static_cast<double>(step), note);
    const bool last = step == trainer_.config().total_steps;
    if (step % every_ == 0 && !last) validate();
    if (seconds_since(exported_) > 60 * s_.options.save_minutes) write_checkpoint();
    return s_.options.stop_after <= 0 || ++steps_here_ < s_.options.stop_after;
  }

  void validate() {
    const torch::NoGradGuard no_grad;
    trainer_.swap_ema();
    losses_ = loss_by_level(s_.model.denoiser, s_.model.normaliser, s_.schedule, s_.loss_config,
                            s_.validation);
    trainer_.swap_ema();
    append_validation(s_.options.out / "validation.csv", trainer_.steps_done(), losses_);
    write_curves(s_.options.out);
  }

  void write_checkpoint() {
    json contract = s_.model.contract;
    contract["training_data"] = joined_data(training_data_of(rollouts_), s_.earlier_data);
    contract["training"] = settings_of(s_.options, rollouts_);
    contract["training"]["steps"] = trainer_.steps_done();
    contract["training"]["total_steps"] = trainer_.config().total_steps;
    contract["training"]["rollout_hours"] = rollouts_.hours();
    contract["metrics"] = {{"training_loss", mean_loss()},
                           {"validation_state", mean(&LevelLoss::state)},
                           {"validation_action", mean(&LevelLoss::action)}};
    LookaheadModel model = s_.model;
    model.contract = contract;
    save_lookahead(s_.options.out / "lookahead.safetensors", model,
                   trainer_.ema_tensors("denoiser."));
    exported_ = Clock::now();
  }

  double mean_loss() const {
    if (recent_.empty()) return 0;
    return std::accumulate(recent_.begin(), recent_.end(), 0.0) /
           static_cast<double>(recent_.size());
  }
  double mean(double LevelLoss::*field) const {
    double sum = 0;
    for (const LevelLoss& l : losses_) sum += l.*field;
    return losses_.empty() ? 0 : sum / static_cast<double>(losses_.size());
  }

 private:
  Session& s_;
  Trainer& trainer_;
  const RolloutSet& rollouts_;
  ProgressBar bar_;
  std::int64_t every_, steps_here_ = 0;
  std::deque<double> recent_;
  std::vector<LevelLoss> losses_;
  Clock::time_point exported_ = Clock::now();
};

void print_data(const Session& s, const RolloutSet& set) {
  if (s.options.quiet) return;
  std::fprintf(stderr,
               "%.2f h of rollouts, %zu episodes, %lld training windows in %zu kinds of motion, "
               "%zu held out\n",
               set.hours(), set.episodes.size(), static_cast<long long>(s.index.training_windows),
               s.index.bins.size(), s.index.validation.size());
  for (std::size_t i = 0; i < s.prompts.skills.size(); ++i) {
    std::fprintf(stderr, "  prompts of %s: %zu snippets\n", s.prompts.skills[i].c_str(),
                 s.prompts.starts[i].size());
  }
}

}  // namespace

LookaheadTrainingResult train_lookahead(const Character& character,
                                        const LookaheadTrainingOptions& options) {
  const RolloutSet set = load_rollouts(options.rollouts, &character);
  refuse_noncommercial(set, options.noncommercial);
  fs::create_directories(options.out);
  Session session = make_session(character, options, set);
  session.model.contract = lookahead_contract(character, session.model);
  choose_validation(session);
  print_data(session, set);
  TrainerConfig config = trainer_config(options);
  config.total_steps = planned_steps(session, settings_of(options, set), config);
  config.warmup_steps = std::min<std::int64_t>(500, config.total_steps / 10 + 1);
  Trainer trainer(session.model.denoiser.ptr(), config);
  if (trainer.resume() && !options.quiet) {
    std::fprintf(stderr, "goes on at step %lld of %lld\n",
                 static_cast<long long>(trainer.steps_done()),
                 static_cast<long long>(config.total_steps));
  }
  Monitor monitor(session, trainer, set);
  const auto end =
      trainer.run([&](std::int64_t step) { return session.loss(session.model.denoiser, step); },
                  [&](std::int64_t step, double loss) { return monitor.after_step(step, loss); });
  monitor.validate();
  monitor.write_checkpoint();
  return {end, trainer.steps_done(), monitor.mean_loss(), monitor.mean(&LevelLoss::state),
          monitor.mean(&LevelLoss::action)};
}

}  // namespace foresight
