// What the exporters write: motions taken out of a recording.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "sim/recording/recording_reader.h"

namespace foresight {

/// Motion of one character, layout of Character. Column t is the pose t / fps after the first.
struct CharacterMotion {
  std::shared_ptr<const Character> character;
  double fps = 30;
  Eigen::MatrixXd qpos;  // nq x frames, m, wxyz, rad
  Eigen::MatrixXd qvel;  // nv x frames, m/s, rad/s

  int frames() const { return static_cast<int>(qpos.cols()); }
};

/// Motion of everything in one scene, layout of its model.
struct SceneMotion {
  std::shared_ptr<const mjModel> model;
  std::string xml;  // MJCF of the scene
  double fps = 30;
  Eigen::MatrixXd qpos;   // nq x frames
  Eigen::MatrixXd qvel;   // nv x frames
  Eigen::MatrixXd ctrl;   // nu x frames, rad: the targets of the step that led to the frame
  Eigen::MatrixXd mocap;  // 3 nmocap x frames, m: positions of moving objects
  Eigen::VectorXd time;   // s, simulated

  int frames() const { return static_cast<int>(qpos.cols()); }
};

/// World poses of all bodies of a scene.
struct BodyPoses {
  Eigen::MatrixXd position;  // 3 nbody x frames, m
  Eigen::MatrixXd rotation;  // 4 nbody x frames, wxyz, body to world
};

/// Motion of character `which` in one segment, or in all of them one after the other (segment -1).
/// Throws InputError when there is no such segment, character or frame.
CharacterMotion character_motion(RecordingReader& reader,
                                 std::shared_ptr<const Character> character, int which,
                                 int segment);

/// Motion of character `which` of a scene. Throws InputError when there is no such character.
CharacterMotion character_motion(const SceneMotion& scene,
                                 std::shared_ptr<const Character> character, int which);

/// Motion of the scene of a segment. Throws InputError as above.
SceneMotion scene_motion(RecordingReader& reader, std::shared_ptr<const Character> character,
                         int segment);

/// The same motion at another rate: positions and angles linear, rotations spherical in between.
CharacterMotion resampled(const CharacterMotion& motion, double fps);

/// Forward kinematics of every frame.
BodyPoses body_poses(const SceneMotion& motion);

/// Pose of frame t in `data`, for drawing: qpos, qvel, moving objects, kinematics.
void show_frame(const SceneMotion& motion, int t, mjData& data);

}  // namespace foresight
