// Diffuser for mazes: temporal U-Net, scaling and settings as one checkpoint.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "models/checkpoint.h"
#include "models/normaliser.h"
#include "models/temporal_unet.h"
#include "models/trajectory_diffusion.h"
#include "sim/maze/maze_layout.h"

namespace foresight {

struct DiffuserConfig {
  std::string maze = "umaze";
  int frames = 32;     ///< longest plan
  int min_frames = 8;  ///< shortest plan trained on; equal to `frames`: one length only
  int stride = 4;      ///< steps of 0.01 s per frame
  int levels = 64;     ///< diffusion steps
  bool goal = true;    ///< trained with the last state known (plans to goals)
  Prediction prediction = Prediction::kClean;
  TemporalUNetConfig net;
};

/// "fast": a frame every 4 steps, plans of any length up to 1.28 / 2.56 / 3.84 s, 1.0 M parameters.
/// "reference": Diffuser's released settings (a frame per step, 128 / 256 / 384, 3.68 M).
/// "reactive": plans of 32 steps from the start alone, for guidance by value and execution of the
/// first action. "tiny" is for tests. Throws InputError for another preset.
DiffuserConfig diffuser_config(const std::string& preset, const MazeLayout& layout);

/// Throws InputError naming the field that is out of range.
void check_config(const DiffuserConfig& config);
nlohmann::json to_json(const DiffuserConfig& config);
DiffuserConfig diffuser_config_from_json(const nlohmann::json& json);

struct DiffuserModel {
  DiffuserConfig config;
  TemporalUNet net{nullptr};
  Scaling scaling;        ///< of the 6 channels
  torch::Tensor visited;  ///< uint8 [rows, cols]: squares of kVisitedSize m that the data visits
  nlohmann::json contract;

  TrajectoryNet denoiser() const;
};

inline constexpr double kVisitedSize = 0.1;    ///< m
inline constexpr double kVisitedMargin = 1.0;  ///< m; square (0, 0) starts at (-1, -1)

/// Squares visited by positions x, y [N, 2] (m), for a map.
torch::Tensor visited_squares(const torch::Tensor& positions, const MazeLayout& layout);

/// Whether positions [..., 2] lie in visited squares: [...] bool.
torch::Tensor is_visited(const torch::Tensor& visited, const torch::Tensor& positions);

/// Network with fresh weights and no contract.
DiffuserModel make_diffuser(const DiffuserConfig& config, std::uint64_t seed);

/// `weights` is named "net.*". Written in half precision.
void save_diffuser(const std::filesystem::path& path, const DiffuserModel& model,
                   const NamedTensors& weights);

/// Throws InputError when the file is no Diffuser checkpoint.
DiffuserModel load_diffuser(const std::filesystem::path& path);

}  // namespace foresight
