#include "ui/live/clip_import.h"

#include "sim/motion/clip_table.h"
#include "sim/motion/retarget.h"

namespace foresight {

std::shared_ptr<const ImportedClip> import_clip(const Character& character, const fs::path& file) {
  auto result = std::make_shared<ImportedClip>();
  result->source = load_source_motion(file);
  result->clip = retarget(character, result->source, {character.control_hz, true}, &result->report);
  result->clip.name = file.stem().string();
  result->clip.source = file.filename().string();
  result->clip.licence = licence_of_folder(file.parent_path().filename().string());
  result->clip.category = "unknown";
  result->clip.split = "train";
  return result;
}

std::vector<std::pair<int, int>> source_bones(const SourceMotion& source) {
  static const std::vector<std::pair<std::string, std::string>> kNames = {
      {"pelvis", "chest"},
      {"chest", "head"},
      {"chest", "left_shoulder"},
      {"chest", "right_shoulder"},
      {"left_shoulder", "left_elbow"},
      {"left_elbow", "left_hand"},
      {"right_shoulder", "right_elbow"},
      {"right_elbow", "right_hand"},
      {"pelvis", "left_hip"},
      {"left_hip", "left_knee"},
      {"left_knee", "left_ankle"},
      {"left_ankle", "left_toe"},
      {"pelvis", "right_hip"},
      {"right_hip", "right_knee"},
      {"right_knee", "right_ankle"},
      {"right_ankle", "right_toe"}};
  std::vector<std::pair<int, int>> bones;
  for (const auto& [a, b] : kNames) {
    const auto first = source.roles.find(a), second = source.roles.find(b);
    if (first != source.roles.end() && second != source.roles.end()) {
      bones.emplace_back(first->second, second->second);
    }
  }
  return bones;
}

}  // namespace foresight
