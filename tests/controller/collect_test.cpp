#include "controller/collect.h"

#include <gtest/gtest.h>

#include "controller/expert/tracking.h"
#include "sim/base/error.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"

namespace foresight {
namespace {

RolloutSet collect_rest(double max_error) {
  torch::manual_seed(1);
  const auto character = default_character();
  const ReferenceMotion reference =
      build_reference(*character, {standing_clip(*character, "made/rest", 90)}, false);
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
