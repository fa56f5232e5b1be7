// What keys, buttons and controls do.

#include <algorithm>
#include <cmath>

#include "ui/app_state.h"
#include "ui/maze_view.h"
#include "ui/panels/panels.h"

namespace foresight {
namespace {

constexpr double kSpeeds[] = {0.1, 0.25, 0.5, 1, 2, 4};

void change_speed(AppState& s, int direction) {
  const double now = s.shot->speed;
  double next = now;
  if (direction > 0) {
    for (const double speed : kSpeeds) {
      if (speed > now + 1e-6) {
        next = speed;
        break;
      }
    }
  } else {
    for (const double speed : kSpeeds) {
      if (speed < now - 1e-6) next = speed;
    }
  }
  s.sim.set_speed(next);
}

void step_back(AppState& s) {
  s.sim.set_playing(false);
  s.sim.post([to = s.shot->timeline.position - 1](Simulation& sim) { sim.scrub(to); });
}

// Away from the camera, horizontally.
Eigen::Vector3d view_direction(const AppState& s) {
  Eigen::Vector3d d = s.camera.forward();
  d.z() = 0;
  return d.norm() > 1e-3 ? Eigen::Vector3d(d.normalized()) : Eigen::Vector3d::UnitX();
}

void kick(AppState& s) {
  const Eigen::Vector2d v = s.settings.kick_strength * view_direction(s).head<2>();
  s.sim.post([v, who = s.selected](Simulation& sim) { sim.kick(who, v); });
  s.say("Kick");
}

// From the camera's side at the height of the chest, with the drop made up for.
void throw_ball(AppState& s) {
  if (s.selected >= static_cast<int>(s.shot->characters.size())) return;
  const Eigen::Vector3d target =
      s.shot->characters[s.selected].root_position + Eigen::Vector3d(0, 0, 0.25);
  const Eigen::Vector3d from = target - 2.6 * view_direction(s) + Eigen::Vector3d(0, 0, 0.3);
  const double time = (target - from).norm() / s.settings.ball_speed;
  const Eigen::Vector3d velocity =
      (target - from) / time + Eigen::Vector3d(0, 0, 0.5 * 9.81 * time);
  s.sim.post([from, velocity](Simulation& sim) { sim.throw_ball(from, velocity); });
}

void toggle_view(AppState& s, bool& flag, const char* what) {
  flag = !flag;
  s.settings.simulation.show_contacts = s.settings.view.contacts;
  s.settings.simulation.controller.show_guidance = s.settings.view.guidance;
  s.send_settings();
  s.say(std::string(what) + (flag ? " on" : " off"));
}

void next_camera(AppState& s) {
  s.camera.mode = static_cast<CameraMode>((static_cast<int>(s.camera.mode) + 1) % kCameraModes);
  s.say(std::string("Camera: ") + camera_mode_name(s.camera.mode));
}

void cancel(AppState& s) {
  if (s.help_open || s.hints_open) {
    s.help_open = s.hints_open = false;
    s.settings.hints_seen = true;
  } else {
    s.error_dismissed = true;
  }
}

bool perform_time(AppState& s, Action action) {
  switch (action) {
    case Action::kPlayPause:
      s.sim.set_playing(!s.sim.playing());
      return true;
    case Action::kStep:
      s.sim.step_once();
      return true;
    case Action::kStepBack:
      step_back(s);
      return true;
    case Action::kLive:
      s.sim.post([](Simulation& sim) { sim.leave_past(); });
      return true;
    case Action::kReset:
      s.sim.post([](Simulation& sim) { sim.reset(); });
      s.camera.jump();
      return true;
    case Action::kSlower:
      change_speed(s, -1);
      return true;
    case Action::kFaster:
      change_speed(s, 1);
      return true;
    default:
      return false;
  }
}

bool perform_view(AppState& s, Action action) {
  ViewSettings& view = s.settings.view;
  switch (action) {
    case Action::kCamera:
      next_camera(s);
      return true;
    case Action::kGhosts:
      toggle_view(s, view.ghosts, "Predicted poses");
      return true;
    case Action::kPaths:
      toggle_view(s, view.paths, "Predicted paths");
      return true;
    case Action::kContacts:
      toggle_view(s, view.contacts, "Contact forces");
      return true;
    case Action::kGuidance:
      toggle_view(s, view.guidance, "Guidance");
      return true;
    case Action::kField:
      toggle_view(s, view.field, "Obstacle field");
      return true;
    case Action::kMazes:
      open_mazes(s, !s.maze->open);
      return true;
    case Action::kTaskPanel:
      s.settings.show_task = !s.settings.show_task;
      return true;
    case Action::kInspector:
      s.settings.show_inspector = !s.settings.show_inspector;
      return true;
    case Action::kTheme:
      s.settings.dark = !s.settings.dark;
      return true;
    case Action::kHelp:
      s.help_open = !s.help_open;
      return true;
    case Action::kCancel:
      cancel(s);
      return true;
    default:
      return false;
  }
}

}  // namespace

void perform(AppState& s, Action action) {
  if (perform_time(s, action) || perform_view(s, action)) return;
  switch (action) {
    case Action::kKick:
      kick(s);
      break;
    case Action::kThrow:
      throw_ball(s);
      break;
    case Action::kRecord:
      toggle_recording(s);
      break;
    case Action::kSelectNext:
      s.selected = (s.selected + 1) % std::max<int>(1, static_cast<int>(s.shot->characters.size()));
      break;
    default:
      break;  // held keys, full screen and pictures are the app's
  }
}

}  // namespace foresight
