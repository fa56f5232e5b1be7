#include "ui/live/maze_session.h"

#include <cstdio>

#include "controller/planners/maze_planner.h"
#include "sim/base/clock.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

MazePaths paths_of(const torch::Tensor& physical) {
  const torch::Tensor clean = physical.to(torch::kCPU).contiguous();
  const auto table = clean.accessor<float, 3>();
  MazePaths paths(clean.size(0));
  for (std::int64_t i = 0; i < clean.size(0); ++i) {
    for (std::int64_t t = 0; t < clean.size(1); ++t) {
      paths[i].push_back({table[i][t][2], table[i][t][3]});
    }
  }
  return paths;
}

std::string summary_of(const DiffuserModel& model) {
  char text[96];
  std::snprintf(text, sizeof(text), "%.1f M parameters, %d noise levels",
                static_cast<double>(parameter_count(*model.net)) / 1e6, model.config.levels);
  return text;
}

MazeEpisode follow(const MazeLayout& layout, const MazeRequest& request, const MazePlan& plan) {
  MazeWorld world(layout, compile_maze(layout), request.seed);
  world.reset();
  world.set_state({request.start[0], request.start[1], 0, 0});
  world.set_target(request.goal);
  return run_episode(world, track_plan(plan));
}

}  // namespace

MazeSession::MazeSession(const fs::path& checkpoint) : name_(checkpoint.filename().string()) {
  const auto model = std::make_shared<const DiffuserModel>(load_diffuser(checkpoint));
  const DiffuserConfig& c = model->config;
  layout_ = find_maze(c.maze);
  summary_ = summary_of(*model);
  levels_ = c.levels;
  min_frames_ = c.min_frames;
  max_frames_ = c.frames;
  frame_unit_ = c.net.length_unit();
  frame_seconds_ = c.stride * kMazeStepSeconds;
  has_goal_ = c.goal;
  model_ = model;
}

MazeOutcome MazeSession::plan(const MazeRequest& request,
                              const std::function<bool(const MazePaths&)>& watch) const {
  PlannerOptions options;
  options.calls = std::min(request.calls, levels_);
  options.stochastic = request.stochastic ? 1 : 0;
  options.lengths = {request.frames};
  options.candidates = request.candidates;
  options.seed = request.seed;
  options.watch = [&](const torch::Tensor& physical) {
    if (!watch(paths_of(physical))) throw InputError("stopped");
  };
  const torch::NoGradGuard no_grad;
  const auto begin = Clock::now();
  MazeOutcome outcome;
  outcome.plan =
      plan_maze(*model_, {{{request.start[0], request.start[1], 0, 0}, request.goal}}, options)
          .front();
  outcome.seconds = seconds_since(begin);
  outcome.episode = follow(layout_, request, outcome.plan);
  return outcome;
}

}  // namespace foresight
