#include "sim/maze/maze_world.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr double kStartSpread = 0.1, kStartSpeed = 0.1, kTopSpeed = 5.0;

std::string wall_geoms(const MazeLayout& layout) {
  std::ostringstream xml;
  for (int row = 0; row < layout.height(); ++row) {
    for (int col = 0; col < layout.width(); ++col) {
      if (!layout.is_wall({row, col})) continue;
      xml << "    <geom type=\"box\" size=\".5 .5 .2\" pos=\"" << row + 1 << ' ' << col + 1
          << " 0\" rgba=\".55 .5 .45 1\"/>\n";
    }
  }
  return xml.str();
}

}  // namespace

std::string maze_mjcf(const MazeLayout& layout) {
  // The reference's ball touches its floor, but it can only slide in x and y, and the contact is
  // without friction: the floor here collides with nothing, which changes no number and saves time.
  return R"(<mujoco>
  <compiler inertiafromgeom="true" angle="radian"/>
  <option timestep="0.01" gravity="0 0 0" iterations="20" integrator="Euler"/>
  <default>
    <joint damping="1" limited="false"/>
    <geom friction=".5 .1 .1" density="1000" margin="0.002" condim="1" contype="2" conaffinity="1"/>
  </default>
  <worldbody>
    <light pos="4 4 12" dir="0 0 -1"/>
    <geom name="ground" type="plane" size="40 40 0.25" pos="0 0 -0.1" contype="0" conaffinity="0"/>
    <body name="particle" pos="1.2 1.2 0">
      <geom name="particle" type="sphere" size="0.1" contype="1" rgba=".2 .3 .8 1"/>
      <joint name="ball_x" type="slide" axis="1 0 0"/>
      <joint name="ball_y" type="slide" axis="0 1 0"/>
    </body>
)" + wall_geoms(layout) +
         R"(  </worldbody>
  <actuator>
    <motor joint="ball_x" ctrlrange="-1 1" ctrllimited="true" gear="100"/>
    <motor joint="ball_y" ctrlrange="-1 1" ctrllimited="true" gear="100"/>
  </actuator>
</mujoco>
)";
}

std::shared_ptr<const mjModel> compile_maze(const MazeLayout& layout) {
  const std::string xml = maze_mjcf(layout);
  char error[1000] = "";
  mjSpec* spec = mj_parseXMLString(xml.c_str(), nullptr, error, sizeof(error));
  mjModel* model = spec == nullptr ? nullptr : mj_compile(spec, nullptr);
  mj_deleteSpec(spec);
  if (model == nullptr) throw InternalError("maze " + layout.name + " does not compile: " + error);
  return {model, mj_deleteModel};
}

double maze_distance(const MazePoint& a, const MazePoint& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1]);
}

MazeWorld::MazeWorld(const MazeLayout& layout, std::shared_ptr<const mjModel> model,
                     std::uint64_t seed)
    : layout_(layout),
      cells_(free_cells(layout)),
      model_(std::move(model)),
      data_(mj_makeData(model_.get()), mj_deleteData),
      rng_{seed} {
  const MazeCell goal = goal_cell(layout_);
  target_ = {static_cast<double>(goal.row), static_cast<double>(goal.col)};
}

MazePoint MazeWorld::draw_point() {
  const MazeCell cell = cells_[rng_.index(static_cast<int>(cells_.size()))];
  const double x = cell.row + rng_.uniform(-kStartSpread, kStartSpread);
  return {x, cell.col + rng_.uniform(-kStartSpread, kStartSpread)};
}

MazeObservation MazeWorld::reset() {
  const MazePoint start = draw_point();
  const double vx = kStartSpeed * rng_.normal();
  set_state({start[0], start[1], vx, kStartSpeed * rng_.normal()});
  return observation();
}

void MazeWorld::set_state(const MazeObservation& state) {
  mj_resetData(model_.get(), data_.get());
  std::copy_n(state.begin(), 2, data_->qpos);
  std::copy_n(state.begin() + 2, 2, data_->qvel);
}

MazeObservation MazeWorld::step(const MazeAction& action) {
  for (int i = 0; i < 2; ++i) {
    FS_CHECK(std::isfinite(action[i]));
    data_->qvel[i] = std::clamp(data_->qvel[i], -kTopSpeed, kTopSpeed);
    data_->ctrl[i] = std::clamp(action[i], -1.0, 1.0);
  }
  mj_step(model_.get(), data_.get());
  return observation();
}

MazeObservation MazeWorld::observation() const {
  return {data_->qpos[0], data_->qpos[1], data_->qvel[0], data_->qvel[1]};
}

double MazeWorld::reward() const {
  return maze_distance({data_->qpos[0], data_->qpos[1]}, target_) <= kMazeGoalRadius ? 1.0 : 0.0;
}

void MazeWorld::draw_target() { target_ = draw_point(); }

}  // namespace foresight
