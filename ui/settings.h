// Settings: what the app remembers from one start to the next. What it is doing now is AppState.
#pragma once

#include <string>

#include "sim/base/files.h"
#include "ui/live/simulation.h"

namespace foresight {

struct ViewSettings {
  bool ghosts = true, paths = true, contacts = false, guidance = false;
  bool field = false;    // what the obstacle costs say of the ground
  int ghost_count = 4;   // along the predicted second
  bool shadows = true;   // where the quality allows
  int quality = -1;      // level of quality.h; -1: automatic
  int frame_limit = 60;  // pictures per second
  bool operator==(const ViewSettings&) const = default;
};

struct Settings {
  bool dark = true;
  double ui_scale = 0;  // 0: as the display says
  int width = 1280, height = 720;
  bool show_task = true, show_inspector = true;
  bool hints_seen = false;
  ViewSettings view;
  std::string task = "joystick";
  std::string checkpoint, device = "auto";  // empty: the one that ships
  int threads = 0;                          // of the network; 0: all cores but one
  SimulationSettings simulation;
  double kick_strength = 0.8;  // m/s
  double ball_speed = 8;       // m/s
  std::string recordings;      // folder; empty: the data folder
};

/// $XDG_CONFIG_HOME/foresight/app.json, by default under ~/.config.
fs::path settings_file();
/// $XDG_DATA_HOME/foresight/recordings, by default under ~/.local/share.
fs::path default_recordings_folder();

/// Values that are missing or make no sense keep their defaults. `problem` says what was wrong with
/// the file; empty when nothing was, or there is none.
Settings load_settings(const fs::path& file, std::string& problem);
/// Makes the folder. Throws InputError when it cannot be written.
void save_settings(const fs::path& file, const Settings& settings);

}  // namespace foresight
