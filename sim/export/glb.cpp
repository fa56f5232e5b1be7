#include "sim/export/glb.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/export/mesh.h"
#include "sim/recording/bytes.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr int kFloat = 5126, kShort = 5123;  // glTF component types

class GlbWriter {
 public:
  explicit GlbWriter(const SceneMotion& motion) : motion_(motion), m_(*motion.model) {}

  std::string bytes() {
    document_["asset"] = {{"version", "2.0"}, {"generator", "foresight"}};
    poses_ = body_poses(motion_);
    // Node 0 turns z up into y up; body b is node b, the world's body 0 being that root.
    nodes_.push_back({{"name", "world"}, {"rotation", {-std::sqrt(0.5), 0, 0, std::sqrt(0.5)}}});
    for (int b = 1; b < m_.nbody; ++b) add_body(b);
    for (int b = 1; b < m_.nbody; ++b) nodes_[m_.body_parentid[b]]["children"].push_back(b);
    for (int g = 0; g < m_.ngeom; ++g) add_geom(g);
    add_animation();
    document_["scene"] = 0;
    document_["scenes"] = json::array({{{"nodes", {0}}}});
    document_["nodes"] = nodes_;
    document_["buffers"] = json::array({{{"byteLength", binary_.size()}}});
    return container();
  }

 private:
  // Appends numbers to the binary part and describes them; returns the accessor's number.
  template <typename T>
  int accessor(const std::vector<T>& values, int component, const char* type, int width) {
    const std::size_t offset = binary_.size();
    binary_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    binary_.resize((binary_.size() + 3) / 4 * 4, '\0');
    document_["bufferViews"].push_back(
        {{"buffer", 0}, {"byteOffset", offset}, {"byteLength", values.size() * sizeof(T)}});
    json description{{"bufferView", document_["bufferViews"].size() - 1},
                     {"componentType", component},
                     {"count", values.size() / width},
                     {"type", type}};
    if (width <= 3 && component == kFloat) {  // bounds, which positions and times must have
      for (int k = 0; k < width; ++k) {
        T low = values[k], high = values[k];
        for (std::size_t i = k; i < values.size(); i += width) {
          low = std::min(low, values[i]);
          high = std::max(high, values[i]);
        }
        description["min"].push_back(low);
        description["max"].push_back(high);
      }
    }
    document_["accessors"].push_back(description);
    return static_cast<int>(document_["accessors"].size()) - 1;
  }

  int vectors(const std::vector<Eigen::Vector3f>& values) {
    std::vector<float> flat;
    for (const Eigen::Vector3f& v : values) flat.insert(flat.end(), v.data(), v.data() + 3);
    return accessor(flat, kFloat, "VEC3", 3);
  }

  Eigen::Vector3d position(int body, int t) const {
    return poses_.position.col(t).segment<3>(3 * body);
  }
  Quaterniond rotation(int body, int t) const {
    return quat_from_wxyz(poses_.rotation.col(t).data() + 4 * body);
  }

  void add_body(int b) {
    const char* name = mj_id2name(&m_, mjOBJ_BODY, b);
    json node{{"name", name ? name : "body" + std::to_string(b)}};
    const int parent = m_.body_parentid[b];
    std::vector<float> translations, rotations;
    Quaterniond last = Quaterniond::Identity();
    for (int t = 0; t < motion_.frames(); ++t) {
      const Quaterniond turn = rotation(parent, t).conjugate();
      const Eigen::Vector3d p = turn * (position(b, t) - position(parent, t));
      Quaterniond q = (turn * rotation(b, t)).normalized();
      if (q.dot(last) < 0) q.coeffs() = -q.coeffs();
      last = q;
      for (int k = 0; k < 3; ++k) translations.push_back(static_cast<float>(p[k]));
      for (int k = 0; k < 4; ++k) rotations.push_back(static_cast<float>(q.coeffs()[k]));
    }
    node["translation"] = json(std::vector<float>(translations.begin(), translations.begin() + 3));
    node["rotation"] = json(std::vector<float>(rotations.begin(), rotations.begin() + 4));
    nodes_.push_back(node);
    if (moves(translations, 3)) add_channel(b, "translation", translations, "VEC3", 3);
    if (moves(rotations, 4)) add_channel(b, "rotation", rotations, "VEC4", 4);
  }

  static bool moves(const std::vector<float>& values, int width) {
    for (std::size_t i = width; i < values.size(); ++i) {
      if (std::abs(values[i] - values[i % width]) > 1e-6F) return true;
    }
    return false;
  }

  void add_channel(int node, const char* path, const std::vector<float>& values, const char* type,
                   int width) {
    const int output = accessor(values, kFloat, type, width);
    channels_.push_back(
        {{"sampler", samplers_.size()}, {"target", {{"node", node}, {"path", path}}}});
    samplers_.push_back({{"output", output}, {"interpolation", "LINEAR"}});
  }

  int material_of(int geom) {
    const Eigen::Vector4f c = geom_colour(m_, geom);
    const auto [found, added] =
        materials_.try_emplace({c[0], c[1], c[2], c[3]}, static_cast<int>(materials_.size()));
    if (added) {
      document_["materials"].push_back({{"pbrMetallicRoughness",
                                         {{"baseColorFactor", {c[0], c[1], c[2], c[3]}},
                                          {"metallicFactor", 0},
                                          {"roughnessFactor", 0.6}}},
                                        {"alphaMode", c[3] < 1 ? "BLEND" : "OPAQUE"}});
    }
    return found->second;
  }

  void add_geom(int g) {
    if (!is_visible_primitive(m_, g)) return;
    const TriangleMesh mesh =
        primitive_mesh(static_cast<mjtGeom>(m_.geom_type[g]), m_.geom_size + 3 * g);
    const json primitive{
        {"attributes", {{"POSITION", vectors(mesh.vertices)}, {"NORMAL", vectors(mesh.normals)}}},
        {"indices", accessor(mesh.triangles, kShort, "SCALAR", 1)},
        {"material", material_of(g)}};
    document_["meshes"].push_back({{"primitives", {primitive}}});
    const double* p = m_.geom_pos + 3 * g;
    const double* q = m_.geom_quat + 4 * g;
    const char* name = mj_id2name(&m_, mjOBJ_GEOM, g);
    nodes_.push_back({{"name", (name ? name : std::to_string(g)) + std::string(" shape")},
                      {"mesh", document_["meshes"].size() - 1},
                      {"translation", {p[0], p[1], p[2]}},
                      {"rotation", {q[1], q[2], q[3], q[0]}}});
    nodes_[m_.geom_bodyid[g]]["children"].push_back(nodes_.size() - 1);
  }

  void add_animation() {
    if (channels_.empty()) return;
    std::vector<float> times(motion_.frames());
    for (int t = 0; t < motion_.frames(); ++t) times[t] = static_cast<float>(t / motion_.fps);
    const int input = accessor(times, kFloat, "SCALAR", 1);
    for (json& sampler : samplers_) sampler["input"] = input;
    document_["animations"] =
        json::array({{{"name", "motion"}, {"channels", channels_}, {"samplers", samplers_}}});
  }

  std::string container() const {
    std::string text = document_.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    ByteWriter head;
    head.number(std::uint32_t{0x46546C67});  // "glTF"
    head.number(std::uint32_t{2});
    head.number(static_cast<std::uint32_t>(12 + 8 + text.size() + 8 + binary_.size()));
    head.number(static_cast<std::uint32_t>(text.size()));
    head.number(std::uint32_t{0x4E4F534A});  // "JSON"
    ByteWriter second;
    second.number(static_cast<std::uint32_t>(binary_.size()));
    second.number(std::uint32_t{0x004E4942});  // "BIN"
    return head.take() + text + second.take() + binary_;
  }

  const SceneMotion& motion_;
  const mjModel& m_;
  BodyPoses poses_;
  json document_, nodes_ = json::array(), channels_ = json::array(), samplers_ = json::array();
  std::map<std::array<float, 4>, int> materials_;
  std::string binary_;
};

}  // namespace

std::string glb_bytes(const SceneMotion& motion) { return GlbWriter(motion).bytes(); }

}  // namespace foresight
