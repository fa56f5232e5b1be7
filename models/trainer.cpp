#include "models/trainer.h"

#include <torch/nn/utils/clip_grad.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <sstream>

#include "models/autocast.h"
#include "models/muon.h"
#include "models/safetensors.h"
#include "sim/base/clock.h"
#include "sim/base/curve_file.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

using nlohmann::json;

std::atomic<bool> stop_requested{false};

/// SIGINT and SIGTERM ask the loop to stop while this lives.
class SignalGuard {
 public:
  SignalGuard() {
    stop_requested = false;
    interrupt_ = std::signal(SIGINT, [](int) { stop_requested = true; });
    terminate_ = std::signal(SIGTERM, [](int) { stop_requested = true; });
  }
  ~SignalGuard() {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGTERM, terminate_);
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  void (*interrupt_)(int);
  void (*terminate_)(int);
};

/// Biases, norms (one dimension) and embeddings ("position") are not decayed.
bool is_decayed(const std::string& name, const torch::Tensor& parameter) {
  return parameter.dim() >= 2 && name.find("position") == std::string::npos;
}

std::vector<torch::Tensor> pick(const std::vector<torch::Tensor>& all,
                                const std::vector<std::size_t>& indices) {
  std::vector<torch::Tensor> some;
  for (const std::size_t i : indices) some.push_back(all[i]);
  return some;
}

/// Copies "group/name" tensors of a state file into `targets`.
void load_group(const TensorFile& file, const std::string& group,
                const std::vector<std::string>& names, std::vector<torch::Tensor>& targets,
                const std::string& path) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = group + "/" + names[i];
    const auto it = file.tensors.find(name);
    if (it == file.tensors.end() || it->second.sizes() != targets[i].sizes()) {
      throw InputError(path + ": tensor \"" + name + "\" is missing or has another shape: the " +
                       "training state belongs to another model. Remove it to start again");
    }
    targets[i].copy_(it->second);
  }
}

json read_progress(const TensorFile& file, std::uint64_t seed, const std::string& path) {
  const auto it = file.metadata.find("progress");
  json progress = it == file.metadata.end() ? json() : json::parse(it->second, nullptr, false);
  const bool whole = progress.is_object() && progress.value("steps", json()).is_number_integer() &&
                     progress.value("seed", json()).is_number() &&
                     progress.value("seconds", json()).is_number() &&
                     progress.value("log", json()).is_object();
  if (!whole) throw InputError(path + ": not a training state of this program");
  if (progress["seed"] != seed) {
    throw InputError(path + ": was trained with seed " + progress["seed"].dump() + ", not " +
                     std::to_string(seed) + ". Use that seed, or remove the file to start again");
  }
  return progress;
}

}  // namespace

double learning_rate(const TrainerConfig& config, std::int64_t step) {
  if (step < config.warmup_steps) {
    return config.learning_rate * static_cast<double>(step + 1) /
           static_cast<double>(config.warmup_steps);
  }
  const double span =
      static_cast<double>(std::max<std::int64_t>(config.total_steps - config.warmup_steps, 1));
  const double done = std::min(1.0, static_cast<double>(step - config.warmup_steps) / span);
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  return config.learning_rate * (config.final_rate + (1.0 - config.final_rate) * cosine);
}

double ema_decay(const TrainerConfig& config, std::int64_t step) {
  return std::min(config.ema_max,
                  1.0 - std::pow(static_cast<double>(step) + 1.0, -config.ema_power));
}

Trainer::Trainer(std::shared_ptr<torch::nn::Module> module, const TrainerConfig& config)
    : module_(std::move(module)), config_(config) {
  for (const auto& item : module_->named_parameters()) {
    const bool muon = !config.muon.empty() && item.value().dim() == 2 &&
                      item.key().find(config.muon) != std::string::npos;
    auto& group = muon ? orthogonal_ : is_decayed(item.key(), item.value()) ? decayed_ : plain_;
    group.push_back(names_.size());
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    ema_.push_back(item.value().detach().clone());
    moment1_.push_back(torch::zeros_like(item.value()));
    moment2_.push_back(torch::zeros_like(item.value()));
    step_counts_.push_back(torch::zeros({}, item.value().options().dtype(torch::kFloat)));
  }
}

bool Trainer::resume() {
  if (config_.state_file.empty() || !fs::exists(config_.state_file)) return false;
  const std::string path = config_.state_file.string();
  const TensorFile file = decode_safetensors(read_file(config_.state_file), path);
  const json progress = read_progress(file, config_.seed, path);
  torch::NoGradGuard no_grad;
  load_group(file, "parameter", names_, parameters_, path);
  load_group(file, "ema", names_, ema_, path);
  load_group(file, "moment1", names_, moment1_, path);
  load_group(file, "moment2", names_, moment2_, path);
  steps_done_ = progress["steps"];
  log_seconds_ = progress["seconds"];
  log_sums_ = progress["log"].get<std::map<std::string, double>>();
  for (auto& count : step_counts_) count.fill_(static_cast<double>(steps_done_));
  if (!config_.log_file.empty()) trim_curve(config_.log_file, steps_done_);
  return true;
}

void Trainer::save() const {
  if (config_.state_file.empty()) return;
  TensorFile file;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    file.tensors["parameter/" + names_[i]] = parameters_[i];
    file.tensors["ema/" + names_[i]] = ema_[i];
    file.tensors["moment1/" + names_[i]] = moment1_[i];
    file.tensors["moment2/" + names_[i]] = moment2_[i];
  }
  const json progress = {{"steps", steps_done_},
                         {"seed", config_.seed},
                         {"seconds", log_seconds_},
                         {"log", log_sums_}};
  file.metadata["progress"] = progress.dump();
  write_file(config_.state_file, encode_safetensors(file));
}

void Trainer::apply_gradients() {
  std::vector<torch::Tensor> gradients;
  for (auto& p : parameters_) {
    if (!p.grad().defined()) p.mutable_grad() = torch::zeros_like(p);
    gradients.push_back(p.grad());
  }
  const double limit = config_.clip_norm > 0 ? config_.clip_norm : 1e30;
  const double norm = torch::nn::utils::clip_grad_norm_(parameters_, limit);
  if (!std::isfinite(norm)) {
    throw InputError("training diverged at step " + std::to_string(steps_done_) +
                     ": a gradient is not finite. Lower the learning rate");
  }
  torch::NoGradGuard no_grad;
  const double rate = learning_rate(config_, steps_done_);
  for (const std::size_t i : orthogonal_) {
    muon_step(parameters_[i], gradients[i], moment1_[i], rate, config_.weight_decay,
              config_.bf16 ? torch::kBFloat16 : torch::kFloat32);
  }
  at::_foreach_add_(step_counts_, 1.0);
  const auto update = [&](const std::vector<std::size_t>& group, double decay) {
    auto parameters = pick(parameters_, group);
    auto moment1 = pick(moment1_, group), moment2 = pick(moment2_, group);
    if (parameters.empty()) return;
    at::_fused_adamw_(parameters, pick(gradients, group), moment1, moment2, {},
                      pick(step_counts_, group), rate, config_.beta1, config_.beta2, decay,
                      config_.epsilon, false, false);
  };
  update(decayed_, config_.weight_decay);
  update(plain_, 0.0);
  at::_foreach_lerp_(ema_, parameters_, 1.0 - ema_decay(config_, steps_done_));
}

double Trainer::step(const LossFunction& loss) {
  const auto start = Clock::now();
  module_->train();
  module_->zero_grad();
  torch::manual_seed(random_key(config_.seed, steps_done_));
  StepLoss result;
  {
    const Autocast autocast(config_.bf16, parameters_.front().device().type());
    result = loss(steps_done_);
  }
  const double total = result.total.item<double>();
  if (!std::isfinite(total)) {
    throw InputError("training diverged at step " + std::to_string(steps_done_) +
                     ": the loss is not finite. Lower the learning rate");
  }
  result.total.backward();
  apply_gradients();
  ++steps_done_;
  log_seconds_ += seconds_since(start);
  write_log(result, total);
  return total;
}

void Trainer::write_log(const StepLoss& loss, double total) {
  log_sums_["loss"] += total;
  for (const auto& [name, value] : loss.values) log_sums_[name] += value.item<double>();
  if (steps_done_ % config_.log_every != 0) return;
  if (!config_.log_file.empty()) {
    const bool fresh = !fs::exists(config_.log_file);
    std::ofstream out(config_.log_file, std::ios::app);
    std::ostringstream header, row;
    header << "step,seconds,rate";
    row << steps_done_ << ',' << log_seconds_ << ',' << learning_rate(config_, steps_done_ - 1);
    for (const auto& [name, sum] : log_sums_) {
      header << ',' << name;
      row << ',' << sum / static_cast<double>(config_.log_every);
    }
    if (fresh) out << header.str() << '\n';
    out << row.str() << '\n';
    if (!out.flush()) throw InputError(config_.log_file.string() + ": cannot write the curve");
  }
  log_sums_.clear();
}

TrainingEnd Trainer::run(const LossFunction& loss,
                         const std::function<bool(std::int64_t, double)>& after_step) {
  const SignalGuard guard;
  TrainingEnd end = TrainingEnd::kFinished;
  auto saved = Clock::now();
  while (steps_done_ < config_.total_steps) {
    const double value = step(loss);
    const bool more = !after_step || after_step(steps_done_, value);
    if (stop_requested) end = TrainingEnd::kStoppedBySignal;
    if (!more) end = TrainingEnd::kStoppedByCaller;
    if (end != TrainingEnd::kFinished) break;
    if (seconds_since(saved) >= 60 * config_.save_minutes) {
      save();
      saved = Clock::now();
    }
  }
  save();
  return end;
}

NamedTensors Trainer::ema_tensors(const std::string& prefix) const {
  NamedTensors tensors;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    tensors[prefix + names_[i]] = ema_[i].to(torch::kCPU, torch::kFloat).clone();
  }
  return tensors;
}

void Trainer::swap_ema() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto average = ema_[i].clone();
    ema_[i].copy_(parameters_[i]);
    parameters_[i].copy_(average);
  }
}

}  // namespace foresight
