// Skill evaluations as tables and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/skills/skill_evaluation.h"
#include "controller/statistics.h"

namespace foresight {

/// All episodes of one order, summed up.
struct SkillRow {
  SkillOrder order;
  int episodes = 0;
  Estimate falls, success;           // success: of orders for a single skill
  std::vector<double> recognised;    // share of the seconds that count, per skill, nothing last
  Estimate mean_speed, hand_height;  // m/s, m; of the episodes that lasted past settling
};

SkillRow summarise(const SkillOrder& order, const std::vector<SkillEpisode>& episodes,
                   const MotionRecogniser& recogniser, double least_share);

/// "zombie", "walk 0.75 + zombie 0.25", "none".
std::string order_name(const SkillOrder& order);

/// Table of the rows, one line each, for a terminal.
std::string skill_table(const std::vector<SkillRow>& rows, const MotionRecogniser& recogniser);

/// The recogniser's own confusion matrix on the expert's held-out motion.
std::string confusion_table(const MotionRecogniser& recogniser);

nlohmann::json to_json(const SkillRow& row, const MotionRecogniser& recogniser);
nlohmann::json to_json(const SkillEpisode& episode, const MotionRecogniser& recogniser);
/// Names, accuracy and confusion matrix.
nlohmann::json recogniser_json(const MotionRecogniser& recogniser);

}  // namespace foresight
