// foresight import: mocap files to clips.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/export/reimport.h"
#include "sim/motion/clip_table.h"
#include "sim/motion/retarget.h"
#include "sim/motion/source_motion.h"
#include "tools/commands.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 29;

struct ImportFlags {
  std::vector<std::string> inputs;
  std::string out, csv, character, skeleton;
  std::string unit = "auto";
  double fps = 30;
  double cycle_seconds = 6;
  int workers = 0;
  bool no_contacts = false;
  OutputFlags output;
};

struct Imported {
  fs::path file;
  std::string name;   // "folder/stem"
  std::string error;  // empty: it worked
  std::vector<std::string> notes;
  Clip clip;
  RetargetReport report;
};

bool may_hold_motion(const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".bvh" || extension == ".amc") return true;
  if (extension != ".txt" && extension != ".json" && extension != ".xml") return false;
  return detect_format(read_file(file, kLargestFile)) != MotionFormat::unknown;
}

// Files as named, and what looks like motion in folders (licence texts and the like are passed by).
std::vector<fs::path> find_inputs(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    if (!fs::exists(input)) throw InputError(input + ": no such file or folder");
    if (!fs::is_directory(input)) {
      files.emplace_back(input);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(input)) {
      if (entry.is_regular_file() && may_hold_motion(entry.path())) files.push_back(entry.path());
    }
  }
  if (files.empty()) throw InputError("no motion files (.bvh, .amc, .txt, .json, .xml) found");
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::string clip_name(const fs::path& file) {
  const std::string folder =
      fs::absolute(file).lexically_normal().parent_path().filename().string();
  return folder + "/" + file.stem().string();
}

// The clip of a file that `foresight export` wrote for this character, as it is; nothing for
// others.
std::optional<Clip> own_export(const Character& character, const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension != ".npz" && extension != ".csv" && extension != ".bvh") return std::nullopt;
  const std::string content = read_file(file, kLargestFile), name = file.string();
  if (extension == ".npz") return clip_from_npz(character, content, name);
  if (extension == ".csv") return clip_from_csv(character, content, name);
  try {
    return clip_from_bvh(character, content, name);
  } catch (const InputError&) {
    return std::nullopt;  // another skeleton, or damaged: the general reader says which
  }
}

void import_one(const Character& character, const ImportFlags& flags,
                const std::map<std::string, ClipInfo>& table, Imported& item) {
  try {
    ImportOptions options;
    options.unit = flags.unit;
    options.skeleton = flags.skeleton;
    options.cycle_seconds = flags.cycle_seconds;
    if (auto own = own_export(character, item.file)) {
      item.clip = std::move(*own);
    } else {
      const SourceMotion source = load_source_motion(item.file, options);
      item.notes = source.notes;
      item.clip = retarget(character, source, {flags.fps, !flags.no_contacts}, &item.report);
    }
    const std::string folder = item.name.substr(0, item.name.find('/'));
    item.clip.name = item.name;
    item.clip.source = folder + "/" + item.file.filename().string();
    item.clip.licence = licence_of_folder(folder);
    const auto info = table.find(item.name);
    item.clip.category = info == table.end() ? "unknown" : info->second.category;
    item.clip.split = info == table.end() ? "train" : info->second.split;
    save_clip(fs::path(flags.out) / (item.name + ".clip"), item.clip);
  } catch (const InputError& error) {
    item.error = error.what();
  }
}

void print_table(const std::vector<Imported>& items) {
  std::printf("%-46s %7s %6s %8s %8s %9s %8s %9s\n", "clip", "seconds", "scale", "mean cm",
              "max cm", "slide m/s", "sole cm", "rad/s max");
  for (const Imported& item : items) {
    if (!item.error.empty()) continue;
    const RetargetReport& r = item.report;
    std::printf("%-46s %7.1f %6.3f %8.2f %8.1f %9.3f %8.1f %9.1f\n", item.name.c_str(),
                item.clip.seconds(), r.scale, r.mean_error_cm, r.max_error_cm, r.foot_slide,
                r.penetration_cm, r.max_joint_speed);
  }
}

void write_report(const std::vector<Imported>& items, const fs::path& file) {
  std::string text =
      "clip,status,frames,seconds,category,split,licence,scale,floor_shift_m,floor_drift_cm,mean_"
      "error_cm,"
      "max_error_cm,hands_cm,feet_cm,head_cm,foot_slide_mps,penetration_cm,max_joint_speed_radps,"
      "mean_speed_mps\n";
  for (const Imported& item : items) {
    if (!item.error.empty()) {
      text += item.name + ",failed,,,,,,,,,,,,,,,,,\n";
      continue;
    }
    const RetargetReport& r = item.report;
    char line[1024];
    std::snprintf(
        line, sizeof line,
        "%s,ok,%d,%.3f,%s,%s,%s,%.4f,%.4f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.4f,%.3f,%.2f,%.3f\n",
        item.name.c_str(), item.clip.frames(), item.clip.seconds(), item.clip.category.c_str(),
        item.clip.split.c_str(), item.clip.licence.c_str(), r.scale, r.floor_shift.mean(),
        r.floor_drift_cm(), r.mean_error_cm, r.max_error_cm, r.hands_cm, r.feet_cm, r.head_cm,
        r.foot_slide, r.penetration_cm, r.max_joint_speed, r.mean_speed);
    text += line;
  }
  write_file(file, text);
}

struct ImportSummary {
  int done = 0;
  double seconds = 0;
  double error = 0, worst = 0;  // cm, mean over clips and of the worst clip
  double slide = 0;             // m/s, mean over clips
  double depth = 0;             // cm, deepest
};

ImportSummary summary_of(const std::vector<Imported>& items) {
  ImportSummary s;
  for (const Imported& item : items) {
    if (!item.error.empty()) continue;
    ++s.done;
    s.seconds += item.clip.seconds();
    s.error += item.report.mean_error_cm;
    s.worst = std::max(s.worst, item.report.mean_error_cm);
    s.slide += item.report.foot_slide;
    s.depth = std::max(s.depth, item.report.penetration_cm);
  }
  s.error /= std::max(s.done, 1);
  s.slide /= std::max(s.done, 1);
  return s;
}

void print_summary(const ImportSummary& s, std::size_t files, const fs::path& report) {
  std::printf(
      "\n%d of %zu files imported, %.1f min. Mean error of hands, feet and head %.2f cm "
      "(worst clip %.2f), foot slide %.3f m/s, deepest sole %.1f cm.\nReport: %s\n",
      s.done, files, s.seconds / 60, s.error, s.worst, s.slide, s.depth, report.string().c_str());
}

nlohmann::json json_of(const ImportSummary& s, const std::vector<Imported>& items) {
  nlohmann::json failed = nlohmann::json::array();
  for (const Imported& item : items) {
    if (item.error.empty()) continue;
    failed.push_back({{"file", item.file.string()}, {"reason", item.error}});
  }
  return {{"files", items.size()},     {"imported", s.done},       {"seconds", s.seconds},
          {"mean_error_cm", s.error},  {"worst_clip_cm", s.worst}, {"foot_slide_mps", s.slide},
          {"penetration_cm", s.depth}, {"failed", failed}};
}

// What could be read is reported; then, with exit code 2, what could not.
void tell_result(const std::vector<Imported>& items, const ImportFlags& flags) {
  const ImportSummary summary = summary_of(items);
  if (summary.done > 0) {
    const fs::path table = fs::path(flags.out) / "import.csv";
    write_report(items, table);
    if (!flags.output.quiet) print_table(items);
    print_summary(summary, items.size(), table);
    write_json(flags.output.json, json_of(summary, items));
  }
  const bool single = items.size() == 1;
  for (const Imported& item : items) {
    for (const std::string& note : item.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
    if (item.error.empty()) continue;
    if (single) throw InputError(item.error);
    std::fprintf(stderr, "failed: %s\n", item.error.c_str());
  }
  const int failed = static_cast<int>(items.size()) - summary.done;
  if (failed == 0) return;
  throw InputError(std::to_string(failed) + " of " + std::to_string(items.size()) +
                   " files could not be imported (reasons above)");
}

// Clips of the same name would overwrite each other.
void require_unique_names(std::vector<Imported> items) {
  std::sort(items.begin(), items.end(),
            [](const Imported& a, const Imported& b) { return a.name < b.name; });
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (items[i].name == items[i - 1].name) {
      throw InputError(items[i].file.string() + " and " + items[i - 1].file.string() +
                       " would both become the clip \"" + items[i].name + "\"; import them apart");
    }
  }
}

void import_all(const Character& character, const ImportFlags& flags,
                const std::map<std::string, ClipInfo>& table, std::vector<Imported>& items) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  WorkerPool pool(flags.workers > 0 ? flags.workers : cores);
  const bool quiet = flags.output.quiet || items.size() == 1;
  ProgressBar bar("import", static_cast<double>(items.size()), quiet);
  // In rounds, so that the bar moves; a pool hands out blocks, and files differ in length.
  const int round = 4 * pool.size();
  const int count = static_cast<int>(items.size());
  for (int begin = 0; begin < count; begin += round) {
    const int size = std::min(round, count - begin);
    pool.run(size, [&](int i) { import_one(character, flags, table, items[begin + i]); });
    bar.update(begin + size);
  }
}

void run_import(const ImportFlags& flags) {
  if (!(flags.fps >= 5 && flags.fps <= 240)) throw InputError("--fps must be between 5 and 240");
  const auto character =
      flags.character.empty() ? default_character() : load_character(flags.character);
  std::map<std::string, ClipInfo> table;
  if (!flags.csv.empty()) table = read_clip_table(flags.csv);
  std::vector<Imported> items;
  for (const fs::path& file : find_inputs(flags.inputs)) {
    items.push_back({file, clip_name(file), "", {}, {}, {}});
  }
  require_unique_names(items);
  import_all(*character, flags, table, items);
  tell_result(items, flags);
}

}  // namespace

void add_import_command(Command& app) {
  Command* command =
      app.add_subcommand("import", "Retarget mocap files onto the character: one .clip per file");
  command->footer(
      "Formats, told apart by content: BVH, AMC (with its ASF beside it), DeepMimic JSON, MJPC\n"
      "keyframes XML. Clips are named FOLDER/STEM. Each line shows the mean and largest error of\n"
      "hands, feet and head against the source after one uniform leg-length scale, the speed of\n"
      "standing feet and the depth of soles in the floor. Exit code 2 when a file fails.");
  auto flags = std::make_shared<ImportFlags>();
  command->add_option("inputs", flags->inputs, "Files or folders")->required();
  command->add_option("--out", flags->out, "Folder for the clips")->required();
  command->add_option("--csv", flags->csv, "Table with columns file, category, split (clips.csv)");
  command->add_option("--character", flags->character, "Character tables (JSON)");
  command->add_option("--fps", flags->fps, "Frame rate of the clips, 1/s")->capture_default_str();
  command->add_option("--unit", flags->unit, "Length unit of BVH: auto, m, cm, mm, inch, cmu")
      ->capture_default_str();
  command->add_option("--skeleton", flags->skeleton, "ASF file for all AMC inputs");
  command->add_option("--cycle-seconds", flags->cycle_seconds, "Repeat cycles to this length, s")
      ->capture_default_str();
  command->add_option("--threads,--workers", flags->workers, "Threads (0: all cores)")
      ->capture_default_str();
  command->add_flag("--no-contacts", flags->no_contacts, "Skip the contact clean-up");
  add_output_flags(command, flags->output, "Only the summary");
  command->callback([flags] { run_import(*flags); });
}

}  // namespace foresight
