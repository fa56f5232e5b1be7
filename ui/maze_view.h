// MazeView: the planners on mazes in the window: a start, a goal, and a plan being denoised.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/planners/shipped_planners.h"
#include "ui/app_state.h"
#include "ui/live/maze_session.h"

namespace foresight {

/// One planning under way or done; written by the job, read by the window.
struct MazePlanning {
  std::mutex mutex;
  MazeRequest request;
  std::vector<MazePaths> calls;  // candidates after every network call
  std::optional<MazeOutcome> outcome;
};

struct MazeView {
  bool open = false;
  std::map<std::string, fs::path> shipped = shipped_planners();  // per maze
  std::string file =                                             // text field
      (assets_dir() / "checkpoints" / "diffuser_umaze.safetensors").string();
  std::shared_ptr<const MazeSession> session;  // null: no weights yet
  std::string map = "umaze";                   // to look at without weights
  std::optional<MazePoint> start, goal;
  bool places_goal = false;  // what the next click places
  MazeRequest request;
  std::shared_ptr<MazePlanning> run;  // null before the first
  bool playing = true;
  double shown = 0;  // network calls shown, then seconds of the ball's way beyond them

  const MazeLayout& layout() const { return session ? session->layout() : find_maze(map); }
};

/// Fills the rectangle below the top bar.
void draw_maze_view(AppState& state, const PixelRect& rect);
/// The maze itself, in the middle of a rectangle of the current ImGui window; takes its clicks.
void draw_maze(AppState& state, ImVec2 low, ImVec2 size);

/// Shows or hides the view; the character waits meanwhile.
void open_mazes(AppState& state, bool open);
/// Loads weights in the background.
void load_maze_planner(AppState& state, const fs::path& file);
/// Plans from start to goal in the background; does nothing before both are set.
void plan_in_maze(AppState& state);

}  // namespace foresight
