// One round of DAgger (Ross et al. 2011): worlds are driven by teacher or student, and the teacher
// says in every state that they visit what it would do.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "controller/expert/tracking_env.h"
#include "controller/student/skill_clips.h"
#include "controller/student/student_policy.h"

namespace foresight {

/// Visited states and what the teacher would do there, on the CPU.
struct LabelledStates {
  torch::Tensor features;  // [N, history x D] float16, physical units (FrameHistory)
  torch::Tensor actions;   // [N, nu] float16, the teacher's mean PD targets, rad
  torch::Tensor skills;    // [N] uint8
};

struct StepCount {
  std::int64_t steps = 0, failures = 0;  // control steps; episodes that ended in a failure
};

struct DaggerRound {
  LabelledStates samples;
  StepCount teacher;               // of the worlds that the teacher drove
  std::vector<StepCount> student;  // per skill, of those that the student drove
  std::vector<std::vector<double>>
      failure_rates;   // per skill, see StartSampler; for the next round
  double seconds = 0;  // wall clock from the start of the training
};

struct RoundConfig {
  TrackingEnvConfig env{.worlds = 256, .threads = 2};  // its seed is that of all rounds
  int steps = 300;                                     // control steps of every world
  int stride = 3;                                      // one in so many of these states is labelled
};

std::int64_t samples_per_round(const RoundConfig& config);

/// Round number `round`: worlds, shared out equally among the skills, start anew; an episode is
/// driven by the teacher with probability `teacher_share` and else by the student, to its end.
/// Depends on its arguments alone, not on the number of threads. `failure_rates` are those of the
/// round before, or empty.
DaggerRound run_round(std::shared_ptr<const Character> character,
                      const std::vector<SkillClips>& skills, ExpertPolicy teacher,
                      const StudentPolicy& student, const RoundConfig& config, int round,
                      double teacher_share, const std::vector<std::vector<double>>& failure_rates);

/// Throws InputError when a file is no round of `config` for a student of this shape.
void save_round(const fs::path& file, const DaggerRound& round);
DaggerRound load_round(const fs::path& file, const RoundConfig& config,
                       const StudentPolicy& student);

}  // namespace foresight
