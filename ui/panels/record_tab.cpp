// Recording, opening recordings, and exporting them.

#include <algorithm>
#include <ctime>

#include "sim/base/error.h"
#include "ui/clip_view.h"
#include "ui/maze_view.h"
#include "ui/offscreen/export_recording.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

std::string fresh_name() {
  char text[48];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::strftime(text, sizeof(text), "run-%Y%m%d-%H%M%S.rec", &parts);
  return text;
}

void start(AppState& s) {
  std::error_code error;
  fs::create_directories(s.recordings_folder(), error);
  const fs::path file = s.recordings_folder() / fresh_name();
  s.recording_name = file.string();
  s.sim.post([file](Simulation& sim) { sim.start_recording(file); });
  s.say("Recording to " + file.string());
}

void stop(AppState& s) {
  s.sim.post([](Simulation& sim) { sim.stop_recording(); });
}

ExportOptions export_options(const AppState& s) {
  ExportOptions o;
  o.format = export_formats()[s.export_format];
  o.out = fs::path(s.open_file)
              .replace_extension(o.format == "mjcf"  ? ".xml"
                                 : o.format == "png" ? ""
                                                     : "." + o.format);
  o.width = 1280;
  o.height = 720;
  return o;
}

void start_export(AppState& s) {
  const ExportOptions o = export_options(s);
  const fs::path file = s.open_file;
  s.start_job(
      "Exporting " + o.out.filename().string(),
      [o, file, character = s.character](const Job::Progress& progress) {
        RecordingReader reader = RecordingReader::open(file);
        export_recording(reader, character, o, progress);
      },
      [&s, o] { s.say("Wrote " + o.out.string()); });
}

void draw_list(AppState& s) {
  section(s, "RECORDINGS");
  text_dim(s, s.recordings_folder().string().c_str());
  const float height = 7 * ImGui::GetTextLineHeightWithSpacing();
  ImGui::BeginChild("files", {0, height}, true);
  for (const fs::path& file : s.recordings) {
    const std::string name = file.filename().string();
    if (ImGui::Selectable(name.c_str(), s.open_file == file.string())) s.open_file = file.string();
    s.mark("recording/" + name);
  }
  if (s.recordings.empty()) text_dim(s, "None yet.");
  ImGui::EndChild();
}

void draw_file_field(AppState& s) {
  char text[512];
  std::snprintf(text, sizeof(text), "%s", s.open_file.c_str());
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputTextWithHint("##file", "recording, task or mocap file", text, sizeof(text))) {
    s.open_file = text;
  }
  s.mark("file");
  if (button(s, "Open")) open_file(s, s.open_file);
  ImGui::SameLine();
  if (s.shot->timeline.playback) {
    if (button(s, "Take over here")) s.sim.post([](Simulation& sim) { sim.take_over(); });
    tip("The live controller goes on from this moment; the recording stays as a grey ghost.");
  }
}

void draw_export(AppState& s) {
  section(s, "EXPORT");
  choice(s, "Format", export_formats(), s.export_format);
  const bool possible = is_recording(s.open_file);
  ImGui::BeginDisabled(!possible);
  if (button(s, "Export", true)) start_export(s);
  ImGui::EndDisabled();
  text_dim(s, possible ? export_options(s).out.string().c_str() : "Choose a recording first.");
}

}  // namespace

namespace {

// Beside the character as soon as it is retargeted.
void open_mocap(AppState& s, const fs::path& file) {
  auto imported = std::make_shared<std::shared_ptr<const ImportedClip>>();
  s.tab = InspectorTab::kClips;
  s.settings.show_inspector = true;
  s.start_job(
      "Importing " + file.filename().string(),
      [imported, file, character = s.character](const Job::Progress&) {
        *imported = import_clip(*character, file);
      },
      [&s, imported] { s.clip = std::make_unique<ClipView>(*imported); });
}

}  // namespace

void toggle_recording(AppState& s) {
  if (s.shot->timeline.playback) return s.say("A recording is being played", true);
  if (s.shot->recorded >= 0) {
    stop(s);
  } else {
    start(s);
  }
}

void open_file(AppState& s, const fs::path& file) {
  try {
    if (!fs::is_regular_file(file)) throw InputError(file.string() + ": no such file");
    if (is_recording(file)) {
      s.sim.set_playing(false);
      s.open_file = file.string();
      s.tab = InspectorTab::kRecord;
      s.sim.post([file](Simulation& sim) { sim.open_recording(file); });
      return;
    }
    if (file.extension() == ".safetensors") {
      if (s.maze->open) return load_maze_planner(s, file);
      s.settings.checkpoint = file.string();
      return s.load_checkpoint(file);
    }
    const std::string text = read_file(file, std::size_t{1} << 28);
    if (detect_format(text) != MotionFormat::unknown) return open_mocap(s, file);
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("task")) {
      throw InputError(file.string() +
                       ": neither a recording (.rec, .pack), nor a task (.json), nor weights "
                       "(.safetensors), nor mocap (BVH, AMC, DeepMimic, MJPC)");
    }
    s.setup = setup_from_json(json, file.string());
    s.task_file = file.string();
    s.send_task();
    s.say("Task " + s.setup.name + " from " + file.string());
  } catch (const std::exception& error) {
    s.say(error.what(), true);
  }
}

void draw_record_tab(AppState& s) {
  section(s, "RECORD");
  const bool recording = s.shot->recorded >= 0;
  if (recording) {
    ImGui::TextColored(s.colors().bad, "%.1f s", s.shot->recorded);
    ImGui::SameLine();
  }
  if (button(s, recording ? "Stop recording" : "Start recording", true)) toggle_recording(s);
  draw_list(s);
  draw_file_field(s);
  draw_export(s);
}

}  // namespace foresight
