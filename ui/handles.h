// Handles: points of a task that can be dragged in the scene, found by the names of its parameters
// (NAME_x, NAME_y and perhaps NAME_z in metres, or x, y, z), and objects of the scene.
#pragma once

#include <string>
#include <vector>

#include "ui/live/snapshot.h"
#include "ui/offscreen/overlay.h"

namespace foresight {

struct Handle {
  std::string name;
  int x = -1, y = -1, z = -1;  // indices of parameters; -1: not a parameter
  Eigen::Vector3d position;    // world, m
};

std::vector<Handle> handles_of(const TaskInfo& info, const std::vector<double>& values);

/// Puts the handle at a point: writes the parameters, kept within their range.
void move_handle(const Handle& handle, const Eigen::Vector3d& point, const TaskInfo& info,
                 std::vector<double>& values);

/// A disc on the ground, and a pole and a ball for handles in the air.
void add_handle(const Handle& handle, bool hot, Overlay& overlay);

}  // namespace foresight
