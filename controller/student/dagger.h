// DAgger: the tracking expert distilled to a StudentPolicy (Ross et al. 2011, "A Reduction of
// Imitation Learning and Structured Prediction to No-Regret Online Learning").
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "controller/student/dagger_round.h"
#include "controller/student/sample_ring.h"
#include "models/trainer.h"
#include "sim/base/progress.h"

namespace foresight {

struct DaggerOptions {
  RoundConfig round;
  StudentConfig model;
  double teacher_decay = 0.5;  // the teacher drives this to the power of the round of all episodes
  std::int64_t buffer = 600'000;  // samples that are learnt from: the last rounds
  int batch = 512;                // samples per gradient step
  int gradient_steps = 200;       // per round
  double learning_rate = 5e-4;
  bool mirror = true;   // half of each batch is mirrored
  double minutes = 30;  // wall clock, earlier runs in the same folder included
  int rounds = 0;       // limit; 0: none
  double save_minutes = 5;
  fs::path out;
  bool quiet = false;
  std::function<bool()> stop;  // may be empty; asked before each gradient step
};

struct DaggerResult {
  int rounds = 0;
  double loss = 0;  // mean of the last round: squared error of normalised actions
};

/// Trains in `options.out`, or goes on with the training found there as if it had never stopped:
/// checkpoint student.safetensors, training.csv with a row per round, training state. `teacher` is
/// its description for the contract. Throws InputError when the folder holds a training with other
/// settings or is damaged.
DaggerResult train_student(std::shared_ptr<const Character> character,
                           const std::vector<SkillClips>& skills, ExpertPolicy teacher,
                           const nlohmann::json& about_teacher, const DaggerOptions& options);

}  // namespace foresight
