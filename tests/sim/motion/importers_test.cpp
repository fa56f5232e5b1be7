#include "sim/motion/importers.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/motion/text_reader.h"
#include "tests/error_of.h"
#include "tests/sim/motion/mjpc_fixture.h"
#include "tests/sim/motion/motion_fixtures.h"

namespace foresight {
namespace {

using fixtures::bvh_text;
using fixtures::BvhFrame;
using fixtures::deepmimic_frame;
using fixtures::deepmimic_text;

void expect_near(const Eigen::Vector3d& actual, const Eigen::Vector3d& expected) {
  EXPECT_LT((actual - expected).norm(), 1e-6)
      << actual.transpose() << " against " << expected.transpose();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == text.npos ? "" : text.replace(at, from.size(), to);
}

const std::vector<BvhFrame> kTwoFrames = {{{"Hips.Yposition", 90}}, {{"Hips.Yposition", 91}}};

TEST(Bvh, PutsJointsWhereHandComputationDoes) {
  const BvhFrame turned = {{"Hips.Xposition", 10},
                           {"Hips.Yposition", 90},
                           {"Hips.Zposition", 20},
                           {"Hips.Yrotation", 90},
                           {"LeftUpLeg.Xrotation", -90}};
  const SourceMotion m = read_bvh(bvh_text({turned, turned}), "a.bvh", "auto");
  EXPECT_EQ(m.frames(), 2);
  EXPECT_NEAR(m.fps, 100, 1e-9);
  // File axes y up, facing z: (x, y, z) cm -> (z, x, y) / 100 m.
  expect_near(m.at(0, "left_hip"), {0.11, 0.10, 0.90});
  expect_near(m.at(0, "left_knee"), {0.11, 0.52, 0.90});
  expect_near(m.at(0, "right_ankle"), {0.29, 0.10, 0.07});
  expect_near(m.at(0, "head"), {0.20, 0.10, 1.36});
}

TEST(Bvh, FindsJointsByNameAndStructure) {
  const SourceMotion m = read_bvh(bvh_text(kTwoFrames), "a.bvh", "auto");
  EXPECT_EQ(m.joints[m.roles.at("left_shoulder")], "LeftArm");
  EXPECT_EQ(m.joints[m.roles.at("right_elbow")], "RightForeArm");
  EXPECT_EQ(m.joints[m.roles.at("head")], "Neck");
  EXPECT_EQ(m.joints[m.roles.at("chest")], "Spine");
  EXPECT_EQ(m.joints[m.roles.at("right_toe")], "RightToeBase");
  EXPECT_EQ(m.joints[m.segments.at("head")], "Head");
}

TEST(Bvh, GuessesTheUnitFromTheLeg) {
  for (const auto& [unit, metres] : std::map<double, double>{
           {0.01, 1.0}, {1.0, 0.01}, {10.0, 0.001}, {0.4, 0.0254}, {0.17, 0.0254 / 0.45}}) {
    const SourceMotion m = read_bvh(bvh_text(kTwoFrames, unit), "a.bvh", "auto");
    EXPECT_NEAR(leg_length(m), 83 * unit * metres, 1e-6);
  }
  EXPECT_NE(error_of([] { read_bvh(bvh_text(kTwoFrames, 1e-4), "a.bvh", "auto"); }).find("--unit"),
            std::string::npos);
  EXPECT_NE(error_of([] { read_bvh(bvh_text(kTwoFrames), "a.bvh", "m"); }).find("choose another"),
            std::string::npos);
  EXPECT_NE(error_of([] { read_bvh(bvh_text(kTwoFrames), "a.bvh", "ell"); }).find("unknown"),
            std::string::npos);
}

struct BadCase {
  const char* from;
  const char* to;
  const char* reason;
};

TEST(Bvh, NamesLineAndFieldOfBadInput) {
  const std::vector<BadCase> cases = {
      {"Frame Time: 0.01", "Frame Time: -0.01", "Frame Time must be"},
      {"Frame Time: 0.01", "Frame Time: nan", "not a finite number"},
      {"Frames: 2", "Frames: 999999999", "Frames must be an integer"},
      {"Frames: 2", "Frames: 3", "promises 3 frames"},
      {"Frames: 2", "Frames: 1", "Frames must be"},
      {"CHANNELS 3", "CHANNELS 300000000", "number of channels"},
      {"Zrotation", "Wrotation", "unknown channel"},
      {"JOINT Spine", "JOINT Hips", "cyclic"},
      {"OFFSET 0 24 0", "OFFSET 0 x 0", "\"x\" is not a finite number"},
      {"0 90 0", "0 nan 0", "not a finite number"},
      {"0 90 0", "0 90 0 1", "channels"},
      {"LeftFoot", "LeftPaw", "left ankle"},
      {"HIERARCHY", "HIERARCHIE", "expected \"HIERARCHY\""}};
  for (const BadCase& bad : cases) {
    const std::string text = replaced(bvh_text(kTwoFrames), bad.from, bad.to);
    ASSERT_FALSE(text.empty()) << bad.from;
    const std::string error = error_of([&] { read_bvh(text, "bad.bvh", "auto"); });
    EXPECT_NE(error.find(bad.reason), std::string::npos) << bad.to << ": " << error;
    EXPECT_EQ(error.find("bad.bvh:"), 0u) << error;
  }
}

TEST(Bvh, RefusesEveryTruncation) {
  const std::string text = bvh_text(kTwoFrames);
  const std::size_t motion = text.find("MOTION");
  for (std::size_t size = 0; size < motion + 30; size += 7) {
    EXPECT_NE(error_of([&] { read_bvh(text.substr(0, size), "cut.bvh", "auto"); }), "") << size;
  }
}

TEST(Bvh, RefusesDeepNesting) {
  std::string text = "HIERARCHY\nROOT a\n{\n";
  for (int i = 0; i < 5000; ++i) text += "JOINT j" + std::to_string(i) + "\n{\n";
  EXPECT_NE(error_of([&] { read_bvh(text, "deep.bvh", "auto"); }).find("nested"),
            std::string::npos);
}

const char kAmc[] =
    ":FULLY-SPECIFIED\r\n:DEGREES\r\n"
    "7\r\nroot 1 16 2 0 90 0\r\nlfemur -90 0 0\r\nltibia 0\r\nlhumerus 0 0 1\r\n"
    "8\r\nroot 1 16 2 0 0 0\r\nlfemur -90 0 0\r\nltibia 0\r\nlhumerus 0 0 1\r\n";

TEST(Amc, PutsJointsWhereHandComputationDoes) {
  const SourceMotion m = read_amc(kAmc, "a.amc", fixtures::asf_text(), "a.asf");
  ASSERT_EQ(m.frames(), 2);
  const double unit = 0.0254 / 0.45;
  // Second frame, root unturned: hip at (1 + 1.5, 16 - 2, 2), the thigh turned forward to +z.
  expect_near(m.at(1, "left_hip"), unit * Eigen::Vector3d(2, 2.5, 14));
  expect_near(m.at(1, "left_knee"), unit * Eigen::Vector3d(9.5, 2.5, 14));
  expect_near(m.at(1, "left_ankle"), unit * Eigen::Vector3d(17, 2.5, 14));
  expect_near(m.at(1, "head"), unit * Eigen::Vector3d(2, 1, 22));
  // First frame: turned by 90 degrees about the vertical, +z becomes +x, +x becomes -z.
  expect_near(m.at(0, "left_hip"), unit * Eigen::Vector3d(2 - 1.5, 1, 14));
  expect_near(m.at(0, "left_knee"), unit * Eigen::Vector3d(0.5, 8.5, 14));
}

TEST(Amc, BridgesLostMarkersAndDropsAnIncompleteLastFrame) {
  const std::string gap = std::string(kAmc) +
                          "9\nroot 1 16 2 0 0 0\nlfemur 0 0 0\nltibia 0\nlhumerus 0 0 1\n"
                          "10\nroot 1 16 2 0 0 0\nlfemur -30 0 0\nltibia 0\nlhumerus 0 0 1\n"
                          "11\nroot 1 16 2 0 0 0\nlfemur -30 0 0\n";
  const SourceMotion m = read_amc(gap, "a.amc", fixtures::asf_text(), "a.asf");
  ASSERT_EQ(m.frames(), 4);
  ASSERT_EQ(m.notes.size(), 1u);
  // Half-way from -90 to -30 degrees: the thigh points 60 degrees forward of down.
  const Eigen::Vector3d thigh = (m.at(2, "left_knee") - m.at(2, "left_hip")).normalized();
  EXPECT_NEAR(thigh.x(), std::sin(M_PI / 3), 1e-6);
}

TEST(Amc, NamesLineAndFieldOfBadInput) {
  const std::string asf = fixtures::asf_text();
  const auto amc_error = [&](const std::string& from, const std::string& to) {
    return error_of([&] { read_amc(replaced(kAmc, from, to), "a.amc", asf, "a.asf"); });
  };
  EXPECT_NE(amc_error("lfemur -90 0 0", "lfemur -90 0").find("a.amc:5: bone \"lfemur\" needs 3"),
            std::string::npos);
  EXPECT_NE(amc_error("ltibia 0", "ltibia nan").find("not a finite"), std::string::npos);
  EXPECT_NE(amc_error("ltibia 0", "tail 0").find("unknown bone"), std::string::npos);
  EXPECT_NE(amc_error("7\r\n", "").find("frame number"), std::string::npos);
  const std::string cut = std::string(kAmc).substr(0, sizeof kAmc - 10);
  EXPECT_NE(error_of([&] { read_amc(cut, "a.amc", asf, "a.asf"); }), "");
  const auto asf_error = [&](const std::string& from, const std::string& to) {
    return error_of([&] { read_amc(kAmc, "a.amc", replaced(asf, from, to), "a.asf"); });
  };
  EXPECT_NE(asf_error("lfemur ltibia", "ltibia ltibia").find("cyclic"), std::string::npos);
  EXPECT_NE(asf_error("lowerback thorax", "lowerback root").find("cyclic"), std::string::npos);
  EXPECT_NE(asf_error("lowerback thorax", "lowerback tail").find("unknown bone"),
            std::string::npos);
  EXPECT_NE(asf_error("length 7.5", "length inf").find("a.asf:"), std::string::npos);
  EXPECT_NE(asf_error(":hierarchy", ":nothing").find("truncated"), std::string::npos);
}

TEST(DeepMimic, PutsJointsWhereHandComputationDoes) {
  auto frame = deepmimic_frame();
  frame[1] = 1, frame[2] = 0.9, frame[3] = 2;
  frame[20] = -M_PI / 2;  // right knee
  const SourceMotion m = read_deepmimic(deepmimic_text({frame, frame}), "a.txt");
  EXPECT_NEAR(m.fps, 20, 1e-9);
  // (x, y, z) -> (x, -z, y): right is +z in the file, -y here.
  expect_near(m.at(0, "right_hip"), {1, -2.0849, 0.9});
  expect_near(m.at(0, "right_knee"), {1, -2.0849, 0.9 - 0.4215});
  expect_near(m.at(0, "right_ankle"), {1 - 0.4099, -2.0849, 0.9 - 0.4215});
  expect_near(m.at(0, "left_ankle"), {1, -2 + 0.0849, 0.9 - 0.4215 - 0.4099});
  expect_near(m.at(0, "left_hand"), {1 - 0.024, -2 + 0.1831, 0.9 + 0.4797 - 0.5337});
}

TEST(DeepMimic, ResamplesFramesOfDifferentLength) {
  auto a = deepmimic_frame(), b = deepmimic_frame(), c = deepmimic_frame();
  a[0] = 0.05, b[0] = 0.1, b[1] = 0.05, c[1] = 0.15;  // 1 m/s throughout
  const SourceMotion m = read_deepmimic(deepmimic_text({a, b, c}), "a.txt");
  ASSERT_EQ(m.frames(), 4);
  for (int t = 0; t < 4; ++t) EXPECT_NEAR(m.at(t, "pelvis").x(), 0.05 * t, 1e-9);
}

TEST(DeepMimic, UnrollsCyclesWithTravelAndTurn) {
  auto a = deepmimic_frame(), b = deepmimic_frame(), c = deepmimic_frame();
  for (auto* frame : {&a, &b, &c}) (*frame)[2] = 0.9;
  b[1] = 0.05, c[1] = 0.1;
  const double half = M_PI / 4;  // a quarter turn to the left in each cycle
  c[4] = std::cos(half), c[6] = std::sin(half);
  SourceMotion m = read_deepmimic(deepmimic_text({a, b, c}, "wrap"), "a.txt");
  unroll_cycle(m, 0.4);
  ASSERT_EQ(m.frames(), 9);
  expect_near(m.at(4, "pelvis"), {0.1, 0.1, 0.9});
  expect_near(m.at(6, "pelvis"), {0.0, 0.1, 0.9});
  expect_near(m.at(8, "pelvis"), {0.0, 0.0, 0.9});
}

TEST(DeepMimic, NamesTheFieldOfBadInput) {
  const auto frame = deepmimic_frame();
  const std::string good = deepmimic_text({frame, frame});
  const auto error = [&](const std::string& text) {
    return error_of([&] { read_deepmimic(text, "bad.txt"); });
  };
  EXPECT_NE(error(good.substr(0, good.size() / 2)).find("bad.txt:"), std::string::npos);
  EXPECT_NE(error(replaced(good, "0.05", "-0.05")).find("duration"), std::string::npos);
  EXPECT_NE(error(replaced(good, "0.05", "0.05, 1")).find("44 numbers"), std::string::npos);
  EXPECT_NE(error(replaced(good, "0.05", "\"x\"")).find("not a number"), std::string::npos);
  EXPECT_NE(error(replaced(good, "\"none\"", "\"often\"")).find("Loop"), std::string::npos);
  EXPECT_NE(error(replaced(good, "0, 0, 0, 1", "0, 0, 0, 0")).find("quaternion"),
            std::string::npos);
  EXPECT_NE(error("{\"Frames\": 3}").find("Frames"), std::string::npos);
  EXPECT_NE(error(deepmimic_text({frame})), "");
}

std::string mjpc_text() {
  std::string key;
  for (int i = 0; i < 16; ++i) {
    key += std::to_string(0.1 * i) + " " + std::to_string(0.2 * i) + " " + std::to_string(i) + " ";
  }
  return "<mujoco>\n<!-- <key mpos=\"1\"/> -->\n<keyframe>\n<key name=\"a_1\" mpos=\"" + key +
         "\" qpos=\"0\"/>\n<key name=\"a_2\" mpos=\"" + key + "\"/>\n</keyframe>\n</mujoco>\n";
}

TEST(Mjpc, ReadsMarkers) {
  const SourceMotion m = read_mjpc(mjpc_text(), "a.xml");
  ASSERT_EQ(m.frames(), 2);
  EXPECT_EQ(m.fps, 30);
  // Marker 13 is the right shoulder; the file's person faces -y with left at +x.
  expect_near(m.at(0, "right_shoulder"), {-2.6, 1.3, 13});
}

TEST(Mjpc, NamesTheLineOfBadInput) {
  const auto error = [](const std::string& from, const std::string& to) {
    return error_of([&] { read_mjpc(replaced(mjpc_text(), from, to), "bad.xml"); });
  };
  EXPECT_EQ(error("15 ", "x15 ").find("bad.xml:4: mpos"), 0u);
  EXPECT_NE(error("0.000000 ", "").find("48 numbers"), std::string::npos);
  EXPECT_NE(error("a_1\" mpos", "a_1\" npos").find("without an mpos"), std::string::npos);
  EXPECT_NE(error("</mujoco>", "").find("truncated"), std::string::npos);
  EXPECT_NE(error("-->", "").find("comment"), std::string::npos);
}

TEST(LoadSourceMotion, TellsFormatsApartByContent) {
  EXPECT_EQ(detect_format("\xef\xbb\xbf \r\nHIERARCHY\n"), MotionFormat::bvh);
  EXPECT_EQ(detect_format(kAmc), MotionFormat::amc);
  EXPECT_EQ(detect_format(fixtures::asf_text()), MotionFormat::asf);
  EXPECT_EQ(detect_format("{ \"Frames\": []}"), MotionFormat::deepmimic);
  EXPECT_EQ(detect_format(mjpc_text()), MotionFormat::mjpc);
  EXPECT_EQ(detect_format("MIT License"), MotionFormat::unknown);
  EXPECT_EQ(detect_format(""), MotionFormat::unknown);
}

TEST(LoadSourceMotion, FindsTheSkeletonBesideTheMotion) {
  const TestFolder folder;
  const fs::path amc = folder.write("07_01_walk.amc", kAmc);
  EXPECT_NE(error_of([&] { load_source_motion(amc); }).find("--skeleton"), std::string::npos);
  folder.write("07.asf", fixtures::asf_text());
  EXPECT_EQ(load_source_motion(amc).frames(), 2);
}

// Formats whose unit is fixed: what was written in another one is no person.
TEST(LoadSourceMotion, RefusesAWrongLengthUnit) {
  const TestFolder folder;
  const auto error = [&](const std::string& name, const std::string& text) {
    return error_of([&] { load_source_motion(folder.write(name, text)); });
  };
  EXPECT_EQ(error("metres.xml", fixtures::mjpc_standing_text()), "");
  EXPECT_NE(error("cm.xml", fixtures::mjpc_standing_text(100)).find("cm.xml: the leg"),
            std::string::npos);

  folder.write("07.asf", replaced(fixtures::asf_text(), "length 0.45", "length 45"));
  EXPECT_NE(error("07_01.amc", kAmc).find("07_01.amc: the leg"), std::string::npos);

  auto here = deepmimic_frame(), there = deepmimic_frame();
  there[1] = 0.06;  // in 0.05 s
  EXPECT_EQ(error("metres.txt", deepmimic_text({here, there})), "");
  there[1] = 6;
  EXPECT_NE(error("cm.txt", deepmimic_text({here, there})).find("cm.txt: the person moves at"),
            std::string::npos);
}

TEST(LoadSourceMotion, RefusesWhatIsNoMotionWithAReason) {
  const TestFolder folder;
  const auto error = [&](const std::string& text) {
    return error_of([&] { load_source_motion(folder.write("x.bvh", text)); });
  };
  EXPECT_NE(error("").find("empty"), std::string::npos);
  EXPECT_NE(error(" \n\n").find("empty"), std::string::npos);
  EXPECT_NE(error("version https://git-lfs.github.com/spec/v1\noid sha256:0\n").find("LFS"),
            std::string::npos);
  EXPECT_NE(error("HIERARCHY\nROOT \xff\n").find("x.bvh:2: not UTF-8"), std::string::npos);
  EXPECT_NE(error(std::string("HIERARCHY\nROOT \0", 16)).find("not UTF-8"), std::string::npos);
  EXPECT_NE(error("hello").find("known format"), std::string::npos);
  EXPECT_NE(error(fixtures::asf_text()).find("no motion"), std::string::npos);
}

TEST(Utf8, RefusesOverlongAndCutSequences) {
  EXPECT_NO_THROW(require_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "f"));
  for (const char* bad : {"\xc0\xaf", "\xe0\x80\xaf", "\xc3", "\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_THROW(require_utf8(bad, "f"), InputError);
  }
}

}  // namespace
}  // namespace foresight
