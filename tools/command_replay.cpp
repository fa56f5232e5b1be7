// foresight replay: simulates a recording again and compares it with the log.
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/recording/replay.h"
#include "tools/commands.h"
#include "tools/output_flags.h"
#include "tools/rerun_controller.h"

namespace foresight {
namespace {

struct ReplayFlags {
  std::string file, character, json;
  bool validate = false, controller = false;
  std::int64_t step = -1;
  RerunOptions rerun;
};

void print_content(const RecordingReader& reader) {
  std::printf("%s: %.1f s, %" PRId64 " steps at %g Hz, %zu segments, %zu events%s\n",
              reader.name().c_str(), reader.seconds(), reader.steps(), reader.control_hz(),
              reader.segments().size(), reader.events().size(),
              reader.finished() ? "" : " (not finished: the last second may be missing)");
  for (const RecordedSegment& segment : reader.segments()) {
    std::printf("  from step %" PRId64 ": %" PRId64 " steps, %s\n", segment.first, segment.steps,
                segment.start.info.dump().c_str());
  }
  for (const RecordedEvent& event : reader.events()) {
    std::printf("  before step %" PRId64 ": %s\n", event.step, event.what.dump().c_str());
  }
}

std::string channel_text(const ChannelValue& value) {
  return std::visit([](const auto& v) { return nlohmann::json(v).dump(); }, value);
}

// The state after one step, reached by seeking.
void print_step(RecordingReader& reader, std::shared_ptr<const Character> character,
                std::int64_t step) {
  if (step >= reader.steps()) {
    throw InputError("--step: the recording has only " + std::to_string(reader.steps()) + " steps");
  }
  const auto world = segment_world(reader, reader.block_of(step).segment, character);
  seek(reader, step, *world);
  std::printf("step %" PRId64 ", time %.4f s, hash %016" PRIx64 " (log %016" PRIx64 ")\n", step,
              world->time(), world->state_hash(), reader.step(step).hash);
  std::printf("  root at %.4f %.4f %.4f m\n", world->qpos()[0], world->qpos()[1], world->qpos()[2]);
  for (const auto& [name, value] : reader.step(step).channels) {
    std::printf("  %s: %s\n", name.c_str(), channel_text(value).c_str());
  }
}

std::string describe(const ReplayDifference& d) {
  char text[256];
  std::snprintf(text, sizeof(text), "step %" PRId64 ", %s: recorded %.17g, simulated %.17g", d.step,
                d.field.c_str(), d.recorded, d.simulated);
  return text;
}

nlohmann::json report_json(const ReplayReport& report) {
  nlohmann::json json{{"steps", report.steps},
                      {"identical", !report.difference},
                      {"same_models", report.same_models}};
  if (report.difference) {
    json["difference"] = {{"step", report.difference->step},
                          {"field", report.difference->field},
                          {"recorded", report.difference->recorded},
                          {"simulated", report.difference->simulated}};
  }
  return json;
}

// Says what came of a replay; the text of a difference, empty without one.
std::string tell(const RecordingReader& reader, const ReplayReport& report) {
  if (!report.same_models) {
    std::printf(
        "this program compiles another model from the scene (recorded with MuJoCo %s, "
        "this is %s)\n",
        reader.header().value("mujoco", "?").c_str(), mj_versionString());
  }
  if (report.difference) return "the simulation differs at " + describe(*report.difference);
  std::printf("simulated again: all %" PRId64 " steps are identical\n", report.steps);
  return "";
}

void run(const ReplayFlags& o) {
  RecordingReader reader = RecordingReader::open(o.file);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  if (o.step >= 0) return print_step(reader, character, o.step);
  print_content(reader);
  nlohmann::json json;
  std::string difference;
  if (o.controller) {
    const ControllerReplayReport report = rerun_controller(reader, character, o.file, o.rerun);
    json = report_json(report.physics);
    json["controller"] = rerun_json(report);
    difference = tell(reader, report.physics);
    if (difference.empty()) difference = tell_rerun(report, o.rerun.tolerance);
  } else {
    const ReplayReport report = replay(reader, character);
    json = report_json(report);
    difference = tell(reader, report);
  }
  write_json(o.json, json);
  if (difference.empty()) return;
  if (o.validate) throw TargetMissed(difference);
  std::printf("%s\n", difference.c_str());
}

}  // namespace

void add_replay_command(Command& app) {
  auto o = std::make_shared<ReplayFlags>();
  Command* command =
      app.add_subcommand("replay", "Simulate a recording again and compare it with the log");
  command->add_option("file", o->file, "Recording or pack")->required();
  command->add_flag("--validate", o->validate, "End with exit code 3 when a step differs");
  command->add_option("--step", o->step, "Only show the state after this step (counted from 0)")
      ->check(not_negative());
  command->add_option("--character", o->character, "Character tables (default: the shipped one)");
  command->add_option("--json", o->json, "Write the result as JSON");
  command->add_flag("--controller", o->controller,
                    "Run the controller again too and compare its actions");
  command->add_option("--checkpoint", o->rerun.checkpoints,
                      "Weights for --controller, found by their hash (repeatable; those that ship "
                      "and those in a pack are tried too)");
  command->add_option("--device", o->rerun.device, "auto, cpu or cuda (default: cpu)");
  command->add_option("--threads", o->rerun.threads, "Threads (default: as recorded)")
      ->check(in_range(1, 256));
  command
      ->add_option("--tolerance", o->rerun.tolerance,
                   "Difference of an action that is allowed, rad (default 0: bit for bit)")
      ->check(not_negative());
  command->callback([o] { run(*o); });
}

}  // namespace foresight
