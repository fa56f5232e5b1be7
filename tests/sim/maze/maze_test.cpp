// The mazes are D4RL's: maps, dynamics, reward, controller and data.
#include <gtest/gtest.h>

#include <cmath>

#include "sim/base/error.h"
#include "sim/maze/maze_data.h"
#include "sim/maze/maze_episode.h"
#include "sim/maze/waypoint_controller.h"

namespace foresight {
namespace {

TEST(MazeLayout, HasTheCellsAndGoalsOfD4rl) {
  EXPECT_EQ(free_cells(find_maze("umaze")).size(), 7u);
  EXPECT_EQ(free_cells(find_maze("medium")).size(), 26u);
  EXPECT_EQ(free_cells(find_maze("large")).size(), 46u);
  EXPECT_EQ(goal_cell(find_maze("umaze")), (MazeCell{1, 1}));
  EXPECT_EQ(goal_cell(find_maze("medium")), (MazeCell{6, 6}));
  EXPECT_EQ(goal_cell(find_maze("large")), (MazeCell{7, 9}));
}

TEST(MazeLayout, EveryMapIsARectangleWithAWallAroundAndOneConnectedRegion) {
  for (const MazeLayout& layout : maze_layouts()) {
    for (const auto& row : layout.rows) {
      EXPECT_EQ(static_cast<int>(row.size()), layout.width()) << layout.name;
    }
    const MazeCell goal = goal_cell(layout);
    for (const MazeCell cell : free_cells(layout)) {
      EXPECT_TRUE(cell.row > 0 && cell.col > 0 && cell.row + 1 < layout.height() &&
                  cell.col + 1 < layout.width())
          << layout.name;
      EXPECT_EQ(grid_path(layout, cell, goal).back(), goal)
          << layout.name << " from " << cell.row << " " << cell.col;
    }
  }
}

TEST(MazeLayout, FamiliesAndUnknownNames) {
  EXPECT_EQ(maze_names({"m1-m8", "umaze"}).size(), 9u);
  EXPECT_EQ(maze_names({"held"}), (std::vector<std::string>{"held1", "held2"}));
  EXPECT_THROW(find_maze("maze9"), InputError);
  EXPECT_EQ(interior_walls(find_maze("m1")), std::vector<float>(36, 0.0F));
}

TEST(MazeLayout, ScoresAreZeroAndHundredAtTheReferenceReturns) {
  const MazeLayout& layout = find_maze("medium");
  EXPECT_DOUBLE_EQ(normalised_score(layout, 13.13), 0.0);
  EXPECT_DOUBLE_EQ(normalised_score(layout, 277.39), 100.0);
}

struct World {
  const MazeLayout& layout;
  MazeWorld world;
  explicit World(const std::string& name)
      : layout(find_maze(name)), world(layout, compile_maze(layout), 1) {}
};

TEST(MazeWorld, HasTheMassOfTheReference) {
  const auto model = compile_maze(find_maze("umaze"));
  EXPECT_NEAR(model->body_mass[1], 4.18879, 1e-4);
}

TEST(MazeWorld, AcceleratesByGearOverMassWithDamping) {
  World w("m1");
  w.world.set_state({3, 3, 0, 0});
  const auto next = w.world.step({1, 5});  // clipped to 1
  // Euler with implicit damping: v = h f / (m + h d).
  const double expected = 0.01 * 100 / (4.18879 + 0.01);
  EXPECT_NEAR(next[2], expected, 1e-5);
  EXPECT_NEAR(next[3], expected, 1e-5);
  EXPECT_NEAR(next[0], 3 + 0.01 * expected, 1e-6);
}

TEST(MazeWorld, ClipsTheVelocityBeforeTheStepOnly) {
  World w("m1");
  w.world.set_state({3, 3, 9, 0});
  const auto next = w.world.step({1, 0});
  EXPECT_GT(next[2], 5.0);
  EXPECT_LT(next[2], 5.3);
}

TEST(MazeWorld, WallsStopTheBallWhereTheOffsetPutsThem) {
  World w("m1");
  w.world.set_state({1, 1, 0, 0});
  MazeObservation state{};
  for (int t = 0; t < 300; ++t) state = w.world.step({-1, 0});
  // The wall's cell is centred at 1 in the world: its face is at 1.5, and the ball's radius is 0.1.
  EXPECT_NEAR(state[0], 1.5 + 0.1 - kMazeOffset, 0.02);
}

TEST(MazeWorld, RewardsTheRadiusAroundTheTarget) {
  World w("umaze");
  w.world.set_state({1.3, 1.39, 0, 0});
  EXPECT_EQ(w.world.reward(), 1.0);
  w.world.set_state({1.3, 1.41, 0, 0});
  EXPECT_EQ(w.world.reward(), 0.0);
}

TEST(GridPath, IsTheShortestWay) {
  const MazeLayout& layout = find_maze("umaze");
  const auto path = grid_path(layout, {3, 1}, {1, 1});
  EXPECT_EQ(path, (std::vector<MazeCell>{{3, 2}, {3, 3}, {2, 3}, {1, 3}, {1, 2}, {1, 1}}));
  EXPECT_EQ(grid_path(layout, {1, 1}, {1, 1}), (std::vector<MazeCell>{{1, 1}}));
}

TEST(WaypointController, FreshReachesEveryGoalAndReusedOneFails) {
  WorkerPool pool(1);
  const MazeLayout& layout = find_maze("medium");
  int fresh = 0, reused = 0;
  for (const auto& e : run_reference(layout, ReferencePolicy::kFresh, 20, false, 3, pool)) {
    fresh += e.episode_return > 0;
  }
  for (const auto& e : run_reference(layout, ReferencePolicy::kReused, 20, false, 3, pool)) {
    reused += e.episode_return > 0;
  }
  EXPECT_EQ(fresh, 20);
  EXPECT_LT(reused, 18);
}

TEST(MazeData, DoesNotDependOnTheNumberOfWorkers) {
  const MazeLayout& layout = find_maze("umaze");
  MazeDataOptions options;
  options.steps = 2500;
  options.stream_steps = 1000;
  WorkerPool one(1), three(3);
  const MazeData a = generate_maze_data(layout, options, one);
  const MazeData b = generate_maze_data(layout, options, three);
  EXPECT_EQ(a.observations, b.observations);
  EXPECT_EQ(a.actions, b.actions);
  EXPECT_EQ(a.rows(), 2500);
  EXPECT_EQ(a.stream_starts, (std::vector<std::int64_t>{0, 1000, 2000}));
}

TEST(MazeData, RowsFollowEachOtherUnderTheStoredActions) {
  const MazeLayout& layout = find_maze("umaze");
  MazeDataOptions options;
  options.steps = 400;
  WorkerPool pool(1);
  const MazeData data = generate_maze_data(layout, options, pool);
  for (int t = 0; t + 1 < 400; ++t) {
    const float* now = &data.observations[4 * t];
    // Semi-implicit Euler: the new velocity moves the position.
    EXPECT_NEAR(now[4], now[0] + 0.01F * now[6], 1e-5);
    EXPECT_LE(std::abs(data.actions[2 * t]), 1.0F);
  }
}

TEST(MazeData, IsCutWhereTheFixedGoalIsLeft) {
  const MazeLayout& layout = find_maze("umaze");  // goal (1, 1)
  MazeData data;
  data.maze = "umaze";
  for (const float x : {3.0F, 1.2F, 1.4F, 1.9F, 3.0F, 1.0F}) {
    data.observations.insert(data.observations.end(), {x, 1.0F, 0.0F, 0.0F});
    data.actions.insert(data.actions.end(), {0.0F, 0.0F});
    data.goals.insert(data.goals.end(), {1.0F, 1.0F});
  }
  data.stream_starts = {0};
  const auto segments = cut_at_goal(data, layout);
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].count, 3);
  EXPECT_EQ(segments[1].first, 3);
  EXPECT_DOUBLE_EQ(describe(data, layout).goal_fraction, 0.5);
}

}  // namespace
}  // namespace foresight
