#include "sim/maze/maze_data.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/maze/waypoint_controller.h"

namespace foresight {
namespace {

void append(MazeData& data, const MazeObservation& state, const MazeAction& action,
            const MazePoint& goal) {
  for (const double value : state) data.observations.push_back(static_cast<float>(value));
  for (const double value : action) data.actions.push_back(static_cast<float>(value));
  for (const double value : goal) data.goals.push_back(static_cast<float>(value));
}

MazeData generate_stream(const MazeLayout& layout, std::shared_ptr<const mjModel> model,
                         const MazeDataOptions& options, std::int64_t steps, std::uint64_t key) {
  MazeData data;
  MazeWorld world(layout, std::move(model), random_key(key, 1));
  WaypointController controller(layout, random_key(key, 2));
  Rng noise{random_key(key, 3)};
  MazeObservation state = world.reset();
  world.draw_target();
  for (std::int64_t t = 0, age = 0; t < steps; ++t, ++age) {
    auto command = controller.act(state, world.target());
    for (double& a : command.action) {
      if (options.noise > 0) a += options.noise * noise.normal();
      a = std::clamp(a, -1.0, 1.0);
    }
    append(data, state, command.action, world.target());
    state = world.step(command.action);
    if (command.solved || age >= layout.episode_steps) {
      world.draw_target();
      age = -1;
    }
  }
  return data;
}

void join(MazeData& all, const MazeData& stream) {
  all.stream_starts.push_back(all.rows());
  const auto add = [](std::vector<float>& to, const std::vector<float>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(all.observations, stream.observations);
  add(all.actions, stream.actions);
  add(all.goals, stream.goals);
}

bool at_goal(const MazeData& data, std::int64_t row, const MazePoint& goal) {
  const float* x = &data.observations[4 * row];
  return maze_distance({x[0], x[1]}, goal) <= kMazeGoalRadius;
}

MazePoint fixed_goal(const MazeLayout& layout) {
  const MazeCell cell = goal_cell(layout);
  return {static_cast<double>(cell.row), static_cast<double>(cell.col)};
}

}  // namespace

MazeData generate_maze_data(const MazeLayout& layout, const MazeDataOptions& options,
                            WorkerPool& pool, const std::function<void(int)>& progress) {
  FS_CHECK(options.steps > 0 && options.stream_steps > 0);
  const auto streams =
      static_cast<int>((options.steps + options.stream_steps - 1) / options.stream_steps);
  std::vector<MazeData> parts(streams);
  const auto model = compile_maze(layout);
  pool.run(streams, [&](int i) {
    const std::int64_t left = options.steps - i * options.stream_steps;
    parts[i] = generate_stream(layout, model, options, std::min(left, options.stream_steps),
                               random_key(options.seed, i));
    if (progress) progress(i);
  });
  MazeData data;
  data.maze = layout.name;
  for (const MazeData& part : parts) join(data, part);
  return data;
}

std::vector<MazeSegment> maze_streams(const MazeData& data) {
  std::vector<MazeSegment> streams;
  for (std::size_t i = 0; i < data.stream_starts.size(); ++i) {
    const bool last = i + 1 == data.stream_starts.size();
    const std::int64_t end = last ? data.rows() : data.stream_starts[i + 1];
    streams.push_back({data.stream_starts[i], end - data.stream_starts[i]});
  }
  return streams;
}

std::vector<MazeSegment> cut_at_goal(const MazeData& data, const MazeLayout& layout) {
  const MazePoint goal = fixed_goal(layout);
  std::vector<MazeSegment> segments;
  for (const MazeSegment& stream : maze_streams(data)) {
    const std::int64_t end = stream.first + stream.count;
    std::int64_t first = stream.first;
    for (std::int64_t t = first; t < end; ++t) {
      const bool leaves = t + 1 == end || (at_goal(data, t, goal) && !at_goal(data, t + 1, goal));
      if (!leaves) continue;
      segments.push_back({first, t + 1 - first});
      first = t + 1;
    }
  }
  return segments;
}

MazeDataStatistics describe(const MazeData& data, const MazeLayout& layout) {
  MazeDataStatistics s;
  s.rows = data.rows();
  const MazePoint goal = fixed_goal(layout);
  std::array<double, 4> sum{}, squares{};
  std::int64_t goals = 0, hits = 0;
  for (std::int64_t t = 0; t < s.rows; ++t) {
    for (int c = 0; c < 4; ++c) {
      const double value = data.observations[4 * t + c];
      sum[c] += value;
      squares[c] += value * value;
    }
    hits += at_goal(data, t, goal) ? 1 : 0;
    const bool same =
        t > 0 && std::equal(&data.goals[2 * t], &data.goals[2 * t] + 2, &data.goals[2 * t - 2]);
    goals += same ? 0 : 1;
  }
  const auto n = static_cast<double>(std::max<std::int64_t>(s.rows, 1));
  for (int c = 0; c < 4; ++c) s.std[c] = std::sqrt(squares[c] / n - sum[c] / n * (sum[c] / n));
  s.goal_fraction = static_cast<double>(hits) / n;
  s.steps_per_goal = n / static_cast<double>(std::max<std::int64_t>(goals, 1));
  const auto segments = cut_at_goal(data, layout);
  s.segments = static_cast<std::int64_t>(segments.size());
  s.segment_length = n / static_cast<double>(std::max<std::int64_t>(s.segments, 1));
  return s;
}

}  // namespace foresight
