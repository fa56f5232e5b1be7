#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/motion/importers.h"
#include "sim/motion/text_reader.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr int kNumbers = 44;

// The skeleton of the format: a joint's offset in its parent (m, source axes: x forward, y up,
// z right), its place in the frame's numbers and how many it has there (4 quaternion, 1 hinge
// about z, 0 none).
struct Joint {
  const char* role;
  int parent;
  Eigen::Vector3d offset;
  int start, size;
};

const std::array<Joint, 17>& skeleton() {
  static const std::array<Joint, 17> joints = {{
      {"pelvis", -1, {0, 0, 0}, 4, 4},
      {"chest", 0, {0, 0.2362, 0}, 8, 4},
      {"head", 1, {0, 0.2239, 0}, 12, 4},
      {"right_hip", 0, {0, 0, 0.0849}, 16, 4},
      {"right_knee", 3, {0, -0.4215, 0}, 20, 1},
      {"right_ankle", 4, {0, -0.4099, 0}, 21, 4},
      {"right_toe", 5, {0.13, -0.04, 0}, 0, 0},
      {"right_shoulder", 1, {-0.0240, 0.2435, 0.1831}, 25, 4},
      {"right_elbow", 7, {0, -0.2748, 0}, 29, 1},
      {"right_hand", 8, {0, -0.2589, 0}, 0, 0},
      {"left_hip", 0, {0, 0, -0.0849}, 30, 4},
      {"left_knee", 10, {0, -0.4215, 0}, 34, 1},
      {"left_ankle", 11, {0, -0.4099, 0}, 35, 4},
      {"left_toe", 12, {0.13, -0.04, 0}, 0, 0},
      {"left_shoulder", 1, {-0.0240, 0.2435, -0.1831}, 39, 4},
      {"left_elbow", 14, {0, -0.2748, 0}, 43, 1},
      {"left_hand", 15, {0, -0.2589, 0}, 0, 0},
  }};
  return joints;
}

// x forward, y up, z right -> x forward, y left, z up.
Vector3d from_y_up(const Vector3d& v) { return {v.x(), -v.z(), v.y()}; }
Quaterniond from_y_up(const Quaterniond& q) { return {q.w(), q.x(), -q.z(), q.y()}; }

using Frame = std::array<double, kNumbers>;

[[noreturn]] void fail(const std::string& file, int frame, const std::string& what) {
  throw InputError(file + ": field \"Frames\"[" + std::to_string(frame) + "]: " + what);
}

Frame parse_frame(const json& row, int index, const std::string& file) {
  if (!row.is_array() || row.size() != kNumbers) {
    fail(file, index, "expected an array of 44 numbers");
  }
  Frame frame;
  for (int i = 0; i < kNumbers; ++i) {
    if (!row[i].is_number()) fail(file, index, "entry " + std::to_string(i) + " is not a number");
    frame[i] = row[i].get<double>();
    if (!std::isfinite(frame[i]))
      fail(file, index, "entry " + std::to_string(i) + " is not finite");
  }
  for (const Joint& joint : skeleton()) {
    if (joint.size == 4 &&
        std::abs(Eigen::Map<Eigen::Vector4d>(&frame[joint.start]).norm() - 1) > 0.5) {
      fail(file, index,
           "the quaternion at entry " + std::to_string(joint.start) + " is far from length 1");
    }
  }
  return frame;
}

// Frame durations, the last one's excluded. Throws unless all are positive and sane.
std::vector<double> frame_times(const std::vector<Frame>& frames, const std::string& file) {
  std::vector<double> times(frames.size(), 0.0);
  for (std::size_t t = 0; t + 1 < frames.size(); ++t) {
    const double duration = frames[t][0];
    if (!(duration > 1e-4 && duration < 1.0)) {
      fail(file, static_cast<int>(t), "the duration (entry 0) must be between 0.0001 and 1 s");
    }
    times[t + 1] = times[t] + duration;
  }
  return times;
}

Frame interpolate(const Frame& a, const Frame& b, double u) {
  Frame out;
  for (int i = 0; i < kNumbers; ++i) out[i] = (1 - u) * a[i] + u * b[i];
  for (const Joint& joint : skeleton()) {
    if (joint.size != 4) continue;
    const Quaterniond q = quat_from_wxyz(&a[joint.start]).normalized();
    quat_to_wxyz(q.slerp(u, quat_from_wxyz(&b[joint.start]).normalized()), &out[joint.start]);
  }
  return out;
}

// Frames at a fixed rate; a few clips have frames of different durations.
std::vector<Frame> uniform(const std::vector<Frame>& frames, const std::vector<double>& times,
                           double* fps) {
  double shortest = 1.0;
  for (std::size_t t = 1; t < times.size(); ++t)
    shortest = std::min(shortest, times[t] - times[t - 1]);
  const int count = static_cast<int>(std::lround(times.back() / shortest)) + 1;
  *fps = (count - 1) / times.back();
  std::vector<Frame> out;
  for (int k = 0, t = 0; k < count; ++k) {
    const double time = k / *fps;
    while (t + 2 < static_cast<int>(times.size()) && times[t + 1] <= time) ++t;
    const double u = std::clamp((time - times[t]) / (times[t + 1] - times[t]), 0.0, 1.0);
    out.push_back(interpolate(frames[t], frames[t + 1], u));
  }
  return out;
}

void append_pose(SourceMotion& motion, const Frame& frame) {
  const auto& joints = skeleton();
  Eigen::Matrix3Xd positions(3, joints.size());
  std::vector<Quaterniond> rotations(joints.size());
  for (std::size_t j = 0; j < joints.size(); ++j) {
    const Joint& joint = joints[j];
    Quaterniond local = Quaterniond::Identity();
    if (joint.size == 4) local = quat_from_wxyz(&frame[joint.start]).normalized();
    if (joint.size == 1) local = quat_from_rotvec({0, 0, frame[joint.start]});
    if (joint.parent < 0) {
      positions.col(j) = Vector3d(frame[1], frame[2], frame[3]);
      rotations[j] = local;
    } else {
      positions.col(j) = positions.col(joint.parent) + rotations[joint.parent] * joint.offset;
      rotations[j] = rotations[joint.parent] * local;
    }
  }
  for (std::size_t j = 0; j < joints.size(); ++j) {
    positions.col(j) = from_y_up(Vector3d(positions.col(j)));
    rotations[j] = from_y_up(rotations[j]);
  }
  motion.positions.push_back(std::move(positions));
  motion.rotations.push_back(std::move(rotations));
}

json parse_json(std::string_view text, const std::string& file) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    throw InputError(file + ":" + std::to_string(line_at(text, error.byte)) +
                     ": not valid JSON (truncated or damaged): " + error.what());
  } catch (const json::exception& error) {
    throw InputError(file + ": not valid JSON: " + error.what());
  }
}

bool is_cycle(const json& root, const std::string& file) {
  const json loop = root.value("Loop", json("none"));
  if (loop != "wrap" && loop != "none") {
    throw InputError(file + ": field \"Loop\" must be \"wrap\" or \"none\"");
  }
  return loop == "wrap";
}

}  // namespace

SourceMotion read_deepmimic(std::string_view text, const std::string& file) {
  const json root = parse_json(text, file);
  const auto rows = root.find("Frames");
  if (rows == root.end() || !rows->is_array() || rows->size() < 2 || rows->size() > kMaxFrames) {
    throw InputError(file + ": field \"Frames\" must be an array of 2 to 1000000 frames");
  }
  std::vector<Frame> frames;
  for (std::size_t t = 0; t < rows->size(); ++t) {
    frames.push_back(parse_frame((*rows)[t], static_cast<int>(t), file));
  }
  SourceMotion motion;
  motion.format = "deepmimic";
  motion.cycle = is_cycle(root, file);
  motion.segments_aligned = true;
  for (const Joint& joint : skeleton()) {
    const int index = static_cast<int>(motion.joints.size());
    motion.joints.emplace_back(joint.role);
    motion.roles[joint.role] = index;
    if (joint.size > 0) motion.segments[joint.role] = index;
  }
  for (const Frame& frame : uniform(frames, frame_times(frames, file), &motion.fps)) {
    append_pose(motion, frame);
  }
  return motion;
}

}  // namespace foresight
