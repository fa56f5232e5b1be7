#include "ui/settings.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

fs::path xdg_folder(const char* variable, const char* fallback) {
  const char* given = std::getenv(variable);
  if (given != nullptr && fs::path(given).is_absolute()) return fs::path(given) / "foresight";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / fallback / "foresight";
}

// One list of all fields serves reading and writing.
struct Writer {
  json out = json::object();
  template <typename T>
  void field(const char* name, const T& value, double = 0, double = 0) {
    out[name] = value;
  }
};

struct Reader {
  const json& in;
  void field(const char* name, bool& value, double = 0, double = 0) {
    if (in.contains(name) && in[name].is_boolean()) value = in[name];
  }
  void field(const char* name, std::string& value, double = 0, double = 0) {
    if (in.contains(name) && in[name].is_string()) value = in[name];
  }
  template <typename T>
  void field(const char* name, T& value, double low, double high) {
    if (!in.contains(name) || !in[name].is_number()) return;
    const double given = in[name];
    if (given >= low && given <= high) value = static_cast<T>(given);
  }
};

template <typename Visitor, typename S>
void visit_look(Visitor& v, S& s) {
  v.field("dark", s.dark);
  v.field("ui_scale", s.ui_scale, 0, 4);
  v.field("width", s.width, 640, 16384);
  v.field("height", s.height, 400, 16384);
  v.field("show_task", s.show_task);
  v.field("show_inspector", s.show_inspector);
  v.field("hints_seen", s.hints_seen);
  v.field("ghosts", s.view.ghosts);
  v.field("paths", s.view.paths);
  v.field("contacts", s.view.contacts);
  v.field("guidance", s.view.guidance);
  v.field("field", s.view.field);
  v.field("ghost_count", s.view.ghost_count, 1, 12);
  v.field("shadows", s.view.shadows);
  v.field("quality", s.view.quality, -1, 4);
  v.field("frame_limit", s.view.frame_limit, 5, 240);
}

template <typename Visitor, typename S>
void visit_run(Visitor& v, S& s) {
  v.field("task", s.task);
  v.field("checkpoint", s.checkpoint);
  v.field("device", s.device);
  v.field("threads", s.threads, 0, 256);
  auto& c = s.simulation.controller;
  v.field("threaded", c.threaded);
  v.field("replan_every", c.replan_every, 1, 8);
  v.field("roll_states", c.roll_states);
  v.field("roll_actions", c.roll_actions);
  v.field("prune", c.prune);
  v.field("guidance_scale", c.guidance_scale, 0, 10);
  v.field("kick_strength", s.kick_strength, 0, 5);
  v.field("ball_speed", s.ball_speed, 1, 20);
  v.field("recordings", s.recordings);
}

}  // namespace

fs::path settings_file() { return xdg_folder("XDG_CONFIG_HOME", ".config") / "app.json"; }

fs::path default_recordings_folder() {
  return xdg_folder("XDG_DATA_HOME", ".local/share") / "recordings";
}

Settings load_settings(const fs::path& file, std::string& problem) {
  Settings settings;
  problem.clear();
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return settings;
  try {
    const json content = json::parse(read_file(file, 1 << 20), nullptr, false);
    if (!content.is_object()) throw InputError(file.string() + " is not a settings file");
    Reader reader{content};
    visit_look(reader, settings);
    visit_run(reader, settings);
  } catch (const InputError& error) {
    problem = std::string(error.what()) + "; using the defaults";
    return {};
  }
  return settings;
}

void save_settings(const fs::path& file, const Settings& settings) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) throw InputError(file.parent_path().string() + ": cannot be made: " + error.message());
  Writer writer;
  visit_look(writer, settings);
  visit_run(writer, settings);
  write_file(file, writer.out.dump(2) + "\n");
}

}  // namespace foresight
