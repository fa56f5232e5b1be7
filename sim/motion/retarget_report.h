// How good a retargeted clip is.
#pragma once

#include <vector>

#include "sim/character.h"
#include "sim/motion/clip.h"
#include "sim/motion/foot_contacts.h"
#include "sim/motion/retarget_goals.h"

namespace foresight {

/// Errors are distances of hands, feet (ankles) and head to the source's joints after one uniform
/// scale and the vertical shift that levels the captured floor (floor_height.h).
struct RetargetReport {
  double scale = 1;             // character leg / source leg
  Eigen::VectorXd floor_shift;  // m per frame of the clip, added to the scaled source
  /// Between the highest and the lowest captured floor, cm.
  double floor_drift_cm() const { return 100 * (floor_shift.maxCoeff() - floor_shift.minCoeff()); }
  double mean_error_cm = 0;  // over hands, feet and head and all frames
  double max_error_cm = 0;
  double hands_cm = 0, feet_cm = 0, head_cm = 0;  // mean errors
  double foot_slide = 0;       // m/s, mean horizontal speed of the part of a foot that stands
  double penetration_cm = 0;   // deepest point of a sole below the floor in the clip
  double max_joint_speed = 0;  // rad/s
  double mean_speed = 0;       // m/s, horizontal, of the root
};

/// Measures a clip against the goals it was made from (shifted to the clip's floor).
RetargetReport measure_clip(const Character& character, const RetargetGoals& goals,
                            const Clip& clip);

/// Foot slide (m/s) and penetration (cm) of any clip, written to the report's fields.
void measure_feet(const std::vector<Sole>& soles, const Clip& clip, PoseSolver& solver,
                  RetargetReport& report);

}  // namespace foresight
