#include "controller/costs/terms.h"

namespace foresight {

Cost smoothness_cost(double weight) {
  return {"smoothness", weight,
          [](const PredictedMotion& motion, const CostWorld&, MotionGradient& gradient) {
            double sum = 0;
            for (int f = 1; f + 1 < motion.frames(); ++f) {
              const Eigen::Vector3d bend = motion.root_velocity(f + 1) -
                                           2 * motion.root_velocity(f) +
                                           motion.root_velocity(f - 1);
              sum += 0.5 * bend.squaredNorm();
              gradient.root_velocity(f - 1, bend);
              gradient.root_velocity(f, -2 * bend);
              gradient.root_velocity(f + 1, bend);
            }
            return sum;
          }};
}

}  // namespace foresight
