#include "sim/export/usda.h"

#include <cctype>

#include "sim/export/mesh.h"
#include "sim/export/number_text.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

template <typename Values>
std::string tuple(const Values& values) {
  std::string text = "(";
  append_list(text, values, ", ");
  return text + ")";
}

std::string tuple_of(const double* values, int count) {
  return tuple(std::vector<double>(values, values + count));
}

// USD names are identifiers.
std::string identifier(const char* name, const std::string& other) {
  std::string text = name == nullptr ? other : name;
  for (char& c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  if (std::isdigit(static_cast<unsigned char>(text[0]))) text = "_" + text;
  return text;
}

std::string geom_type(int type, const mjtNum* size, std::string* scale) {
  std::string text;
  const auto number = [&text](const char* field, double value) {
    text += std::string("        double ") + field + " = ";
    append_exact(text, value);
    text += "\n";
  };
  if (type == mjGEOM_BOX) {
    *scale = tuple_of(size, 3);
    number("size", 2);
    return "Cube|" + text;
  }
  number("radius", size[0]);
  if (type == mjGEOM_SPHERE) return "Sphere|" + text;
  number("height", 2 * size[1]);
  text += "        uniform token axis = \"Z\"\n";
  return (type == mjGEOM_CAPSULE ? "Capsule|" : "Cylinder|") + text;
}

void add_geom(const mjModel& m, int g, std::string& out) {
  std::string scale = "(1, 1, 1)";
  const std::string kind = geom_type(m.geom_type[g], m.geom_size + 3 * g, &scale);
  const std::size_t bar = kind.find('|');
  const Eigen::Vector4f colour = geom_colour(m, g);
  out += "      def " + kind.substr(0, bar) + " \"shape_" + std::to_string(g) + "\"\n      {\n" +
         kind.substr(bar + 1) + "        color3f[] primvars:displayColor = [" +
         tuple(Eigen::Vector3f(colour.head<3>())) +
         "]\n        double3 xformOp:translate = " + tuple_of(m.geom_pos + 3 * g, 3) +
         "\n        quatf xformOp:orient = " + tuple_of(m.geom_quat + 4 * g, 4) +
         "\n        float3 xformOp:scale = " + scale +
         "\n        uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:orient\", "
         "\"xformOp:scale\"]\n      }\n";
}

void add_samples(const char* type, const char* name, const Eigen::MatrixXd& all, int row, int count,
                 std::string& out) {
  out += std::string("      ") + type + " xformOp:" + name + ".timeSamples = {\n";
  for (int t = 0; t < all.cols(); ++t) {
    out += "        " + std::to_string(t) + ": " + tuple_of(all.col(t).data() + row, count) + ",\n";
  }
  out += "      }\n";
}

}  // namespace

std::string usda_text(const SceneMotion& motion) {
  const mjModel& m = *motion.model;
  BodyPoses poses = body_poses(motion);
  std::string out =
      "#usda 1.0\n(\n  defaultPrim = \"world\"\n  upAxis = \"Z\"\n  metersPerUnit = 1\n";
  out += "  startTimeCode = 0\n  endTimeCode = " + std::to_string(motion.frames() - 1);
  for (const char* field : {"timeCodesPerSecond", "framesPerSecond"}) {
    out += std::string("\n  ") + field + " = ";
    append_exact(out, motion.fps);
  }
  out += "\n)\n\ndef Xform \"world\"\n{\n";
  for (int b = 1; b < m.nbody; ++b) {
    for (int t = 1; t < motion.frames(); ++t) {  // quaternions must not jump between samples
      auto now = poses.rotation.col(t).segment<4>(4 * b);
      if (now.dot(poses.rotation.col(t - 1).segment<4>(4 * b)) < 0) now = -now.eval();
    }
    out += "    def Xform \"" +
           identifier(mj_id2name(&m, mjOBJ_BODY, b), "body" + std::to_string(b)) + "\"\n    {\n";
    add_samples("double3", "translate", poses.position, 3 * b, 3, out);
    add_samples("quatf", "orient", poses.rotation, 4 * b, 4, out);
    out += "      uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:orient\"]\n";
    for (int g = 0; g < m.ngeom; ++g) {
      if (m.geom_bodyid[g] == b && is_visible_primitive(m, g)) add_geom(m, g, out);
    }
    out += "    }\n";
  }
  return out + "}\n";
}

}  // namespace foresight
