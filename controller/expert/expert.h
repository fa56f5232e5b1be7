// Expert: a trained tracking policy with its contract.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/expert/expert_policy.h"
#include "controller/expert/reference_motion.h"

namespace foresight {

struct ClipChoice {
  std::string split = "train";
  std::string category;        // empty: all
  bool noncommercial = false;  // take clips whose licence forbids commercial use
  std::string only;            // file with the names of those to take, one a line; empty: all
};

/// The clips of a folder that are meant, without the exclusion list. Throws InputError when there
/// are none, and naming a clip whose licence is non-commercial unless that is allowed.
std::vector<Clip> training_clips(const Character& character, const fs::path& dir,
                                 const ClipChoice& choice = {});
/// The same of several folders.
std::vector<Clip> training_clips(const Character& character, const std::vector<std::string>& dirs,
                                 const ClipChoice& choice);

/// [{"clip", "licence"}], for contracts; also the clips of `earlier`, such a list of the training
/// that is gone on with.
nlohmann::json training_data_json(const ReferenceMotion& reference,
                                  const nlohmann::json& earlier = nlohmann::json::array());

void save_expert(const fs::path& file, const Character& character, const ExpertPolicy& policy,
                 const nlohmann::json& training_data, const nlohmann::json& metrics);

/// Throws InputError when the checkpoint is broken or was made for another character.
ExpertPolicy load_expert(const fs::path& file, const Character& character);

/// How well one clip was tracked with mean actions.
struct ClipResult {
  std::string name, category;
  double mean_error = 0, worst_error = 0;  // m, body error
  double tracked_seconds = 0, seconds = 0;
  bool tracked = false;  // never above max_error from start to end
  bool fell = false;     // of a fall test
  Eigen::MatrixXd qpos;  // nq x steps, what was simulated; with TrackingTest::keep_motion
};

struct TrackingTest {
  double max_error = 0.4;  // m, mean body error at which a clip is lost
  double kick = 0;         // m/s, largest kick; one a second, as in the protocol `perturb`
  double shift_time = 0;   // s, see ReferenceShift; 0: the reference stays where it is
  /// Above 0: no clip is lost by its error; it ends with a fall as protocols judge it, or after so
  /// many seconds.
  double fall_seconds = 0;
  int threads = 0;
  bool keep_motion = false;
};

/// Mean actions, no randomisation, every clip from its first frame.
std::vector<ClipResult> evaluate_expert(std::shared_ptr<const Character> character,
                                        const ReferenceMotion& reference, ExpertPolicy& policy,
                                        const TrackingTest& test = {});

}  // namespace foresight
