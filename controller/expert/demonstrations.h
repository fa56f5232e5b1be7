// Demonstrations: what a search found (motion_search.h), in a file that the expert's training
// reads: safetensors "observations" [N, D] and "actions" [N, nu], metadata with the character and
// the clips.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/expert/motion_search.h"
#include "sim/base/files.h"

namespace foresight {

struct Demonstrations {
  std::vector<float> observations;  // raw, row after row
  std::vector<float> actions;       // expert units, row after row
  int rows = 0;
  nlohmann::json clips = nlohmann::json::array();  // [{clip, licence}]
};

void append(Demonstrations& all, const ReferenceClip& clip, const FoundMotion& found);
void append(Demonstrations& all, const Demonstrations& more);

/// Writes the file atomically.
void save_demonstrations(const fs::path& file, const Demonstrations& all,
                         const Character& character);

/// Throws InputError when it is no such file or was made for another character.
Demonstrations load_demonstrations(const fs::path& file, const Character& character);

}  // namespace foresight
