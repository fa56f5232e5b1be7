// The cost terms. Arguments that are ints are parameter indices: the number is read from the task's
// values in every call, so it can change while the task runs.
#pragma once

#include <string>
#include <vector>

#include "controller/costs/cost.h"

namespace foresight {

// Travel (costs/travel.cpp).

/// 0.5 |v_t - target_t|^2 of the horizontal root velocity, mean over half a second
/// (velocity_error.h), as are all terms about it. The world velocity asked for is
/// speed (cos, sin)(direction + turn_rate * seconds from now); the target comes to it from the
/// velocity of now (easing.h), as it does below.
struct TravelParameters {
  int speed, direction, turn_rate;
  int facing = -1;  // none: looks where it goes
};
Cost velocity_cost(double weight, const TravelParameters& parameters);

/// 0.5 |root_t - (what that target adds up to from now)|^2, horizontal.
Cost displacement_cost(double weight, const TravelParameters& parameters);

/// (1 - cos(heading_t - target_t)) (1 + 5 |sin(facing / 2)|), as velocities are multiplied, too, by
/// who travels otherwise than he faces; asked for is direction + facing +
/// turn_rate * seconds from now.
Cost heading_cost(double weight, const TravelParameters& parameters, int facing);

/// 0.5 s |foot_t - place|^2 of both feet in the body's own heading frame, place = beside each other
/// under the hips, s = 1 - speed / 0.3 m/s: who is to stand and has a foot behind him tips over
/// slowly.
Cost stance_cost(double weight, int speed);

/// 0.5 s |m|^2 per frame, m = how far the middle between the feet is from where it is below the
/// root of a body that stands, s = 1 - speed of now / 1 m/s: who is to start walking has to step,
/// not to lean.
Cost balance_cost(double weight);

/// 0.5 (z_t - height)^2 of the root.
Cost height_cost(double weight, int height);

// Goals (costs/goals.cpp).

/// A place on the ground, world, m.
struct GoalParameters {
  int x, y;
};

/// 0.5 |v_t - target_t|^2; asked for is to go towards the goal with `speed`, slowing down over the
/// last metre.
Cost approach_cost(double weight, const GoalParameters& goal, int speed);

/// 1 - cos(heading_t - target_t); asked for is the direction of the goal; fading out over the last
/// metre.
Cost facing_cost(double weight, const GoalParameters& goal);

/// sqrt(|root_t - goal|^2 + 0.5^2) - 0.5: a pull of at most 1 per frame.
Cost waypoint_cost(double weight, const GoalParameters& goal);

/// 0.5 |key_t - path_t|^2 of one key point on a path that comes ever nearer to the target, from 0.9
/// s before the due time on. Puts the whole limb on that path (limb_pose.h) instead of following a
/// gradient; the weight is the share of the way, at most 1. A point of the trunk or the head has no
/// limb to be bent: a fifth of the same cost and its gradient.
struct ReachParameters {
  int key;      // index of the key point
  int x, y, z;  // world, m
  int due;      // s from now
};
Cost reach_cost(double weight, const ReachParameters& parameters);

/// 0.5 |x_i - pin_i|^2 over pinned numbers (partial keyframes).
Cost pose_cost(double weight);

// Paths in time (costs/track.cpp): Surroundings::track, T of its points.

/// 0.5 weight_t |root_t - T_t|^2.
Cost track_cost(double weight);

/// 0.5 |v_t - (the track's own velocity)|^2. The track must be dense.
Cost pace_cost(double weight);

/// 1 - cos(heading_t - target_t); asked for is the track's direction, less where it is slower than
/// 0.3 m/s.
Cost along_cost(double weight);

// Obstacles (costs/obstacles.cpp).

/// exp(-4 d) / 4 per body and obstacle to avoid, d = signed distance minus the body's radius in
/// metres (0.25 of the root, StateLayout::key_radius of a key point); straight inside. The gradient
/// is 1 at the surface.
Cost obstacle_cost(double weight);

/// The same for the root (radius 0.3 m) and things that move, other characters among them.
Cost mover_cost(double weight);

/// The barrier that both costs raise for a root there now (world, m), as a share of its value at
/// the surface.
double root_barrier(const Surroundings& around, const Eigen::Vector3d& root);

// Obstacles to step over (costs/step_over.cpp).

/// Feet get over them and are set down clear of them. Where a foot in the air comes within 0.2 m of
/// one, seen from above, the leg is moved so that the foot rises on a wave to the top plus 10 cm:
/// half the tip's squared distances to that path. Where a foot would be set down there: 3 d^2, d =
/// what its middle lacks of 0.2 m.
Cost clearance_cost(double weight);

// Things to stand on or to step over (costs/obstacles.cpp).

/// 0.5 p_t^2, p_t = how deep a key point is inside a platform to stand on or a low box to step
/// over; 0 outside.
Cost penetration_cost(double weight);

/// 0.5 g_t^2, g_t = horizontal distance of a foot that is low from the nearest platform to stand on
/// (10 cm inside its edge).
Cost foothold_cost(double weight);

/// Feet are set down on platforms to stand on, 18 cm inside their edges: legs whose feet would
/// stand elsewhere are moved, with the swings before and after, and feet that swing over a gap rise
/// by 12 cm. Half the tips' squared distances to where they then are (costs/stepping.cpp).
Cost stepping_cost(double weight);

// Style (costs/smoothness.cpp).

/// 0.5 |v_t+1 - 2 v_t + v_t-1|^2 of the root's velocity.
Cost smoothness_cost(double weight);

/// A term as task files name it: its numbers, and how to make it from their parameter indices.
struct TermKind {
  std::string name, summary;
  struct Field {
    std::string name, unit;
    double low, high, value;
  };
  std::vector<Field> fields;
  Cost (*make)(double weight, const std::vector<int>& parameters);
};

const std::vector<TermKind>& term_kinds();
/// Throws InputError listing the names.
const TermKind& find_term(const std::string& name);

}  // namespace foresight
