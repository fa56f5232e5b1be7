// The tracking expert following one clip in the live world.
#pragma once

#include <memory>
#include <vector>

#include "sim/motion/clip.h"
#include "sim/world.h"

namespace foresight {

class ExpertTrack {
 public:
  /// `expert` is a checkpoint of the tracking expert. Throws InputError.
  ExpertTrack(std::shared_ptr<const Character> character, const Clip& clip, const fs::path& expert);
  ~ExpertTrack();

  /// Puts character 0 at the clip's first frame.
  void start(World& world);
  /// PD targets of this control step (nu, rad); goes one frame on.
  std::vector<double> act(const World& world);
  bool over() const;
  /// Mean distance of the bodies from the clip in the last control step, m.
  double error() const { return error_; }
  /// Pose of the clip now (nq).
  std::vector<double> pose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  int frame_ = 0;
  double error_ = 0;
};

/// The expert that ships.
fs::path shipped_expert();

}  // namespace foresight
