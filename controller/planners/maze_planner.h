// Planning in a maze with a trained Diffuser: many starts and goals at once, plans of several
// lengths, the best one kept; warm start; guides; stitching.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "controller/planners/diffuser_model.h"
#include "controller/planners/maze_plan.h"

namespace foresight {

struct PlannerOptions {
  int calls = 10;           ///< network calls per plan, at most the model's levels
  double stochastic = 1.0;  ///< 1: DDPM, 0: DDIM
  double temperature = 1.0;
  std::vector<int> lengths;  ///< plan lengths in frames; empty: the longest only
  int candidates = 1;        ///< plans per length
  double tolerance = 0.06;   ///< m, largest defect of a plausible plan
  std::uint64_t seed = 1;
  GuideOptions guide;
  /// Called after every denoising step of the first length with clean plans [B, H, 6] in physical
  /// units; may be empty.
  std::function<void(const torch::Tensor&)> watch;
};

/// Every length from min_frames to frames in steps of `every` frames (a multiple of the network's
/// unit), for PlannerOptions::lengths.
std::vector<int> plan_lengths(const DiffuserConfig& config, int every);

/// What is planned for: where to start, and where to be at rest at the end (ignored by models that
/// were trained without a goal).
struct PlanQuery {
  MazeObservation start;
  MazePoint goal;
};

/// Plans for all queries together, one each: the candidate of least badness. `guide` may be empty;
/// it works on normalised trajectories.
std::vector<MazePlan> plan_maze(const DiffuserModel& model, const std::vector<PlanQuery>& queries,
                                const PlannerOptions& options, const TrajectoryGuide& guide = {});

/// Plans anew from earlier plans of one common length (warm start): they are noised to level
/// `from_level` and denoised in `calls` calls. The start and goal come from the queries.
std::vector<MazePlan> replan_maze(const DiffuserModel& model, const std::vector<PlanQuery>& queries,
                                  const std::vector<MazePlan>& earlier, int from_level,
                                  const PlannerOptions& options, const TrajectoryGuide& guide = {});

/// Frames `plan` would have after `steps` more control steps: shifted, the last one repeated,
/// without actions.
MazePlan shift_plan(const MazePlan& plan, int steps);

/// One plan through `via` points: plans between neighbouring points are joined; then the whole is
/// noised to `from_level` and denoised again, with the points inpainted, so that it becomes one
/// trajectory that need not rest there.
MazePlan stitch_plan(const DiffuserModel& model, const PlanQuery& query,
                     const std::vector<MazePoint>& via, int from_level,
                     const PlannerOptions& options);

/// Normalised trajectories [B, H, 6] -> plans with their defects.
std::vector<MazePlan> plans_from(const DiffuserModel& model, const torch::Tensor& unit,
                                 const PlannerOptions& options);

}  // namespace foresight
