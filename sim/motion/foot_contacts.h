// Contact clean-up: where a foot stands on the floor, and the shift that keeps it still.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "sim/character.h"
#include "sim/motion/pose_solver.h"

namespace foresight {

/// A point that spans the underside of a body (body frame, m), `radius` above the surface.
struct SolePoint {
  Eigen::Vector3d local;
  double radius;
};

struct Sole {
  int body;
  std::vector<SolePoint> points;
};

/// Outline of a body from its collision geoms; no points when it has none.
Sole body_outline(const Character& character, const std::string& body);

/// Outline of every foot of the character. Throws InputError for a foot without collision geoms.
std::vector<Sole> find_soles(const Character& character);

/// Lowest point of the body in the pose of `data`, m.
double lowest_point(const Sole& sole, const mjData& data);

/// The sole's points over time: x, y, height above the floor z = 0 (3 x points per frame, m).
std::vector<Eigen::Matrix3Xd> sole_track(const Sole& sole, const Eigen::MatrixXd& qpos,
                                         PoseSolver& solver);

/// Lowest point of the sole in each frame, m.
Eigen::VectorXd sole_height(const std::vector<Eigen::Matrix3Xd>& track);

/// Horizontal movement of the part of the sole that touches the floor, from frame t to t + 1
/// (2 x frames - 1, m). Rolling over heel and toe is not sliding.
Eigen::Matrix2Xd sole_slip(const std::vector<Eigen::Matrix3Xd>& track);

/// True where the foot stands: low and slow, with hysteresis; touches under 2 frames do not count.
std::vector<bool> find_contacts(const std::vector<Eigen::Matrix3Xd>& track, double fps);

/// Frames begin to end - 1.
struct FrameInterval {
  int begin, end;
  int middle() const { return (begin + end - 1) / 2; }
};

/// The stretches of frames that are true.
std::vector<FrameInterval> intervals(const std::vector<bool>& on);

/// Shift of the foot per frame (3 x frames, m) that takes the slip out of every contact, puts
/// standing feet on the floor and lifts soles out of it; fades over a few frames in between.
Eigen::Matrix3Xd contact_shift(const std::vector<Eigen::Matrix3Xd>& track, double fps);

}  // namespace foresight
