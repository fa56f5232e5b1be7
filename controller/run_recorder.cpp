#include "controller/run_recorder.h"

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

RunRecorder::RunRecorder(const World& world, const RunOptions& options, nlohmann::json info,
                         const fs::path& file, bool overwrite)
    : recording_(recording_header(world.character(), options.seed), file, overwrite),
      recorder_(recording_, world, std::move(info)) {}

void RunRecorder::before_step(const World& world) { recorder_.before_step(world); }

void RunRecorder::after_step(const RunStep& step) {
  recorder_.after_step(step.world, step.status, plan_channels(step.controller, 0, step.step_ms));
}

}  // namespace foresight
