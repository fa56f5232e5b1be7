// Plans as shapes in the scene: fading ghosts, paths of root and feet, guidance arrows.
#pragma once

#include <memory>

#include "controller/pose_from_state.h"
#include "ui/live/snapshot.h"
#include "ui/offscreen/overlay.h"
#include "ui/settings.h"

namespace foresight {

class PlanDrawing {
 public:
  explicit PlanDrawing(std::shared_ptr<const Character> character);

  /// Adds what the settings ask for of all characters' plans. `ghosts` is how many are drawn per
  /// character. Poses are solved once per plan.
  void add(const Snapshot& snapshot, const ViewSettings& view, int ghosts, Overlay& overlay);

 private:
  struct Solved {
    std::int64_t plan = -1;
    int ghosts = 0;
    const PlanData* data = nullptr;
    std::vector<std::vector<double>> poses;
  };

  const Solved& solve(int which, const PlanData& plan, int ghosts);
  void add_paths(const PlanData& plan, Overlay& overlay) const;
  void add_guidance(const PlanData& plan, Overlay& overlay) const;

  std::shared_ptr<const Character> character_;
  StateLayout layout_;
  std::vector<int> feet_;  // key points
  StatePoseSolver solver_;
  std::vector<Solved> solved_;
};

/// What the obstacle costs say of places on the ground within 3 m of `centre` (m): discs from
/// yellow to red, nothing where the cost is negligible.
void add_obstacle_field(const Surroundings& around, const Eigen::Vector2d& centre,
                        Overlay& overlay);

/// A soft dark spot under a character, for pictures without shadows.
void add_blob_shadow(const Eigen::Vector3d& root, Overlay& overlay);

/// Arrows for contact forces, 1 m per 1000 N.
void add_contacts(const std::vector<ContactForce>& contacts, Overlay& overlay);

}  // namespace foresight
