#include "sim/character.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace foresight {
namespace {

TEST(Character, DefaultHasThirteenLinksAndFortyFiveKilograms) {
  const auto c = default_character();
  EXPECT_EQ(c->nu, 28);
  EXPECT_EQ(c->num_bodies(), 13);
  EXPECT_EQ(c->num_key_points(), 13);
  EXPECT_NEAR(mj_getTotalmass(c->model.get()), 45.0, 1e-9);
  EXPECT_NEAR(c->kp[0], 600, 1e-9);
  EXPECT_NEAR(c->kv[0], 60, 1e-9);
}

TEST(Character, MirrorTwiceIsIdentity) {
  const auto c = default_character();
  const Eigen::VectorXd pose = Eigen::VectorXd::Random(c->nq);
  EXPECT_EQ(mirror_qpos(*c, mirror_qpos(*c, pose)), pose);
}

TEST(Character, MirroredPoseIsTheReflectionOfEveryKeyPoint) {
  const auto c = default_character();
  Eigen::VectorXd pose = 0.5 * Eigen::VectorXd::Random(c->nq);
  pose.segment<4>(3).normalize();
  const DataPtr a(mj_makeData(c->model.get())), b(mj_makeData(c->model.get()));
  const Eigen::VectorXd mirrored = mirror_qpos(*c, pose);
  std::copy(pose.data(), pose.data() + c->nq, a->qpos);
  std::copy(mirrored.data(), mirrored.data() + c->nq, b->qpos);
  mj_kinematics(c->model.get(), a.get());
  mj_kinematics(c->model.get(), b.get());
  for (int k = 0; k < c->num_key_points(); ++k) {
    const int from =
        mj_name2id(c->model.get(), mjOBJ_SITE, c->key_points[c->mirror.key_point[k]].c_str());
    const int to = mj_name2id(c->model.get(), mjOBJ_SITE, c->key_points[k].c_str());
    EXPECT_NEAR(b->site_xpos[3 * to], a->site_xpos[3 * from], 1e-9);
    EXPECT_NEAR(b->site_xpos[3 * to + 1], -a->site_xpos[3 * from + 1], 1e-9);
    EXPECT_NEAR(b->site_xpos[3 * to + 2], a->site_xpos[3 * from + 2], 1e-9);
  }
}

TEST(Character, RadiiAreOptionalAndNoPartOfTheFingerprint) {
  const auto c = default_character();
  nlohmann::json tables = nlohmann::json::parse(read_file(c->file));
  const fs::path mjcf = c->file.parent_path() / tables["mjcf"].get<std::string>();
  const fs::path folder = ::testing::TempDir();
  fs::copy_file(mjcf, folder / mjcf.filename(), fs::copy_options::overwrite_existing);
  const auto load = [&] {
    std::ofstream(folder / "radii.json") << tables;
    return load_character(folder / "radii.json");
  };
  EXPECT_EQ(load()->key_radius, std::vector<double>(13, kKeyRadius));
  std::vector<double> radii(13, 0.05);
  radii[2] = 0.1;
  tables["key_point_radii_m"] = radii;
  const auto told = load();
  EXPECT_EQ(told->key_radius, radii);
  EXPECT_EQ(told->fingerprint, c->fingerprint);
  tables["key_point_radii_m"] = {0.1, 0.2};
  EXPECT_THROW(load(), InputError);
  tables["key_point_radii_m"] = std::vector<double>(13, -0.1);
  EXPECT_THROW(load(), InputError);
}

TEST(Character, MissingFieldIsNamed) {
  const fs::path file = fs::path(::testing::TempDir()) / "broken.json";
  std::ofstream(file) << R"({"format": 1, "name": "x"})";
  try {
    load_character(file);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("\"mjcf\""), std::string::npos);
  }
}

}  // namespace
}  // namespace foresight
