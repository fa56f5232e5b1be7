// Every exporter against a recording made on the spot; what we can read back must come back.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/export/bvh.h"
#include "sim/export/csv.h"
#include "sim/export/euler.h"
#include "sim/export/glb.h"
#include "sim/export/keyframes.h"
#include "sim/export/mesh.h"
#include "sim/export/npz.h"
#include "sim/export/reimport.h"
#include "sim/export/usda.h"
#include "sim/export/zip.h"
#include "sim/rotation.h"
#include "tests/sim/recording/recording_fixtures.h"

namespace foresight {
namespace {

RecordingReader& reader() {
  static RecordingReader shared(recorded_bytes({90, 60}), "test");
  return shared;
}

CharacterMotion motion() { return character_motion(reader(), default_character(), 0, 0); }

// Largest distance between joints (body origins) and key points of two poses, m.
double largest_error(const Character& c, const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  const DataPtr da(mj_makeData(c.model.get())), db(mj_makeData(c.model.get()));
  double worst = 0;
  for (int t = 0; t < a.cols(); ++t) {
    std::copy_n(a.col(t).data(), c.nq, da->qpos);
    std::copy_n(b.col(t).data(), c.nq, db->qpos);
    mj_kinematics(c.model.get(), da.get());
    mj_kinematics(c.model.get(), db.get());
    for (int i = 0; i < 3 * c.model->nbody; ++i) {
      worst = std::max(worst, std::abs(da->xpos[i] - db->xpos[i]));
    }
    for (int i = 0; i < 3 * c.model->nsite; ++i) {
      worst = std::max(worst, std::abs(da->site_xpos[i] - db->site_xpos[i]));
    }
  }
  return worst;
}

TEST(Euler, FindsTheAnglesOfAnyAxesAndKeepsToTheBranch) {
  Rng rng{5};
  for (int i = 0; i < 200; ++i) {
    Eigen::Matrix3d axes = Eigen::Matrix3d::Identity();
    axes.col(0).swap(axes.col(rng.index(3)));
    axes.col(1).swap(axes.col(1 + rng.index(2)));
    if (i % 3 == 0) axes.col(1) = -axes.col(1);
    const Vector3d angles(rng.uniform(-3, 3), rng.uniform(-2.5, 2.5), rng.uniform(-3, 3));
    Quaterniond q = Quaterniond::Identity();
    for (int k = 0; k < 3; ++k) q = q * Eigen::AngleAxisd(angles[k], axes.col(k));
    const Vector3d found =
        angles_about(q.toRotationMatrix(), axes, angles + Vector3d::Constant(0.05));
    EXPECT_LT((found - angles).norm(), 1e-6) << i;
  }
}

TEST(Bvh, RoundTripOfSixtySecondsIsWithinAMillimetre) {
  RecordingReader long_one(recorded_bytes({1800}), "test");
  const CharacterMotion m = character_motion(long_one, default_character(), 0, -1);
  for (const char up : {'y', 'z'}) {
    const Clip clip = clip_from_bvh(*m.character, bvh_text(m, {up, 100, "ZXY"}), "a.bvh");
    ASSERT_EQ(clip.frames(), 1800);
    EXPECT_NEAR(clip.fps, 30, 1e-6);
    EXPECT_LT(largest_error(*m.character, m.qpos, clip.qpos), 1e-3) << up;
  }
}

TEST(Bvh, AllRotationOrdersGiveTheSamePose) {
  const CharacterMotion m = motion();
  for (const char* order : {"XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"}) {
    const Clip clip = clip_from_bvh(*m.character, bvh_text(m, {'y', 100, order}), "a.bvh");
    EXPECT_LT(largest_error(*m.character, m.qpos, clip.qpos), 1e-5) << order;
  }
  EXPECT_THROW(bvh_text(m, {'y', 100, "XXZ"}), InputError);
  EXPECT_THROW(bvh_text(m, {'x', 100, "XYZ"}), InputError);
}

TEST(Bvh, TheRestPoseIsAT) {
  const std::string text = bvh_text(motion(), {'z', 1, "ZXY"});
  const std::size_t arm = text.find("JOINT left_forearm");
  ASSERT_NE(arm, std::string::npos);
  std::istringstream offset(text.substr(text.find("OFFSET", arm) + 6, 60));
  double x = 0, y = 0, z = 0;
  offset >> x >> y >> z;
  EXPECT_NEAR(x, 0.2748, 1e-6);  // straight out to the left
  EXPECT_NEAR(y, 0, 1e-6);
  EXPECT_NEAR(z, 0, 1e-6);
}

TEST(Csv, RoundTripIsExact) {
  const CharacterMotion m = motion();
  const Clip clip = clip_from_csv(*m.character, csv_text(m), "a.csv");
  EXPECT_EQ(clip.fps, 30);
  EXPECT_EQ(clip.qpos, m.qpos);
  EXPECT_EQ(nlohmann::json::parse(csv_sidecar(m))["fps"], 30);
}

TEST(Csv, DamagedTextsAreRefused) {
  const CharacterMotion m = motion();
  const std::string text = csv_text(m);
  EXPECT_THROW(clip_from_csv(*m.character, "", "a"), InputError);
  EXPECT_THROW(clip_from_csv(*m.character, text.substr(0, text.find('\n') + 1), "a"), InputError);
  EXPECT_THROW(clip_from_csv(*m.character, text + "1,2,x\n", "a"), InputError);
  EXPECT_THROW(clip_from_csv(*m.character, text + "1,2\n", "a"), InputError);
}

TEST(Npz, RoundTripOfBothReadableLayouts) {
  const CharacterMotion m = motion();
  const Clip tracking = clip_from_npz(*m.character, npz_bytes(npz_tracking(m)), "a");
  EXPECT_LT((tracking.qpos - m.qpos).cwiseAbs().maxCoeff(), 1e-12);
  const SceneMotion scene = scene_motion(reader(), default_character(), 0);
  EXPECT_EQ(clip_from_npz(*m.character, npz_bytes(npz_mujoco(scene)), "a").qpos, m.qpos);
}

TEST(Npz, VelocitiesAreTheDerivativesOfPositions) {
  CharacterMotion m = motion();
  m.qpos = m.qpos.leftCols(2).eval();
  m.qvel = m.qvel.leftCols(2).eval();
  const double dt = 1e-6;
  m.qpos.col(1) = m.qpos.col(0);
  mj_integratePos(m.character->model.get(), m.qpos.col(1).data(), m.qvel.col(0).data(), dt);
  const NpzArrays a = npz_tracking(m);
  const auto& p = a.at("body_pos_w").values;
  const auto& v = a.at("body_lin_vel_w").values;
  const std::size_t half = p.size() / 2;
  for (std::size_t i = 0; i < half; ++i) EXPECT_NEAR((p[half + i] - p[i]) / dt, v[i], 1e-4);
}

TEST(Npz, AmassPosesAreLocalRotationVectors) {
  const CharacterMotion m = motion();
  const NpzArrays a = npz_amass(m);
  EXPECT_EQ(a.at("poses").shape, (std::vector<std::size_t>{90, 39}));
  EXPECT_EQ(a.at("mocap_framerate").values[0], 30);
  const Vector3d root = rotvec_of(quat_from_wxyz(m.qpos.col(9).data() + 3));
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(a.at("poses").values[9 * 39 + k], root[k], 1e-9);
}

TEST(Npz, FlippedAndCutBytesNeverCrash) {
  const CharacterMotion m = motion();
  const std::string bytes = npz_bytes(npz_tracking(m), true);
  Rng rng{3};
  int refused = 0;
  for (int i = 0; i < 600; ++i) {
    std::string damaged = bytes;
    const int at = i % 2 ? rng.index(static_cast<int>(bytes.size()))
                         : static_cast<int>(bytes.size()) - 1 - rng.index(900);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 + rng.index(255)));
    if (i % 5 == 0) damaged.resize(at);
    try {
      clip_from_npz(*m.character, damaged, "a");
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(Bvh, DamagedTextsNeverCrash) {
  const CharacterMotion m = motion();
  const std::string text = bvh_text(m);
  Rng rng{4};
  for (int i = 0; i < 200; ++i) {
    std::string damaged = text.substr(0, 20000);
    damaged[rng.index(4000)] = static_cast<char>(rng.index(256));
    try {
      clip_from_bvh(*m.character, damaged, "a");
    } catch (const InputError&) {
    }
  }
}

TEST(Resampling, KeepsTheFramesThatBothRatesShare) {
  const CharacterMotion m = motion();
  const CharacterMotion fast = resampled(m, 60);
  EXPECT_EQ(fast.frames(), 179);
  EXPECT_LT((fast.qpos.col(40) - m.qpos.col(20)).norm(), 1e-9);
  EXPECT_EQ(resampled(m, 15).frames(), 45);
  EXPECT_THROW(resampled(m, 0), InputError);
}

TEST(Mesh, NormalsPointOutwardAndTrianglesTurnTheSameWay) {
  const mjtNum size[3] = {0.2, 0.5, 0.3};
  for (const mjtGeom type : {mjGEOM_SPHERE, mjGEOM_CAPSULE, mjGEOM_CYLINDER, mjGEOM_BOX}) {
    const TriangleMesh mesh = primitive_mesh(type, size);
    double volume = 0;
    for (std::size_t i = 0; i < mesh.triangles.size(); i += 3) {
      const Eigen::Vector3f a = mesh.vertices[mesh.triangles[i]],
                            b = mesh.vertices[mesh.triangles[i + 1]],
                            c = mesh.vertices[mesh.triangles[i + 2]];
      volume += a.dot(b.cross(c)) / 6;
      const Eigen::Vector3f normal = (b - a).cross(c - a);
      EXPECT_GE(normal.dot(mesh.normals[mesh.triangles[i]]), -1e-9F) << type;
    }
    const double r = 0.2, ball = 4.0 / 3 * mjPI * r * r * r, tube = mjPI * r * r * 1.0;
    const double exact = type == mjGEOM_SPHERE    ? ball
                         : type == mjGEOM_CAPSULE ? ball + tube
                         : type == mjGEOM_BOX     ? 8 * 0.2 * 0.5 * 0.3
                                                  : tube;
    EXPECT_NEAR(volume / exact, 1, 0.03) << type;
  }
}

// World position of a glTF node at a frame, by the file's own hierarchy and animation.
struct GlbScene {
  explicit GlbScene(const std::string& bytes) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + 12, 4);
    json = nlohmann::json::parse(bytes.substr(20, size));
    binary = bytes.substr(28 + size);
    parents.assign(json["nodes"].size(), -1);
    for (std::size_t n = 0; n < parents.size(); ++n) {
      for (const int child : json["nodes"][n].value("children", std::vector<int>())) {
        parents[child] = static_cast<int>(n);
      }
    }
  }

  std::vector<float> field(int node, const std::string& path, int width, int t) const {
    for (const auto& channel : json["animations"][0]["channels"]) {
      if (channel["target"]["node"] != node || channel["target"]["path"] != path) continue;
      const auto& sampler = json["animations"][0]["samplers"][channel["sampler"].get<int>()];
      const auto& accessor = json["accessors"][sampler["output"].get<int>()];
      const std::size_t offset =
          json["bufferViews"][accessor["bufferView"].get<int>()]["byteOffset"];
      std::vector<float> values(width);
      std::memcpy(values.data(), binary.data() + offset + 4 * width * t, 4 * width);
      return values;
    }
    const auto& n = json["nodes"][node];
    if (n.contains(path)) return n[path].get<std::vector<float>>();
    return width == 3 ? std::vector<float>{0, 0, 0} : std::vector<float>{0, 0, 0, 1};
  }

  Vector3d world(int node, int t) const {
    Vector3d p = Vector3d::Zero();
    for (; node >= 0; node = parents[node]) {
      const auto q = field(node, "rotation", 4, t);
      const auto s = field(node, "translation", 3, t);
      p = Quaterniond(q[3], q[0], q[1], q[2]).normalized() * p + Vector3d(s[0], s[1], s[2]);
    }
    return p;
  }

  nlohmann::json json;
  std::string binary;
  std::vector<int> parents;
};

TEST(Glb, NodesMoveAsTheBodiesDo) {
  const SceneMotion m = scene_motion(reader(), default_character(), 1);
  const GlbScene scene(glb_bytes(m));
  const BodyPoses poses = body_poses(m);
  EXPECT_EQ(scene.json["asset"]["version"], "2.0");
  for (const int t : {0, 31, 59}) {
    for (int b = 1; b < m.model->nbody; ++b) {
      const Vector3d p = poses.position.col(t).segment<3>(3 * b);
      EXPECT_LT((scene.world(b, t) - Vector3d(p.x(), p.z(), -p.y())).norm(), 1e-5) << b << " " << t;
    }
  }
}

TEST(Glb, MovingObjectsMove) {
  const SceneMotion m = scene_motion(reader(), default_character(), 1);
  EXPECT_NEAR(m.mocap(1, 59) - m.mocap(1, 0), 0.59, 1e-9);
}

TEST(Usda, HasASampleOfEveryBodyInEveryFrame) {
  const SceneMotion m = scene_motion(reader(), default_character(), 0);
  const std::string text = usda_text(m);
  EXPECT_TRUE(text.starts_with("#usda 1.0\n"));
  EXPECT_NE(text.find("def Xform \"left_shin\""), std::string::npos);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(" 89: (", at)) != text.npos; ++at) ++count;
  EXPECT_EQ(count, 2u * (m.model->nbody - 1));
}

TEST(Keyframes, CompileAndHoldThePoses) {
  const SceneMotion m = scene_motion(reader(), default_character(), 1);
  const SpecPtr spec = parse_mjcf(mjcf_keyframes(m), "a.xml");
  const ModelPtr model(mj_compile(spec.get(), nullptr));
  ASSERT_TRUE(model) << mjs_getError(spec.get());
  ASSERT_EQ(model->nkey, 60);
  for (int i = 0; i < model->nq; ++i) {
    EXPECT_NEAR(model->key_qpos[59 * model->nq + i], m.qpos(i, 59), 1e-12);
  }
}

TEST(Zip, RefusesWhatIsNotAnArchive) {
  EXPECT_THROW(unzip("", "a"), InputError);
  EXPECT_THROW(unzip("PK\5\6 and then nothing", "a"), InputError);
  const auto members = unzip(zip_stored({{"a.txt", "hello"}, {"b", ""}}), "a");
  EXPECT_EQ(members.at("a.txt"), "hello");
  EXPECT_EQ(members.at("b"), "");
}

TEST(Motion, SegmentsAndCharactersThatAreNotThereAreNamed) {
  EXPECT_EQ(character_motion(reader(), default_character(), 0, -1).frames(), 150);
  EXPECT_THROW(character_motion(reader(), default_character(), 0, 7), InputError);
  EXPECT_THROW(character_motion(reader(), default_character(), 1, 0), InputError);
  EXPECT_THROW(scene_motion(reader(), default_character(), -1), InputError);
}

}  // namespace
}  // namespace foresight
