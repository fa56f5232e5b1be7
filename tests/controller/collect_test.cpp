#include "controller/collect.h"

#include <gtest/gtest.h>

#include "controller/expert/tracking.h"
#include "sim/base/error.h"
#include "tests/error_of.h"

namespace foresight {
namespace {

/// Three seconds of the rest pose.
Clip rest_clip(const Character& c) {
  Clip clip;
  clip.name = "made/rest";
  clip.licence = "MIT";
  clip.category = "other";
  clip.split = "train";
  clip.character = c.fingerprint;
  clip.qpos = Eigen::Map<const Eigen::VectorXd>(c.model->qpos0, c.nq).replicate(1, 90);
  return clip;
}

RolloutSet collect_rest(double max_error) {
  torch::manual_seed(1);
  const auto character = default_character();
  const ReferenceMotion reference = build_reference(*character, {rest_clip(*character)}, false);
  ExpertPolicy policy(TrackingTables(*character, *character->model).observation_size(),
                      character->nu, ExpertSizes{{8}, {8}});
  CollectConfig config;
  config.hours = 0.002;
  config.worlds = 4;
  config.threads = 1;
  config.max_noise = config.kick_speed = 0;
  config.max_error = max_error;
  return collect_rollouts(character, reference, policy, config, [](double) { return true; });
}

TEST(Collect, KeepsWhatSurvives) {
  const RolloutSet set = collect_rest(10);
  EXPECT_GE(set.hours(), 0.002);
  EXPECT_EQ(set.clips.at(0).name, "made/rest");
}

TEST(Collect, GivesUpWhenNothingSurvives) {
  EXPECT_NE(error_of([] { collect_rest(1e-9); }).find("nothing"), std::string::npos);
}

}  // namespace
}  // namespace foresight
