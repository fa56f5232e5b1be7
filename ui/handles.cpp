#include "ui/handles.h"

#include <algorithm>

namespace foresight {
namespace {

int index_of(const TaskInfo& info, const std::string& name) {
  for (std::size_t i = 0; i < info.parameters.size(); ++i) {
    const ParameterInfo& p = info.parameters[i];
    if (p.name == name && p.unit == "m" && !p.internal) return static_cast<int>(i);
  }
  return -1;
}

double limited(const ParameterInfo& p, double value) { return std::clamp(value, p.low, p.high); }

}  // namespace

std::vector<Handle> handles_of(const TaskInfo& info, const std::vector<double>& values) {
  std::vector<Handle> handles;
  for (const ParameterInfo& p : info.parameters) {
    const std::string& name = p.name;
    if (name.empty() || name.back() != 'x' || p.unit != "m") continue;
    if (name.size() > 1 && name[name.size() - 2] != '_') continue;
    const std::string stem = name.substr(0, name.size() - 1);
    Handle handle{stem.empty() ? "target" : stem.substr(0, stem.size() - 1),
                  index_of(info, name),
                  index_of(info, stem + "y"),
                  index_of(info, stem + "z"),
                  {}};
    if (handle.x < 0 || handle.y < 0) continue;
    handle.position = {values[handle.x], values[handle.y], handle.z < 0 ? 0 : values[handle.z]};
    handles.push_back(handle);
  }
  return handles;
}

void move_handle(const Handle& handle, const Eigen::Vector3d& point, const TaskInfo& info,
                 std::vector<double>& values) {
  values[handle.x] = limited(info.parameters[handle.x], point.x());
  values[handle.y] = limited(info.parameters[handle.y], point.y());
  if (handle.z >= 0) values[handle.z] = limited(info.parameters[handle.z], point.z());
}

void add_handle(const Handle& handle, bool hot, Overlay& overlay) {
  const Eigen::Vector4f color =
      hot ? Eigen::Vector4f(1, 0.6F, 0.25F, 0.95F) : Eigen::Vector4f(0.96F, 0.47F, 0.16F, 0.7F);
  Eigen::Vector3d ground = handle.position;
  ground.z() = 0.012;
  overlay.markers.push_back({Marker::Shape::kDisc, ground, ground, hot ? 0.2 : 0.17, color});
  if (handle.z < 0) return;
  overlay.markers.push_back({Marker::Shape::kCapsule, ground, handle.position, 0.008, color});
  overlay.markers.push_back(
      {Marker::Shape::kSphere, handle.position, handle.position, 0.06, color});
}

}  // namespace foresight
