#include "tools/rerun_controller.h"

#include <cinttypes>
#include <cstdio>
#include <map>

#include "controller/control_log.h"
#include "controller/task_file.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "sim/base/temporary_folder.h"
#include "sim/recording/pack.h"
#include "ui/live/task_setup.h"

namespace foresight {
namespace {

using nlohmann::json;

// The checkpoint of a pack as files in `folder`; returns the weights.
fs::path write_checkpoint(const Pack& pack, const fs::path& folder) {
  for (const auto& [name, content] : pack.checkpoint) {
    write_file(folder / fs::path(name).filename(), content);
  }
  return folder / "checkpoint.safetensors";
}

// Loads checkpoints by their hash, each once.
class ModelShelf {
 public:
  ModelShelf(std::shared_ptr<const Character> character, const RerunOptions& options)
      : character_(std::move(character)), device_(choose_device(options.device)) {}

  void add(const fs::path& file) { files_[sha256_hex(read_file(file))] = file; }

  std::shared_ptr<const LookaheadModel> find(const std::string& sha256) {
    auto& model = models_[sha256];
    if (model) return model;
    const auto file = files_.find(sha256);
    if (file == files_.end()) throw InputError(missing(sha256));
    model =
        std::make_shared<const LookaheadModel>(load_lookahead(file->second, *character_, device_));
    return model;
  }

 private:
  std::string missing(const std::string& sha256) const {
    std::string text = "the controller of this recording had the checkpoint with the hash " +
                       sha256 + "; pass that file with --checkpoint (tried:";
    for (const auto& [hash, file] : files_) text += " " + file.string() + " " + hash.substr(0, 12);
    return text + ")";
  }

  std::shared_ptr<const Character> character_;
  torch::Device device_;
  std::map<std::string, fs::path> files_;
  std::map<std::string, std::shared_ptr<const LookaheadModel>> models_;
};

// From what ControlLog::set_task was given by the app ("setup") or by `foresight run`.
std::shared_ptr<const Task> recorded_task(const json& told, const std::string& name) {
  std::shared_ptr<const Task> base;
  if (told.contains("setup")) {
    base = build_task(setup_from_json(told["setup"], name));
  } else if (told.contains("file")) {
    base = task_from_json(told["file"], name).task;
  } else {
    const json task = told.value("task", json());
    if (!task.is_string()) throw InputError(name + ": a step names no task");
    base = std::make_shared<const Task>(find_task(task));
  }
  auto task = std::make_shared<Task>(*base);
  set_task_numbers(told.value("numbers", json::object()), name, *task);
  return task;
}

int recorded_threads(const RecordingReader& reader) {
  for (const RecordedSegment& s : reader.segments()) {
    const json settings = s.start.info.is_object() ? s.start.info.value("control", json()) : json();
    if (settings.is_object()) return control_settings_from_json(settings, reader.name()).threads;
  }
  return 1;
}

}  // namespace

ControllerReplayReport rerun_controller(RecordingReader& reader,
                                        std::shared_ptr<const Character> character,
                                        const fs::path& file, const RerunOptions& options) {
  set_threads(options.threads > 0 ? options.threads : recorded_threads(reader));
  ModelShelf shelf(character, options);
  const fs::path shipped = assets_dir() / "checkpoints" / "lookahead.safetensors";
  if (fs::exists(shipped)) shelf.add(shipped);
  for (const std::string& checkpoint : options.checkpoints) shelf.add(checkpoint);
  std::unique_ptr<TemporaryFolder> unpacked;
  if (const std::string bytes = read_file(file); is_pack(bytes)) {
    const Pack pack = unpack(bytes, file.string());
    if (!pack.checkpoint.empty()) {
      unpacked = std::make_unique<TemporaryFolder>();
      shelf.add(write_checkpoint(pack, unpacked->path));
    }
  }
  const ControllerReplayInput input{
      character, [&shelf](const std::string& sha256) { return shelf.find(sha256); },
      [&reader](const json& told) { return recorded_task(told, reader.name()); },
      options.tolerance};
  return replay_controller(reader, input);
}

std::string tell_rerun(const ControllerReplayReport& report, double tolerance) {
  std::printf("controller run again: %" PRId64 " actions compared, %" PRId64
              " not the controller's or from a start that the log does not tell\n",
              report.compared, report.other);
  std::printf("  largest difference of a target %.3g rad\n", report.largest);
  if (!report.first) {
    if (report.compared > 0) std::printf("  all within %g rad\n", tolerance);
    return "";
  }
  char text[256];
  std::snprintf(text, sizeof(text),
                "the controller differs first at step %" PRId64
                ", character %d, joint %s: recorded %.9g, computed %.9g rad",
                report.first->step, report.first->character, report.first->joint.c_str(),
                report.first->recorded, report.first->computed);
  return text;
}

json rerun_json(const ControllerReplayReport& report) {
  json j{{"compared", report.compared},
         {"other", report.other},
         {"largest_rad", report.largest},
         {"identical", !report.first && report.compared > 0}};
  if (report.first) {
    j["first"] = {{"step", report.first->step},
                  {"character", report.first->character},
                  {"joint", report.first->joint},
                  {"recorded", report.first->recorded},
                  {"computed", report.first->computed}};
  }
  return j;
}

}  // namespace foresight
