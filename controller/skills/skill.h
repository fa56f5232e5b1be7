// Skills by convention: clips are named FOLDER/NAME, and the folder says which skill they show.
#pragma once

#include <string>

namespace foresight {

/// "zombie/chain_00003~mirror" -> "zombie".
inline std::string skill_of(const std::string& clip) { return clip.substr(0, clip.find('/')); }

/// Clips of `augment --lead-in` begin with another motion, so they do not show what the skill is.
inline bool is_lead_in(const std::string& clip) { return clip.find("/lead_") != clip.npos; }

/// Strength of a prompt (SkillOrder) that the weights that ship obey without losing their balance.
inline constexpr double kPromptStrength = 5;

/// What a character is asked to do: one skill, or two mixed. An empty name asks for nothing.
struct SkillOrder {
  std::string skill;
  std::string other;  ///< mixed in when share is not 0
  double share = 0;   ///< of `other`; above 1 what tells it from `skill` counts so many times
  /// Of one skill: classifier-free guidance by its prompt (PromptMix), 1: none.
  double strength = 1;
};

}  // namespace foresight
