// KeyframeReader: body states out of a recorded motion, moved to where a task wants them.
#pragma once

#include "controller/eval_data.h"
#include "controller/ground_pose.h"
#include "controller/task_episode.h"

namespace foresight {

/// Frames are counted from `first` of the motion; frame 0 stands at `place`.
class KeyframeReader {
 public:
  /// Character and motion must outlive this.
  KeyframeReader(const Character& character, const EvalMotion& motion, int first,
                 const GroundPose& place = {});

  /// qpos and qvel of a frame.
  TaskEpisode::FixedStart pose(int frame) const;
  /// The same as a body state.
  BodyState state(int frame) const;

 private:
  const Character& character_;
  const EvalMotion& motion_;
  int first_;
  GroundPose place_;
  DataPtr data_;
  CharacterIndex index_;
  GroundPose origin_;
};

/// The evaluation data's motions. Throws InputError saying how to make some when there are none.
const std::vector<EvalMotion>& keyframe_motions(const EvalData* data);

/// The middle of recorded motion `number` (counted round when there are fewer) as a pose held still
/// at `place`. Throws as keyframe_motions does.
BodyState recorded_pose(const Character& character, const EvalData* data, int number,
                        const GroundPose& place);

}  // namespace foresight
