#include "controller/run_recorder.h"

#include "controller/control_settings.h"

namespace foresight {
namespace {

// The predicted root path in the world frame.
std::vector<float> root_path(const LookaheadController& controller, int world) {
  const LookaheadPlan& plan = controller.plan();
  if (!plan.states.defined()) return {};
  const GroundPose& frame = plan.frames.at(world);
  const auto root = plan.states[world].narrow(1, controller.model().layout.root_position(), 3);
  const auto rows = root.to(torch::kFloat64).contiguous();
  std::vector<float> path;
  for (std::int64_t t = 0; t < rows.size(0); ++t) {
    const double* p = rows.data_ptr<double>() + 3 * t;
    const Eigen::Vector2d point = frame.point_out({p[0], p[1]});
    for (const double x : {point.x(), point.y(), p[2]}) path.push_back(static_cast<float>(x));
  }
  return path;
}

std::unique_ptr<Recording> make_recording(const World& world, std::uint64_t seed,
                                          const fs::path& file, bool overwrite) {
  const nlohmann::json header = recording_header(world.character(), seed);
  if (file.empty()) return std::make_unique<Recording>(header);
  return std::make_unique<Recording>(header, file, overwrite);
}

}  // namespace

Channels plan_channels(const LookaheadController& controller, int world, double step_ms) {
  const LookaheadPlan& plan = controller.plan();
  return {{"plan.id", std::vector<std::int64_t>{plan.id}},
          {"plan.age", std::vector<std::int64_t>{0}},
          {"plan.root", root_path(controller, world)},
          {"network_calls", std::vector<std::int64_t>{plan.network_calls}},
          {"step_ms", std::vector<double>{step_ms}},
          {"task.values", controller.values(world)}};
}

nlohmann::json run_info(const LookaheadController& controller, const LookaheadOptions& options,
                        const RunOptions& run, const EvalData& data, const nlohmann::json& task) {
  nlohmann::json commands = nlohmann::json::array();
  for (const Segment& s : run.commands) {
    commands.push_back({s.seconds, s.command.forward, s.command.left, s.command.turn_rate});
  }
  const ControlSettings settings =
      control_settings(controller.model(), options, /*threaded=*/false, /*shared=*/true);
  return {{"task", run.task},
          {"definition", task},
          {"values", run.values},
          {"seconds", run.seconds},
          {"seed", run.seed},
          {"commands", commands},
          {"checkpoint_sha256", settings.checkpoint_sha256},
          {"eval_data_sha256", data.sha256},
          {"control", to_json(settings)}};
}

RunRecorder::RunRecorder(const World& world, std::uint64_t seed, nlohmann::json info,
                         const fs::path& file, bool overwrite)
    : recording_(make_recording(world, seed, file, overwrite)),
      recorder_(*recording_, world, info),
      logs_(world.num_characters()) {
  for (ControlLog& log : logs_) log.set_task(info.value("definition", nlohmann::json::object()));
}

void RunRecorder::on_start(int character, const ControlStart& start) {
  logs_.at(character).start(start);
}

void RunRecorder::before_step(const World& world) { recorder_.before_step(world); }

void RunRecorder::after_step(const RunStep& step) {
  Channels channels = plan_channels(step.controller, 0, step.step_ms);
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    const auto world = static_cast<int>(i);
    logs_[i].set_orders({step.controller.values(world), step.controller.surroundings(world)});
    if (step.acted[i]) logs_[i].acted({});
    logs_[i].take(world, channels);
  }
  recorder_.after_step(step.world, step.status, std::move(channels));
}

}  // namespace foresight
