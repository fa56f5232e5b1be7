// Skills to learn: one folder of clips each.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/expert/expert.h"
#include "controller/expert/reference_motion.h"

namespace foresight {

struct SkillClips {
  std::string name;  // of the folder
  std::shared_ptr<const ReferenceMotion> reference;
};

/// One skill per folder in `dir`, in name order, with the clips below it that `choice` takes (names
/// of clips do not tell skills apart: chained clips are numbered anew in every folder).
/// `velocity_lead` as in build_reference. Throws InputError when there is no folder, as
/// training_clips, and for a clip beside the folders, whose skill nobody knows.
std::vector<SkillClips> load_skill_clips(const Character& character, const fs::path& dir,
                                         const ClipChoice& choice, double velocity_lead);

/// "training_data" of a contract: [{"skill", "licence", "clips"}].
nlohmann::json training_data_of(const std::vector<SkillClips>& skills);

}  // namespace foresight
