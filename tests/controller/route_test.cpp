#include "controller/route.h"

#include <gtest/gtest.h>

#include "controller/walker.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

using Eigen::Vector2d;

// Follows the way in steps of 5 cm; the places passed.
std::vector<Vector2d> walk(const Route& route, Vector2d place, const Vector2d& goal) {
  std::vector<Vector2d> passed{place};
  for (int i = 0; i < 1000 && (place - goal).norm() > 0.05; ++i) {
    place += 0.05 * route.way(place);
    passed.push_back(place);
  }
  return passed;
}

TEST(Route, LeadsStraightWhereNothingStands) {
  const Vector2d goal(4, 3);
  const Route route([](const Vector2d&) { return 1e9; }, goal, {-1, -1}, {5, 4});
  for (const Vector2d& from : {Vector2d(0, 0), Vector2d(3, -0.5), Vector2d(-0.7, 2.9)}) {
    EXPECT_GT(route.way(from).dot((goal - from).normalized()), 0.997);
  }
  EXPECT_EQ(route.way(goal), Vector2d(0, 0));
}

TEST(Route, PassesThroughTheGapInAWall) {
  // A wall along x = 0 with a gap of 1 m round y = 1.5.
  const auto space = [](const Vector2d& p) {
    return std::max(std::abs(p.x()) - 0.1, 0.5 - std::abs(p.y() - 1.5));
  };
  const Vector2d goal(2, -1);
  const auto passed = walk(Route(space, goal, {-3, -2}, {3, 3}), {-2, -1}, goal);
  EXPECT_LT((passed.back() - goal).norm(), 0.05);
  for (const Vector2d& p : passed) EXPECT_GT(space(p), 0) << p.transpose();
}

TEST(Route, PrefersAWideGapToANarrowOne) {
  // Walls along x = 0 with gaps: 0.3 m wide straight ahead and 2 m wide a little to the left.
  const auto space = [](const Vector2d& p) {
    const double narrow = 0.15 - std::abs(p.y()), wide = 1 - std::abs(p.y() - 1.7);
    return std::max({std::abs(p.x()) - 0.1, narrow, wide});
  };
  const Vector2d goal(2, 0);
  double highest = 0;
  for (const Vector2d& p : walk(Route(space, goal, {-3, -2}, {3, 4}), {-2, 0}, goal)) {
    highest = std::max(highest, p.y());
  }
  EXPECT_GT(highest, 0.8);
}

TEST(Route, LeadsOutOfSolids) {
  const auto space = [](const Vector2d& p) { return p.norm() - 0.5; };
  const Vector2d goal(2, 0);
  const auto passed = walk(Route(space, goal, {-3, -2}, {3, 2}), {-0.2, 0.1}, goal);
  EXPECT_LT((passed.back() - goal).norm(), 0.05);
}

Surroundings tree_at(const Vector2d& place) {
  SceneObject tree;
  tree.position = {place.x(), place.y(), 1};
  tree.size = {0.3, 1, 0};
  Surroundings around;
  around.obstacles = {obstacle_of(tree)};
  return around;
}

class WalkerTest : public ::testing::Test {
 protected:
  std::vector<TrackPoint> track(const Vector2d& goal, const Surroundings& around,
                                const Vector2d& velocity = {0, 0}) {
    Walker walker;
    return track(walker, goal, around, velocity);
  }

  std::vector<TrackPoint> track(Walker& walker, const Vector2d& goal, const Surroundings& around,
                                const Vector2d& velocity) {
    BodyState state;
    world.body_state(state);
    state.root_position.head<2>().setZero();
    state.root_velocity.head<2>() = velocity;
    TaskView view{.world = world, .state = state, .others = {}};
    view.future = 60;
    TaskOrders orders;
    orders.surroundings = around;
    walker.lay(view, goal, 1.2, orders);
    return orders.surroundings.track;
  }

  std::shared_ptr<const Character> character = default_character();
  World world{character, Scene{}};
};

TEST_F(WalkerTest, StartsWithTheVelocityOfNowAndComesToWhatIsAsked) {
  const auto points = track({10, 0}, {}, {0, 0.8});
  const Vector2d first = points[0].position * 30;
  const Vector2d last = (points[59].position - points[58].position) * 30;
  EXPECT_NEAR(first.y(), 0.8, 0.1);
  EXPECT_NEAR(first.x(), 0.0, 0.15);
  EXPECT_NEAR(last.x(), 1.2, 0.02);
  EXPECT_NEAR(last.y(), 0.0, 0.06);
}

TEST_F(WalkerTest, StopsAtTheGoal) {
  const auto points = track({0.8, 0}, {}, {1.2, 0});
  EXPECT_NEAR(points[59].position.x(), 0.8, 0.15);
  EXPECT_LT((points[59].position - points[58].position).norm() * 30, 0.2);
}

TEST_F(WalkerTest, KeepsClearOfWhatStandsInTheWay) {
  const Surroundings around = tree_at({1.2, 0.05});
  for (const TrackPoint& p : track({3, 0}, around, {0.5, 0})) {
    EXPECT_GT((p.position - Vector2d(1.2, 0.05)).norm(), 0.6);
  }
}

TEST_F(WalkerTest, FindsAnotherWayWhenATreeIsMoved) {
  Walker walker;
  track(walker, {3, 0}, tree_at({1.2, 2}), {0.5, 0});
  for (const TrackPoint& p : track(walker, {3, 0}, tree_at({1.2, 0.05}), {0.5, 0})) {
    EXPECT_GT((p.position - Vector2d(1.2, 0.05)).norm(), 0.6);
  }
}

TEST_F(WalkerTest, KeepsClearOfWhatWillHaveMovedThere) {
  // Now beside the way; in its middle when the walker comes by.
  Mover disc;
  for (int f = 0; f < 60; ++f) disc.path.emplace_back(1.2, -1.5 + 1.3 * (f + 1) / 30);
  Surroundings around;
  around.movers = {disc};
  const auto points = track({3, 0}, around, {1.2, 0});
  for (int f = 0; f < 60; ++f) EXPECT_GT((points[f].position - disc.at(f)).norm(), 0.5) << f;
}

}  // namespace
}  // namespace foresight
