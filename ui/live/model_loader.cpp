#include "ui/live/model_loader.h"

#include <algorithm>
#include <cstdio>

#include "controller/lookahead_model.h"
#include "controller/skills/lookahead_actor.h"
#include "models/device.h"
#include "models/rolling.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

std::string size_text(const LookaheadModel& model) {
  std::int64_t count = 0;
  for (const torch::Tensor& p : model.denoiser->parameters()) count += p.numel();
  char text[48];
  std::snprintf(text, sizeof(text), "%.1f M parameters", static_cast<double>(count) / 1e6);
  return text;
}

// Weights of another training may not fit the skills that ship; they work without.
std::map<std::string, std::vector<float>> prompts_for(const LookaheadModel& model,
                                                      const Character& character) {
  std::map<std::string, std::vector<float>> prompts;
  if (model.config.prompt_frames == 0 || !fs::exists(default_skill_library())) return prompts;
  const SkillLibrary library = load_skill_library(default_skill_library(), character);
  for (const std::string& skill : library.names()) {
    prompts[skill] = prompt_numbers(skill, library, model, 0);
  }
  return prompts;
}

bool is_lookahead(const fs::path& checkpoint) {
  fs::path contract = checkpoint;
  contract.replace_extension(".json");
  if (!fs::exists(contract)) return false;
  const auto json = nlohmann::json::parse(read_file(contract), nullptr, false);
  return json.is_object() && json.value("kind", nlohmann::json()) == "lookahead";
}

}  // namespace

void ModelLoader::start(const fs::path& checkpoint, const std::string& device, int threads) {
  if (job_) abandoned_.push_back(std::move(job_));
  std::erase_if(abandoned_, [](const auto& job) { return job->done(); });
  result_ = std::make_shared<LoadedModel>();
  const auto work = [checkpoint, device, threads, character = character_,
                     result = result_](const Job::Progress&) {
    set_threads(threads);
    const torch::Device where = choose_device(device);
    auto model =
        std::make_shared<const LookaheadModel>(load_lookahead(checkpoint, *character, where));
    result->name = checkpoint.filename().string();
    result->device = device_name(where);
    result->sha256 = model->sha256;
    result->size = size_text(*model);
    result->network_steps = model->config.steps;
    result->default_roll_level = default_roll_level(model->config.steps);
    result->prompts = prompts_for(*model, *character);
    result->model = std::move(model);
  };
  job_ = std::make_unique<Job>("Loading " + checkpoint.filename().string(), work);
}

std::shared_ptr<const LoadedModel> ModelLoader::take() {
  if (!job_ || !job_->done() || !job_->error().empty()) return nullptr;
  job_.reset();
  return std::move(result_);
}

std::string ModelLoader::take_error() {
  if (!job_ || !job_->done()) return "";
  const std::string error = job_->error();
  if (!error.empty()) job_.reset();
  return error;
}

fs::path shipped_checkpoint() { return assets_dir() / "checkpoints" / "lookahead.safetensors"; }

std::vector<fs::path> find_checkpoints(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".safetensors" && is_lookahead(entry.path())) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace foresight
