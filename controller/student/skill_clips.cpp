#include "controller/student/skill_clips.h"

#include <algorithm>
#include <map>

#include "sim/base/error.h"

namespace foresight {
namespace {

std::vector<fs::path> skill_folders(const fs::path& dir) {
  if (!fs::is_directory(dir)) throw InputError(dir.string() + ": is not a folder of skills");
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() == ".clip") {
      throw InputError(entry.path().string() + ": belongs to no skill; put it into a folder with " +
                       "the name of its skill");
    }
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (folders.empty()) {
    throw InputError(dir.string() + ": holds no folder; expected one folder of clips per skill");
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

std::vector<SkillClips> load_skill_clips(const Character& character, const fs::path& dir,
                                         const ClipChoice& choice, double velocity_lead) {
  std::vector<SkillClips> skills;
  for (const fs::path& folder : skill_folders(dir)) {
    const std::vector<Clip> clips = training_clips(character, folder, choice);
    skills.push_back(
        {folder.filename().string(), std::make_shared<const ReferenceMotion>(
                                         build_reference(character, clips, false, velocity_lead))});
  }
  return skills;
}

nlohmann::json training_data_of(const std::vector<SkillClips>& skills) {
  nlohmann::json data = nlohmann::json::array();
  for (const SkillClips& skill : skills) {
    std::map<std::string, std::vector<std::string>> names;  // by licence
    for (const ReferenceClip& clip : skill.reference->clips) {
      names[clip.licence].push_back(clip.name);
    }
    for (const auto& [licence, clips] : names) {
      data.push_back({{"skill", skill.name}, {"licence", licence}, {"clips", clips}});
    }
  }
  return data;
}

}  // namespace foresight
