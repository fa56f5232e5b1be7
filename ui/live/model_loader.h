// Loads checkpoints in the background.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/character.h"
#include "ui/live/job.h"

namespace foresight {

struct LookaheadModel;

/// A loaded checkpoint and what to say about it.
struct LoadedModel {
  std::shared_ptr<const LookaheadModel> model;
  std::string name, device, sha256, size;  // "2.1 M parameters"
  int network_steps = 0;                   // noise levels of its schedule
  int default_roll_level = 0;
  std::map<std::string, std::vector<float>> prompts;  // by skill, of weights that take prompts
};

class ModelLoader {
 public:
  explicit ModelLoader(std::shared_ptr<const Character> character)
      : character_(std::move(character)) {}

  /// `device` is auto, cpu or cuda; `threads` of the network. Never waits: a load that is still
  /// running goes on and what it finds is thrown away.
  void start(const fs::path& checkpoint, const std::string& device, int threads);
  bool busy() const { return job_ && !job_->done(); }
  /// Once after each load that worked.
  std::shared_ptr<const LoadedModel> take();
  /// Once after each load that failed: why.
  std::string take_error();

 private:
  std::shared_ptr<const Character> character_;
  std::shared_ptr<LoadedModel> result_;  // written by the job until it is done
  std::unique_ptr<Job> job_;
  std::vector<std::unique_ptr<Job>> abandoned_;
};

/// assets/checkpoints/lookahead.safetensors.
fs::path shipped_checkpoint();
/// Checkpoints of look-ahead models in a folder, in name order.
std::vector<fs::path> find_checkpoints(const fs::path& folder);

}  // namespace foresight
