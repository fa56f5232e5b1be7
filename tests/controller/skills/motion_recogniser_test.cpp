#include "controller/skills/motion_recogniser.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "tests/controller/skills/skill_fixtures.h"

namespace foresight {
namespace {

std::span<const float> second_of(const RolloutSet& set, std::int64_t first) {
  const auto width = static_cast<std::size_t>(set.layout.size());
  return std::span<const float>(set.frames).subspan(first * width, 30 * width);
}

class Recogniser : public ::testing::Test {
 protected:
  RolloutSet set = testing::two_skills(default_character(), 40, 60);
  RecogniserOptions options;
};

TEST_F(Recogniser, TellsSkillsApartOnEpisodesThatItDidNotSee) {
  const MotionRecogniser r = fit_recogniser(set, options);
  EXPECT_EQ(r.skills, (std::vector<std::string>{"low", "sway"}));
  EXPECT_GT(r.heldout.sum(), 5);
  EXPECT_GE(accuracy(r.heldout), 0.9);
  EXPECT_EQ(r.recognise(motion_statistics(set.layout, second_of(set, 0))), 1);
  EXPECT_EQ(r.recognise(motion_statistics(set.layout, second_of(set, 60))), 0);
}

TEST_F(Recogniser, MotionFarFromAllSkillsIsNone) {
  const MotionRecogniser r = fit_recogniser(set, options);
  RolloutSet flying = set;
  for (int t = 0; t < 30; ++t) {
    flying.frames[static_cast<std::size_t>(t) * set.layout.size() + 2] += 2.0f;
  }
  EXPECT_EQ(r.recognise(motion_statistics(set.layout, second_of(flying, 0))),
            MotionRecogniser::kNothing);
}

TEST_F(Recogniser, PlaceAndHeadingDoNotMatter) {
  const auto raw = testing::random_raw(*default_character(), 1, 1, 4);
  const std::span<const float> frame(raw.data_ptr<float>(),
                                     static_cast<std::size_t>(set.layout.size()));
  std::vector<float> moved(frame.begin(), frame.end());
  const auto turn = quat_from_yaw(1.2);
  const auto turn_at = [&](int column) {
    Eigen::Map<Eigen::Vector3f> v(moved.data() + column);
    v = (turn * v.cast<double>()).cast<float>();
  };
  for (const int column : {RawLayout::root_position, RawLayout::root_velocity}) turn_at(column);
  for (int k = 0; k < set.layout.key_points; ++k) turn_at(RawLayout::key_position + 3 * k);
  double q[4] = {frame[3], frame[4], frame[5], frame[6]}, turned[4];
  quat_to_wxyz(turn * quat_from_wxyz(q), turned);
  std::copy_n(turned, 4, moved.begin() + RawLayout::root_rotation);
  EXPECT_LT((frame_posture(set.layout, frame) - frame_posture(set.layout, moved)).norm(), 1e-4);
}

TEST_F(Recogniser, OneSkillOrHardlyAnyMotionIsAnError) {
  EXPECT_THROW(fit_recogniser(testing::tiny_rollouts(default_character(), 3, 60), options),
               InputError);
  EXPECT_THROW(fit_recogniser(testing::two_skills(default_character(), 4, 60), options),
               InputError);
}

}  // namespace
}  // namespace foresight
