#include "controller/expert/expert.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "controller/expert/tracking_mirror.h"
#include "controller/kick.h"
#include "sim/base/error.h"
#include "sim/batch_world.h"
#include "sim/fall.h"
#include "sim/motion/clip_table.h"

namespace foresight {
namespace {

using nlohmann::json;

// "clip name,reason" lines; clips that cannot be tracked as they are.
std::map<std::string, std::string> exclusions() {
  std::map<std::string, std::string> result;
  std::istringstream in(read_file(assets_dir() / "excluded_clips.csv", 1 << 20));
  std::string line;
  while (std::getline(in, line)) {
    const auto comma = line.find(',');
    if (comma != std::string::npos) result[line.substr(0, comma)] = line.substr(comma + 1);
  }
  return result;
}

torch::Tensor mirrored_clips(const ReferenceMotion& reference) {
  std::vector<std::uint8_t> mirrored;
  for (const ReferenceClip& clip : reference.clips) mirrored.push_back(clip.mirrored ? 1 : 0);
  return torch::tensor(mirrored).to(torch::kBool);
}

// Names of clips, one a line; lines that begin with # and empty ones do not count.
std::set<std::string> clip_names(const fs::path& file) {
  std::set<std::string> names;
  std::istringstream in(read_file(file, 1 << 20));
  std::string line;
  while (std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) names.insert(line);
  }
  if (names.empty()) throw InputError(file.string() + ": names no clip (expected one a line)");
  return names;
}

struct TrackingRun {
  int clip = 0, frame = 0;
  double sum = 0, worst = 0;
  int counted = 0;
  bool over = false;
  FallMonitor fall;
  ReferenceShift shift;
  Eigen::MatrixXd qpos;
};

ClipResult result_of(const ReferenceClip& clip, const TrackingRun& run, double max_error,
                     double hz) {
  ClipResult r;
  r.name = clip.name;
  r.category = clip.category;
  r.mean_error = run.sum / std::max(run.counted, 1);
  r.worst_error = run.worst;
  r.tracked_seconds = run.counted / hz;
  r.seconds = (clip.frames - 1) / hz;
  r.fell = run.fall.fallen;
  r.tracked = run.worst <= max_error && run.counted == clip.frames - 1;
  if (run.qpos.size() > 0) r.qpos = run.qpos.leftCols(run.counted + 1);
  return r;
}

// One control step was made: is the clip lost? In a fall test only a fall, or a simulation that
// diverged, is a loss.
bool is_lost(const TrackingTest& test, const TrackingTables& tables, const mjModel& m,
             const mjData& d, bool ok, double error, FallMonitor& fall) {
  if (test.fall_seconds <= 0) return error > test.max_error;
  if (ok) {
    judge_fall(*tables.character, tables.index, m, d, /*floor=*/0, fall);
  } else {
    fall.fallen = true;
  }
  return fall.fallen;
}

int last_step(const ReferenceClip& clip, const TrackingTest& test, double hz) {
  const int end = clip.frames - 1;
  return test.fall_seconds > 0
             ? std::min(end, static_cast<int>(std::lround(test.fall_seconds * hz)))
             : end;
}

}  // namespace

std::vector<Clip> training_clips(const Character& character, const fs::path& dir,
                                 const ClipChoice& choice) {
  const auto excluded = exclusions();
  const auto only = choice.only.empty() ? std::set<std::string>() : clip_names(choice.only);
  std::vector<Clip> kept;
  for (Clip& clip : load_clips(character, dir)) {
    if (clip.split != choice.split || excluded.contains(clip.name)) continue;
    if (!choice.category.empty() && clip.category != choice.category) continue;
    if (!only.empty() && !only.contains(clip.name)) continue;
    if (is_noncommercial(clip.licence) && !choice.noncommercial) {
      throw InputError("clip " + clip.name + " has the non-commercial licence " + clip.licence +
                       "; give --noncommercial to train with it, or leave it out");
    }
    if (clip.frames() >= 12) kept.push_back(std::move(clip));
  }
  if (kept.empty()) {
    throw InputError(dir.string() + ": holds no clips of split \"" + choice.split + "\"" +
                     (choice.category.empty() ? "" : ", category \"" + choice.category + "\"") +
                     (only.empty() ? "" : ", named in " + choice.only));
  }
  return kept;
}

std::vector<Clip> training_clips(const Character& character, const std::vector<std::string>& dirs,
                                 const ClipChoice& choice) {
  std::vector<Clip> all;
  for (const std::string& dir : dirs) {
    for (Clip& clip : training_clips(character, fs::path(dir), choice)) {
      all.push_back(std::move(clip));
    }
  }
  return all;
}

json training_data_json(const ReferenceMotion& reference, const json& earlier) {
  std::map<std::string, std::string> licences;
  for (const json& entry : earlier) licences[entry.at("clip")] = entry.at("licence");
  for (const ReferenceClip& clip : reference.clips) {
    if (!clip.mirrored) licences[clip.name] = clip.licence;
  }
  json list = json::array();
  for (const auto& [clip, licence] : licences) {
    list.push_back({{"clip", clip}, {"licence", licence}});
  }
  return list;
}

void save_expert(const fs::path& file, const Character& character, const ExpertPolicy& policy,
                 const json& training_data, const json& metrics) {
  Checkpoint checkpoint;
  checkpoint.tensors = half_precision(expert_tensors(policy), "normaliser.");
  for (const auto& item : policy->value->named_parameters()) {
    checkpoint.tensors.erase("value." + item.key());  // only training needs the value function
  }
  checkpoint.contract = {
      {"kind", "expert"},
      {"character",
       {{"name", character.name},
        {"fingerprint", character.fingerprint},
        {"joints", character.joint_names}}},
      {"control_hz", character.control_hz},
      {"observation", {{"version", 1}, {"look_ahead", kLookAhead}, {"residual_rad", kResidual}}},
      {"training_data", training_data},
      {"metrics", metrics}};
  save_checkpoint(file, checkpoint);
}

ExpertPolicy load_expert(const fs::path& file, const Character& character) {
  const Checkpoint checkpoint = load_checkpoint(file);
  const std::string name = file.string();
  check_contract(checkpoint, name, "kind", "expert");
  check_contract(checkpoint, name, "character/joints", character.joint_names);
  check_contract(checkpoint, name, "character/fingerprint", character.fingerprint);
  const TrackingTables tables(character, *character.model);
  ExpertPolicy policy(tables.observation_size(), character.nu);
  NamedTensors tensors = checkpoint.tensors;
  for (const auto& item : policy->value->named_parameters()) {
    tensors.emplace("value." + item.key(), item.value().detach().clone());
  }
  load_expert_tensors(policy, tensors);
  return policy;
}

std::vector<ClipResult> evaluate_expert(std::shared_ptr<const Character> character,
                                        const ReferenceMotion& reference, ExpertPolicy& policy,
                                        const TrackingTest& test) {
  const torch::NoGradGuard no_grad;
  const int worlds = static_cast<int>(reference.clips.size());
  BatchWorld batch(character, Scene{}, worlds, test.threads);
  TrackingTables tables(*character, *character->model);
  tables.index = batch.index();
  std::vector<TrackingRun> runs(worlds);
  const int second = static_cast<int>(std::lround(character->control_hz));
  torch::Tensor observations = torch::zeros({worlds, tables.observation_size()});
  MirroredExpert expert(policy, tables, mirrored_clips(reference));
  const auto observe = [&](const mjModel& m, const mjData& d, int i) {
    const ReferenceClip& clip = reference.clips[i];
    float* row = observations.data_ptr<float>() + static_cast<int64_t>(i) * observations.size(1);
    tracking_observation(tables, m, d, reference, runs[i].frame, clip.begin + clip.frames - 1,
                         {row, static_cast<std::size_t>(observations.size(1))}, runs[i].shift);
  };
  batch.apply([&](const mjModel& m, mjData& d, int i) {
    runs[i].frame = reference.clips[i].begin;
    const auto qpos = reference.qpos.col(runs[i].frame), qvel = reference.qvel.col(runs[i].frame);
    set_character_state(*character, tables.index, m, d,
                        {qpos.data(), static_cast<std::size_t>(qpos.size())},
                        {qvel.data(), static_cast<std::size_t>(qvel.size())});
    if (test.keep_motion) {
      runs[i].qpos.resize(character->nq, reference.clips[i].frames);
      runs[i].qpos.col(0) = qpos;
    }
    observe(m, d, i);
  });
  while (!std::all_of(runs.begin(), runs.end(), [](const TrackingRun& r) { return r.over; })) {
    const torch::Tensor action = expert.mean(observations);
    const float* actions = action.data_ptr<float>();
    batch.apply([&](const mjModel& m, mjData& d, int i) {
      TrackingRun& run = runs[i];
      const ReferenceClip& clip = reference.clips[i];
      if (run.over) return;
      expert_target(*character, reference, run.frame + 1,
                    actions + static_cast<int64_t>(i) * character->nu, d.ctrl + tables.index.ctrl);
      const bool ok = step_control(*character, m, d);
      ++run.frame;
      const int step = run.frame - clip.begin;
      if (test.kick > 0 && step % second == 0) {
        kick_character(tables.index, m, d, kick_of(i, step / second, test.kick));
      }
      run.shift.follow(tables, d, reference, run.frame, test.shift_time, character->control_dt());
      const double error =
          ok ? tracking_error(tables, d, reference, run.frame, run.shift).body_position : 1e3;
      run.worst = std::max(run.worst, error);
      const bool lost = is_lost(test, tables, m, d, ok, error, run.fall);
      run.over = lost || step >= last_step(clip, test, character->control_hz);
      if (lost) return;
      run.sum += error;
      ++run.counted;
      if (test.keep_motion) {
        run.qpos.col(run.counted) =
            Eigen::Map<const Eigen::VectorXd>(d.qpos + tables.index.qpos, character->nq);
      }
      observe(m, d, i);
    });
  }
  std::vector<ClipResult> results;
  for (int i = 0; i < worlds; ++i) {
    results.push_back(
        result_of(reference.clips[i], runs[i], test.max_error, character->control_hz));
  }
  return results;
}

}  // namespace foresight
