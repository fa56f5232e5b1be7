#include "controller/planners/diffuser_model.h"

#include <map>

#include "controller/planners/maze_windows.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

/// Plan length of the reference in steps, and its diffusion steps.
std::pair<int, int> reference_sizes(const MazeLayout& layout) {
  if (layout.episode_steps <= 300) return {128, 64};
  return {layout.episode_steps <= 600 ? 256 : 384, 256};
}

torch::Tensor square_index(const torch::Tensor& positions) {
  return ((positions + kVisitedMargin) / kVisitedSize).floor().to(torch::kLong);
}

}  // namespace

DiffuserConfig diffuser_config(const std::string& preset, const MazeLayout& layout) {
  DiffuserConfig config;
  config.maze = layout.name;
  const auto [steps, levels] = reference_sizes(layout);
  config.frames = steps / config.stride;
  config.net.multipliers = {1, 2, 4};
  if (preset == "fast") return config;
  if (preset == "reference") {
    config.stride = 1;
    config.frames = config.min_frames = steps;
    config.levels = levels;
    config.net.multipliers = {1, 4, 8};
  } else if (preset == "reactive") {
    config.stride = 1;
    config.frames = config.min_frames = 32;
    config.levels = 20;
    config.goal = false;
  } else if (preset == "tiny") {
    config.frames = 16;
    config.levels = 8;
    config.net.width = 8;
  } else {
    throw InputError("--preset \"" + preset + "\": expected fast, reference, reactive or tiny");
  }
  return config;
}

void check_config(const DiffuserConfig& c) {
  check_config(c.net);
  find_maze(c.maze);
  const int unit = c.net.length_unit();
  require_config("diffuser", c.frames >= 2 && c.frames <= 4096 && c.frames % unit == 0, "frames",
                 "a multiple of " + std::to_string(unit) + " up to 4096");
  require_config("diffuser",
                 c.min_frames >= 2 && c.min_frames <= c.frames && c.min_frames % unit == 0,
                 "min_frames", "a multiple of " + std::to_string(unit) + " up to frames");
  require_config("diffuser", c.stride >= 1 && c.stride <= 100, "stride", "between 1 and 100");
  require_config("diffuser", c.levels >= 2 && c.levels <= 1000, "levels", "between 2 and 1000");
  require_config("diffuser", c.net.channels == kMazeChannels, "channels", "6");
}

json to_json(const DiffuserConfig& c) {
  return {{"maze", c.maze},
          {"frames", c.frames},
          {"min_frames", c.min_frames},
          {"stride", c.stride},
          {"levels", c.levels},
          {"goal", c.goal},
          {"prediction", c.prediction == Prediction::kClean ? "clean" : "noise"},
          {"net", to_json(c.net)}};
}

DiffuserConfig diffuser_config_from_json(const json& j) {
  DiffuserConfig c;
  try {
    c.maze = j.at("maze").get<std::string>();
    c.frames = j.at("frames").get<int>();
    c.min_frames = j.at("min_frames").get<int>();
    c.stride = j.at("stride").get<int>();
    c.levels = j.at("levels").get<int>();
    c.goal = j.at("goal").get<bool>();
    const bool clean = j.at("prediction").get<std::string>() == "clean";
    c.prediction = clean ? Prediction::kClean : Prediction::kNoise;
    c.net = temporal_unet_config_from_json(j.at("net"));
  } catch (const json::exception& error) {
    throw InputError(std::string("diffuser config: ") + error.what());
  }
  check_config(c);
  return c;
}

TrajectoryNet DiffuserModel::denoiser() const {
  return [net = net](const torch::Tensor& x, const torch::Tensor& levels) mutable {
    return net->forward(x, levels);
  };
}

torch::Tensor visited_squares(const torch::Tensor& positions, const MazeLayout& layout) {
  const auto squares = [](int cells) {
    return static_cast<std::int64_t>((cells + 2 * kVisitedMargin) / kVisitedSize);
  };
  const std::int64_t height = squares(layout.height()), width = squares(layout.width());
  auto visited = torch::zeros({height * width}, torch::kByte);
  const auto index = square_index(positions);
  const auto row = index.select(1, 0).clamp(0, height - 1);
  const auto col = index.select(1, 1).clamp(0, width - 1);
  visited.index_fill_(0, row * width + col, 1);
  return visited.view({height, width});
}

torch::Tensor is_visited(const torch::Tensor& visited, const torch::Tensor& positions) {
  const auto index = square_index(positions);
  const auto row = index.select(-1, 0), col = index.select(-1, 1);
  const auto inside = (row >= 0) & (row < visited.size(0)) & (col >= 0) & (col < visited.size(1));
  const auto flat =
      (row.clamp(0, visited.size(0) - 1) * visited.size(1) + col.clamp(0, visited.size(1) - 1))
          .flatten();
  return visited.flatten().index_select(0, flat).view(row.sizes()).to(torch::kBool) & inside;
}

DiffuserModel make_diffuser(const DiffuserConfig& config, std::uint64_t seed) {
  check_config(config);
  torch::manual_seed(seed);
  DiffuserModel model;
  model.config = config;
  model.net = TemporalUNet(config.net);
  return model;
}

void save_diffuser(const std::filesystem::path& path, const DiffuserModel& model,
                   const NamedTensors& weights) {
  Checkpoint checkpoint;
  checkpoint.tensors = half_precision(weights, "normaliser.");
  checkpoint.tensors["normaliser.low"] = model.scaling.low;
  checkpoint.tensors["normaliser.high"] = model.scaling.high;
  checkpoint.tensors["visited"] = model.visited;
  checkpoint.contract = model.contract;
  checkpoint.contract["kind"] = "diffuser";
  checkpoint.contract["model"] = to_json(model.config);
  save_checkpoint(path, checkpoint);
}

DiffuserModel load_diffuser(const std::filesystem::path& path) {
  Checkpoint checkpoint = load_checkpoint(path);
  check_contract(checkpoint, path.string(), "kind", "diffuser");
  DiffuserModel model = make_diffuser(diffuser_config_from_json(checkpoint.contract["model"]), 0);
  model.contract = checkpoint.contract;
  model.scaling = make_scaling(tensor_of(checkpoint, "normaliser.low", path),
                               tensor_of(checkpoint, "normaliser.high", path));
  model.visited = tensor_of(checkpoint, "visited", path);
  if (model.scaling.low.numel() != kMazeChannels || model.visited.dim() != 2) {
    throw InputError(path.string() + ": its normaliser or its visited squares do not fit");
  }
  load_module(*model.net, checkpoint.tensors, "net.");
  model.net->eval();
  return model;
}

}  // namespace foresight
