// MazeSession: a trained maze planner and what it plans, as plain data that a window can draw.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/planners/maze_plan.h"
#include "sim/base/files.h"

namespace foresight {

struct DiffuserModel;

struct MazeRequest {
  MazePoint start{0, 0}, goal{0, 0};  // m, observation units
  int frames = 32;                    // length of the plan, a multiple of MazeSession::frame_unit()
  int calls = 10;                     // network calls
  int candidates = 6;
  bool stochastic = true;  // DDPM; false: DDIM
  std::uint64_t seed = 1;
};

/// All candidates after one network call, as positions.
using MazePaths = std::vector<std::vector<MazePoint>>;

struct MazeOutcome {
  MazePlan plan;        // the best candidate
  MazeEpisode episode;  // the ball following it
  double seconds = 0;   // that planning took
};

class MazeSession {
 public:
  /// A checkpoint of `foresight maze train`. Throws InputError.
  explicit MazeSession(const fs::path& checkpoint);

  const std::string& name() const { return name_; }
  /// Map that it was trained on.
  const MazeLayout& layout() const { return layout_; }
  /// "1.0 M parameters, 64 levels".
  const std::string& summary() const { return summary_; }
  int levels() const { return levels_; }
  int min_frames() const { return min_frames_; }
  int max_frames() const { return max_frames_; }
  int frame_unit() const { return frame_unit_; }
  double frame_seconds() const { return frame_seconds_; }
  /// False: it plans from the start alone.
  bool has_goal() const { return has_goal_; }

  /// `watch` gets the clean prediction after every call; false stops, and then so does this, with
  /// an InputError. May run on any thread.
  MazeOutcome plan(const MazeRequest& request,
                   const std::function<bool(const MazePaths&)>& watch) const;

 private:
  std::shared_ptr<const DiffuserModel> model_;
  std::string name_, summary_;
  MazeLayout layout_;
  int levels_ = 0, min_frames_ = 0, max_frames_ = 0, frame_unit_ = 1;
  double frame_seconds_ = 0;
  bool has_goal_ = true;
};

}  // namespace foresight
