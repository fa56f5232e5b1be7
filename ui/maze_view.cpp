// Loading and running a maze planner behind the window, and the picture of the maze.
#include "ui/maze_view.h"

#include <algorithm>
#include <cmath>

#include "ui/widgets.h"

namespace foresight {
namespace {

constexpr double kToMap = kMazeOffset - 0.5;  // cell (i, j) covers i + 0.5 .. i + 1.5 in the world
constexpr double kCallsPerSecond = 5;

// Maze units to pixels: x runs down the rows, y along the columns.
struct MazeFrame {
  ImVec2 corner;
  float cell;  // px per metre

  ImVec2 pixel(const MazePoint& p) const {
    return {corner.x + static_cast<float>(p[1] + kToMap) * cell,
            corner.y + static_cast<float>(p[0] + kToMap) * cell};
  }
  MazePoint point(ImVec2 p) const {
    return {(p.y - corner.y) / cell - kToMap, (p.x - corner.x) / cell - kToMap};
  }
};

MazeFrame frame_in(const MazeLayout& layout, ImVec2 low, ImVec2 size) {
  const float cell = std::min(size.x / static_cast<float>(layout.width()),
                              size.y / static_cast<float>(layout.height()));
  return {{low.x + 0.5F * (size.x - cell * static_cast<float>(layout.width())),
           low.y + 0.5F * (size.y - cell * static_cast<float>(layout.height()))},
          cell};
}

ImVec4 mix(const ImVec4& a, const ImVec4& b, float share) {
  return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y), a.z + share * (b.z - a.z), 1};
}

void draw_walls(const AppState& s, const MazeLayout& layout, const MazeFrame& f) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Palette& p = s.colors();
  const ImVec2 end(f.corner.x + f.cell * static_cast<float>(layout.width()),
                   f.corner.y + f.cell * static_cast<float>(layout.height()));
  list.AddRectFilled(f.corner, end, to_u32(p.plot_background), 8 * s.scale);
  for (int row = 0; row < layout.height(); ++row) {
    for (int col = 0; col < layout.width(); ++col) {
      if (!layout.is_wall({row, col})) continue;
      const ImVec2 low(f.corner.x + f.cell * static_cast<float>(col),
                       f.corner.y + f.cell * static_cast<float>(row));
      list.AddRectFilled(low, {low.x + f.cell + 0.5F, low.y + f.cell + 0.5F},
                         to_u32(mix(p.panel, p.text_dim, 0.45F)));
    }
  }
}

// Colour runs with time along the path.
void draw_path(const AppState& s, const MazeFrame& f, const std::vector<MazePoint>& path,
               float width, float alpha) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Palette& p = s.colors();
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const float share = static_cast<float>(i) / static_cast<float>(path.size());
    list.AddLine(f.pixel(path[i]), f.pixel(path[i + 1]),
                 to_u32(mix(p.series[1], p.series[0], share), alpha), width);
  }
}

void draw_ends(const AppState& s, const MazeFrame& f) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const MazeView& m = *s.maze;
  if (m.goal) {
    const ImVec2 c = f.pixel(*m.goal);
    list.AddCircle(c, static_cast<float>(kMazeGoalRadius) * f.cell, to_u32(s.colors().bad, 0.5F),
                   48, 1.5F);
    list.AddCircle(c, 0.13F * f.cell, to_u32(s.colors().bad), 32, 0.06F * f.cell);
  }
  if (m.start) list.AddCircleFilled(f.pixel(*m.start), 0.13F * f.cell, to_u32(s.colors().good), 32);
}

// The ball `seconds` after it began to follow the plan, and the way so far.
void draw_ball(const AppState& s, const MazeFrame& f, const MazeEpisode& episode, double seconds) {
  const auto last = static_cast<std::ptrdiff_t>(episode.path.size()) - 1;
  const auto step = std::clamp<std::ptrdiff_t>(std::lround(seconds / kMazeStepSeconds), 0, last);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::ptrdiff_t i = 0; i < step; ++i) {
    const MazeObservation &a = episode.path[i], &b = episode.path[i + 1];
    list.AddLine(f.pixel({a[0], a[1]}), f.pixel({b[0], b[1]}), to_u32(s.colors().text, 0.8F), 2);
  }
  const MazeObservation& now = episode.path[step];
  list.AddCircleFilled(f.pixel({now[0], now[1]}), 0.1F * f.cell, to_u32(s.colors().text), 32);
}

void draw_run(const AppState& s, const MazeFrame& f) {
  const MazeView& m = *s.maze;
  if (!m.run) return;
  const std::lock_guard lock(m.run->mutex);
  if (m.run->calls.empty()) return;
  const auto calls = static_cast<double>(m.run->calls.size());
  const double shown = std::clamp(m.shown, 0.0, calls);
  const auto index = static_cast<std::size_t>(std::max(std::ceil(shown) - 1, 0.0));
  const bool chosen = m.run->outcome && m.shown >= calls;
  for (const auto& path : m.run->calls[index]) draw_path(s, f, path, 2, chosen ? 0.25F : 0.75F);
  if (!chosen) return;
  std::vector<MazePoint> best;
  for (const MazeObservation& frame : m.run->outcome->plan.frames) {
    best.push_back({frame[0], frame[1]});
  }
  draw_path(s, f, best, 0.05F * f.cell, 1);
  draw_ball(s, f, m.run->outcome->episode, m.shown - calls);
}

// Calls one after the other, then the ball in its own time.
void advance(AppState& s, double dt) {
  MazeView& m = *s.maze;
  if (!m.run || !m.playing) return;
  const std::lock_guard lock(m.run->mutex);
  const auto calls = static_cast<double>(m.run->calls.size());
  if (m.shown < calls) {
    m.shown = std::min(m.shown + kCallsPerSecond * dt, calls);
  } else if (m.run->outcome) {
    const auto steps = static_cast<double>(m.run->outcome->episode.path.size());
    m.shown = std::min(m.shown + dt, calls + steps * kMazeStepSeconds);
  }
}

void take_click(AppState& s, const MazeFrame& f) {
  MazeView& m = *s.maze;
  const MazePoint point = f.point(ImGui::GetIO().MousePos);
  // A map's cell (i, j) is centred 0.2 m below observation (i, j).
  const MazeCell cell{static_cast<int>(std::floor(point[0] + kToMap)),
                      static_cast<int>(std::floor(point[1] + kToMap))};
  if (m.layout().is_wall(cell)) return;
  if (m.places_goal) {
    m.goal = point;
  } else {
    m.start = point;
    m.goal.reset();
    m.run.reset();
  }
  m.places_goal = !m.places_goal;
  if (m.start && m.goal) plan_in_maze(s);
}

}  // namespace

void draw_maze(AppState& s, ImVec2 low, ImVec2 size) {
  const MazeFrame f = frame_in(s.maze->layout(), low, size);
  ImGui::SetCursorScreenPos(low);
  if (ImGui::InvisibleButton("maze", size)) take_click(s, f);
  const MazeLayout& layout = s.maze->layout();
  s.marks["maze"] = {f.corner.x, f.corner.y, f.cell * static_cast<float>(layout.width()),
                     f.cell * static_cast<float>(layout.height())};
  advance(s, ImGui::GetIO().DeltaTime);
  draw_walls(s, layout, f);
  draw_run(s, f);
  draw_ends(s, f);
}

void open_mazes(AppState& s, bool open) {
  s.maze->open = open;
  if (open) s.sim.set_playing(false);
}

void load_maze_planner(AppState& s, const fs::path& file) {
  auto made = std::make_shared<std::shared_ptr<const MazeSession>>();
  s.maze->file = file.string();
  s.start_job(
      "Loading " + file.filename().string(),
      [made, file](const Job::Progress&) { *made = std::make_shared<const MazeSession>(file); },
      [&s, made] {
        MazeView& m = *s.maze;
        m.session = *made;
        m.start.reset();
        m.goal.reset();
        m.run.reset();
        m.places_goal = false;
        m.request.frames = m.session->max_frames();
        m.request.calls = std::min(m.request.calls, m.session->levels());
      });
}

void plan_in_maze(AppState& s) {
  MazeView& m = *s.maze;
  if (!m.session || !m.start || !m.goal) return;
  auto run = std::make_shared<MazePlanning>();
  m.request.start = *m.start;
  m.request.goal = *m.goal;
  run->request = m.request;
  m.run = run;
  m.shown = 0;
  m.playing = true;
  s.start_job("Planning", [run, session = m.session](const Job::Progress& progress) {
    const auto total = static_cast<double>(run->request.calls);
    MazeOutcome outcome = session->plan(run->request, [&](const MazePaths& paths) {
      const std::lock_guard lock(run->mutex);
      run->calls.push_back(paths);
      return progress(static_cast<double>(run->calls.size()) / total);
    });
    const std::lock_guard lock(run->mutex);
    run->outcome = std::move(outcome);
  });
}

}  // namespace foresight
