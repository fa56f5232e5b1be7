#include "controller/expert/start_sampler.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

// Two clips of three and two seconds at 30 frames/s: bins 0 to 2 and 3 to 4.
ReferenceMotion two_clips() {
  ReferenceMotion reference;
  reference.qpos.resize(1, 150);
  reference.clips = {{"a", "MIT", "locomotion", "train", 0, 90},
                     {"b", "MIT", "locomotion", "train", 90, 60}};
  return reference;
}

double share_near(const StartSampler& sampler, int bin) {
  Rng rng{7};
  int near = 0;
  for (int i = 0; i < 20000; ++i) {
    const StartSampler::Start start = sampler.draw(rng);
    near += start.frame >= 30 * bin - 30 && start.frame < 30 * bin + 30;
  }
  return near / 20000.0;
}

TEST(StartSampler, StartsInsideTheClipOfItsFrame) {
  const ReferenceMotion reference = two_clips();
  const StartSampler sampler(reference, 0.1);
  Rng rng{3};
  for (int i = 0; i < 2000; ++i) {
    const auto [clip, frame] = sampler.draw(rng);
    EXPECT_GE(frame, reference.clips[clip].begin);
    EXPECT_LE(frame, reference.clips[clip].begin + reference.clips[clip].frames - 11);
  }
}

TEST(StartSampler, WhatIsNeverFailedIsDrawnSixTimesLessOften) {
  const ReferenceMotion reference = two_clips();
  StartSampler sampler(reference, 0.1);
  EXPECT_EQ(sampler.bin_of(89), 2);
  EXPECT_EQ(sampler.bin_of(90), 3);
  for (int i = 0; i < 200; ++i) {
    for (const int bin : {0, 1, 2, 3}) sampler.add_outcome(bin, false);
    sampler.add_outcome(4, true);
  }
  sampler.update();
  EXPECT_NEAR(sampler.failures()[0], 0, 1e-6);
  EXPECT_NEAR(sampler.failures()[4], 1, 1e-6);
  // Bin 4 has weight 0.6 of 1.0 in all; bin 3's starts lie in that second of the clip too.
  EXPECT_NEAR(share_near(sampler, 4), 0.6 + 0.1, 0.02);
  EXPECT_NEAR(share_near(sampler, 1), 0.1 + 0.1 + 0.1 / 2, 0.03);
}

TEST(StartSampler, RatesOfOtherClipsAreIgnored) {
  const ReferenceMotion reference = two_clips();
  StartSampler sampler(reference, 0.1);
  sampler.set_failures({0.1, 0.2});
  EXPECT_EQ(sampler.failures(), std::vector<double>(5, 0.5));
  sampler.set_failures({0, 0.1, 0.2, 0.3, 0.4});
  EXPECT_EQ(sampler.failures()[3], 0.3);
}

}  // namespace
}  // namespace foresight
