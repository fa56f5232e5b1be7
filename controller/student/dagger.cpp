#include "controller/student/dagger.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <optional>

#include "controller/features.h"
#include "controller/svg_plot.h"
#include "models/safetensors.h"
#include "sim/base/clock.h"
#include "sim/base/curve_file.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr std::int64_t kFitSamples = 20'000;
constexpr double kQuantile = 0.005;  // of the normaliser, as of the look-ahead model
constexpr double kWeightDecay = 1e-4;
constexpr double kLeastTeacher = 0.01;  // share below which the student drives alone

double rate(const StepCount& count) {
  return count.steps > 0 ? static_cast<double>(count.failures) / static_cast<double>(count.steps)
                         : std::numeric_limits<double>::quiet_NaN();
}

StepCount sum(const std::vector<StepCount>& counts) {
  StepCount all;
  for (const StepCount& count : counts) {
    all.steps += count.steps;
    all.failures += count.failures;
  }
  return all;
}

std::vector<std::string> names_of(const std::vector<SkillClips>& skills) {
  std::vector<std::string> names;
  for (const SkillClips& skill : skills) names.push_back(skill.name);
  return names;
}

json settings_of(const DaggerOptions& o, const std::vector<SkillClips>& skills,
                 const json& teacher) {
  const TrackingEnvConfig& env = o.round.env;
  json settings = {{"teacher", teacher.value("sha256", "")},
                   {"worlds", env.worlds},
                   {"seed", env.seed},
                   {"kick", env.kick_speed},
                   {"kick_interval", env.kick_interval},
                   {"friction", env.friction_amount},
                   {"mass", env.mass_amount},
                   {"shift_time", env.shift_time},
                   {"max_steps", env.max_steps},
                   {"steps", o.round.steps},
                   {"stride", o.round.stride},
                   {"history", o.model.history},
                   {"hidden", o.model.hidden},
                   {"teacher_decay", o.teacher_decay},
                   {"buffer", o.buffer},
                   {"batch", o.batch},
                   {"gradient_steps", o.gradient_steps},
                   {"learning_rate", o.learning_rate},
                   {"mirror", o.mirror}};
  for (const SkillClips& skill : skills) {
    settings["frames"][skill.name] = skill.reference->frames();
  }
  return settings;
}

/// Written by the first run in a folder, checked by later ones.
void keep_settings(const fs::path& file, const json& settings) {
  if (!fs::exists(file)) {
    write_file(file, settings.dump(2) + "\n");
    return;
  }
  const json found = json::parse(read_file(file), nullptr, false);
  if (!found.is_object()) {
    throw InputError(file.string() + ": damaged; remove the folder to start again");
  }
  for (const auto& [key, value] : settings.items()) {
    if (found.value(key, json()) == value) continue;
    throw InputError(file.string() + ": this training was started with " + key + " = " +
                     found.value(key, json()).dump() + ", not " + value.dump() +
                     ". Use the same, or another --out");
  }
}

TrainerConfig trainer_config(const DaggerOptions& o) {
  TrainerConfig c;
  c.learning_rate = o.learning_rate;
  c.final_rate = 1;  // how long the training takes is not known
  c.weight_decay = kWeightDecay;
  c.warmup_steps = std::min(100, o.gradient_steps);
  c.ema_max = 0.999;
  c.seed = o.round.env.seed;
  c.state_file = o.out / "training_state.safetensors";
  return c;
}

int rounds_kept(const DaggerOptions& o) {
  return static_cast<int>(std::max<std::int64_t>(1, o.buffer / samples_per_round(o.round)));
}

void check_options(const DaggerOptions& o, std::size_t skills) {
  if (o.round.env.worlds < static_cast<int>(skills)) {
    throw InputError("--worlds " + std::to_string(o.round.env.worlds) +
                     ": at least one per skill, " + std::to_string(skills));
  }
  if (skills > std::numeric_limits<std::uint8_t>::max()) {
    throw InputError(std::to_string(skills) + " skills are more than a student can learn");
  }
}

StudentPolicy new_student(const Character& character, const DaggerOptions& o,
                          const std::vector<SkillClips>& skills) {
  torch::manual_seed(o.round.env.seed);
  return make_student(character, o.model, names_of(skills));
}

/// The training. Its state after any gradient step follows from the trainer's state and the files
/// of the rounds in the ring: rounds are numbered, and each starts its worlds anew.
class Dagger {
 public:
  Dagger(std::shared_ptr<const Character> character, const std::vector<SkillClips>& skills,
         ExpertPolicy teacher, const json& about_teacher, const DaggerOptions& options)
      : options_(options),
        character_(std::move(character)),
        skills_(skills),
        teacher_(std::move(teacher)),
        settings_(settings_of(options, skills, about_teacher)),
        policy_(new_student(*character_, options, skills)),
        trainer_(policy_.network.ptr(), trainer_config(options)),
        ring_(rounds_kept(options), samples_per_round(options.round)),
        bar_("train student", 60 * options.minutes, options.quiet) {
    policy_.contract["teacher"] = about_teacher;
    policy_.contract["training_data"] = training_data_of(skills);
    policy_.contract["training"] = settings_;
    keep_settings(options_.out / "training.json", settings_);
    resume();
    bar_.resume_at(earlier_seconds_);
  }

  DaggerResult run() {
    while (!over()) {
      if (!current_) drive();
      learn();
    }
    save();
    return {round_, loss_};
  }

 private:
  fs::path round_file(int round) const {
    char name[32];
    std::snprintf(name, sizeof(name), "round_%05d.safetensors", round);
    return options_.out / name;
  }
  fs::path curve() const { return options_.out / "training.csv"; }
  double seconds() const { return earlier_seconds_ + seconds_since(start_); }
  bool over() const {
    if (options_.rounds > 0 && round_ >= options_.rounds) return true;
    return seconds() >= 60 * options_.minutes || (options_.stop && options_.stop());
  }

  void resume() {
    if (!trainer_.resume()) return trim_curve(curve(), -1);
    round_ = static_cast<int>(trainer_.steps_done() / options_.gradient_steps);
    const bool inside = trainer_.steps_done() % options_.gradient_steps != 0;
    const int end = round_ + (inside ? 1 : 0);
    DaggerRound last;
    for (int r = std::max(0, end - ring_.rounds()); r < end; ++r) {
      last = load_round(round_file(r), options_.round, policy_);
      ring_.add(r, last.samples);
    }
    failure_rates_ = last.failure_rates;
    earlier_seconds_ = last.seconds;
    const fs::path scalings = options_.out / "normaliser.safetensors";
    set_scalings(policy_, decode_safetensors(read_file(scalings), scalings.string()).tensors,
                 scalings.string());
    if (inside) current_ = std::move(last);
    trim_curve(curve(), round_ - 1);
  }

  /// Share of the episodes that the teacher drives: all at first, then ever fewer, then none.
  double teacher_share() const {
    const double share = std::pow(options_.teacher_decay, round_);
    return share < kLeastTeacher ? 0 : share;
  }

  /// The averaged weights drive, as they will in use.
  void drive() {
    trainer_.swap_ema();
    current_ = run_round(character_, skills_, teacher_, policy_, options_.round, round_,
                         teacher_share(), failure_rates_);
    trainer_.swap_ema();
    current_->seconds = seconds();
    if (round_ == 0) fit_scalings(current_->samples);
    save_round(round_file(round_), *current_);
    ring_.add(round_, current_->samples);
    failure_rates_ = current_->failure_rates;
  }

  void fit_scalings(const LabelledStates& samples) {
    const std::int64_t every = std::max<std::int64_t>(1, samples.skills.size(0) / kFitSamples);
    const auto fit = [&](const torch::Tensor& rows) {
      return fit_scaling(rows.slice(0, 0, rows.size(0), every).to(torch::kFloat), kQuantile);
    };
    policy_.state = fit(samples.features);
    policy_.action = fit(samples.actions);
    write_file(options_.out / "normaliser.safetensors",
               encode_safetensors({scaling_tensors(policy_), {}}));
  }

  void learn() {
    double losses = 0;
    int steps = 0;
    const std::int64_t end = static_cast<std::int64_t>(round_ + 1) * options_.gradient_steps;
    while (trainer_.steps_done() < end) {
      if (options_.stop && options_.stop()) return;
      losses += trainer_.step([&](std::int64_t) { return loss(); });
      loss_ = losses / ++steps;
      show_progress();
    }
    append_row();
    current_.reset();
    ++round_;
    if (seconds_since(saved_) > 60 * options_.save_minutes) save();
  }

  StepLoss loss() const {
    const auto rows = torch::randint(ring_.size(), {options_.batch}, torch::kLong);
    LabelledStates batch = ring_.pick(rows);
    if (options_.mirror) mirror_half(batch);
    const auto wanted = (batch.actions - policy_.action.centre) / policy_.action.half;
    const auto found = policy_.normalised_actions(batch.features, batch.skills);
    return {(found - wanted).square().mean(), {}};
  }

  void mirror_half(LabelledStates& batch) const {
    const std::int64_t half = options_.batch / 2;
    auto features = batch.features.narrow(0, 0, half);
    auto actions = batch.actions.narrow(0, 0, half);
    const auto frames = features.view({half, options_.model.history, policy_.layout.dim()});
    features.copy_(mirror_states(policy_.layout, frames).flatten(1));
    actions.copy_(mirror_actions(policy_.layout, actions));
  }

  void show_progress() {
    char note[96];
    std::snprintf(note, sizeof(note), "round %d, loss %.4f, student fails %.4f a step", round_,
                  loss_, rate(sum_of_student()));
    bar_.update(seconds(), note);
  }

  StepCount sum_of_student() const { return sum(current_->student); }

  void append_row() const {
    const bool fresh = !fs::exists(curve());
    std::ofstream out(curve(), std::ios::app);
    if (fresh) {
      out << "round,seconds,samples,teacher_share,loss,teacher_failures_per_step,"
             "student_failures_per_step";
      for (const SkillClips& skill : skills_) out << ",failures_per_step_" << skill.name;
      out << '\n';
    }
    out << round_ << ',' << seconds() << ',' << ring_.size() << ',' << teacher_share() << ','
        << loss_ << ',' << rate(current_->teacher) << ',' << rate(sum_of_student());
    for (const StepCount& count : current_->student) out << ',' << rate(count);
    out << '\n';
    if (!out.flush()) throw InputError(curve().string() + ": cannot write the curve");
  }

  void save() {
    trainer_.save();
    saved_ = Clock::now();
    // Older rounds than the ring holds; one more is loaded between two rounds.
    for (int r = round_ - ring_.rounds() - 1; r >= 0 && fs::remove(round_file(r)); --r) {
    }
    if (trainer_.steps_done() == 0) return;
    policy_.contract["metrics"] = {{"rounds", round_}, {"loss", loss_}, {"seconds", seconds()}};
    save_student(options_.out / "student.safetensors", policy_, trainer_.ema_tensors("network."));
    write_page();
  }

  void write_page() const {
    PlotOptions loss{"loss", "round", "mean squared error of normalised actions", 760, 300, true};
    PlotOptions failures{"failures", "round", "per control step", 760, 300};
    write_file(options_.out / "training.html",
               html_page("Training of the student",
                         svg_plot(csv_curves(curve(), {"loss"}), loss) +
                             svg_plot(csv_curves(curve(), {"teacher_failures_per_step",
                                                           "student_failures_per_step"}),
                                      failures)));
  }

  DaggerOptions options_;
  std::shared_ptr<const Character> character_;
  const std::vector<SkillClips>& skills_;
  ExpertPolicy teacher_;
  json settings_;
  StudentPolicy policy_;
  Trainer trainer_;
  SampleRing ring_;
  ProgressBar bar_;
  int round_ = 0;                       // the one that is driven or learnt
  std::optional<DaggerRound> current_;  // driven, not yet learnt to the end
  std::vector<std::vector<double>> failure_rates_;
  double loss_ = 0, earlier_seconds_ = 0;
  Clock::time_point start_ = Clock::now(), saved_ = start_;
};

}  // namespace

DaggerResult train_student(std::shared_ptr<const Character> character,
                           const std::vector<SkillClips>& skills, ExpertPolicy teacher,
                           const nlohmann::json& about_teacher, const DaggerOptions& options) {
  check_options(options, skills.size());
  fs::create_directories(options.out);
  return Dagger(std::move(character), skills, std::move(teacher), about_teacher, options).run();
}

}  // namespace foresight
