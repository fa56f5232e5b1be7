// How reliably an actor shows the skill that it is asked for: batches of episodes of fixed size
// from standing and walking starts, judged by falls and by the recogniser.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controller/eval_data.h"
#include "controller/skills/motion_recogniser.h"
#include "controller/skills/skill_actor.h"

namespace foresight {

struct SkillEvaluationOptions {
  int episodes = 32;
  double seconds = 15;
  double settle = 5;         // s, from the start, that do not count
  double least_share = 0.7;  // of the windows that count must show the skill
  std::uint64_t seed = 0;
  int workers = 2;  // simulation threads; without influence on results
  bool quiet = false;
};

/// Key points at the ends of limbs other than legs; their heights are measured. May be empty.
std::vector<int> hand_keys(const Character& character);

struct SkillEpisode {
  int index = 0;
  std::uint64_t seed = 0;
  bool fell = false;            // or diverged, or there was no action
  std::string reason;           // "fall", "diverged", "bad action"; empty: it did not fall
  std::vector<int> recognised;  // per second after settling: index of a skill or kNothing
  double mean_speed = 0;        // m/s over ground, after settling
  double hand_height = 0;       // m, mean of both hands, after settling
};

/// All episodes of one order. Batches have actor.worlds() episodes; the last one is filled up.
/// Episode i starts as that of the protocols with the same seed.
std::vector<SkillEpisode> run_skill_episodes(const std::shared_ptr<const Character>& character,
                                             SkillActor& actor, const MotionRecogniser& recogniser,
                                             const std::vector<StartState>& starts,
                                             const SkillOrder& order,
                                             const SkillEvaluationOptions& options);

/// Did not fall, and at least `least_share` of the seconds that count show the skill.
bool succeeded(const SkillEpisode& episode, int skill, double least_share);

}  // namespace foresight
