#include "controller/student/student_controller.h"

#include <gtest/gtest.h>

#include <limits>

#include "controller/student/student_actor.h"
#include "sim/base/error.h"
#include "tests/controller/student/student_fixtures.h"

namespace foresight {
namespace {

using Actions = StudentController::Actions;

struct Driven {
  std::shared_ptr<const Character> character = default_character();
  std::shared_ptr<const StudentPolicy> policy =
      std::make_shared<StudentPolicy>(testing::tiny_student(*character));
  std::vector<int> skills{0, 1};

  StudentController controller() const { return {character, policy, 2}; }
  std::vector<BodyState> bodies(std::uint64_t seed) const {
    return testing::random_bodies(character, 2, seed);
  }
};

TEST(StudentController, TheSameStatesGiveTheSameActionsWithinTheControlRange) {
  const Driven d;
  StudentController a = d.controller(), b = d.controller();
  for (int t = 0; t < 6; ++t) {
    const Actions actions = a.act(d.bodies(t), d.skills);
    EXPECT_EQ(actions, b.act(d.bodies(t), d.skills));
    for (int i = 0; i < 2; ++i) {
      const Eigen::VectorXd row = actions.row(i);
      EXPECT_TRUE((row.array() >= d.character->ctrl_low.array()).all());
      EXPECT_TRUE((row.array() <= d.character->ctrl_high.array()).all());
    }
  }
}

TEST(StudentController, AResetForgetsThePastOfThatWorldAlone) {
  const Driven d;
  StudentController used = d.controller(), untouched = d.controller(), fresh = d.controller();
  for (int t = 0; t < 5; ++t) {
    used.act(d.bodies(t), d.skills);
    untouched.act(d.bodies(t), d.skills);
  }
  used.reset(1);
  const Actions after = used.act(d.bodies(9), d.skills);
  const Actions whole = untouched.act(d.bodies(9), d.skills);
  EXPECT_EQ(after.row(0), whole.row(0));
  EXPECT_NE(after.row(1), whole.row(1));
  EXPECT_EQ(after.row(1), fresh.act(d.bodies(9), d.skills).row(1));
}

TEST(StudentController, PlaceAndDirectionInTheWorldDoNotMatter) {
  const Driven d;
  StudentController here = d.controller(), there = d.controller();
  for (int t = 0; t < 5; ++t) {
    std::vector<BodyState> states = d.bodies(t);
    const Actions expected = here.act(states, d.skills);
    const Eigen::Quaterniond turn = quat_from_yaw(2.0);
    for (BodyState& s : states) {
      s.root_position = turn * s.root_position + Eigen::Vector3d(40, -20, 0);
      s.root_rotation = turn * s.root_rotation;
      s.root_velocity = turn * s.root_velocity;
      s.root_angular_velocity = turn * s.root_angular_velocity;
      for (int k = 0; k < s.key_position.cols(); ++k) {
        s.key_position.col(k) = turn * s.key_position.col(k) + Eigen::Vector3d(40, -20, 0);
        s.key_velocity.col(k) = turn * s.key_velocity.col(k);
      }
      for (auto& q : s.end_effector_rotation) q = turn * q;
    }
    EXPECT_LT((there.act(states, d.skills) - expected).cwiseAbs().maxCoeff(), 1e-4);
  }
}

TEST(StudentController, AStateThatIsNotFiniteKeepsTheActionAndIsForgotten) {
  const Driven d;
  StudentController used = d.controller(), fresh = d.controller();
  const Actions before = used.act(d.bodies(1), d.skills);
  std::vector<BodyState> broken = d.bodies(2);
  broken[0].root_velocity.x() = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(used.act(broken, d.skills).row(0), before.row(0));
  const Actions after = used.act(d.bodies(3), d.skills);
  EXPECT_EQ(after.row(0), fresh.act(d.bodies(3), d.skills).row(0));
}

TEST(StudentActor, GivesEveryWorldTheSkillThatItWasResetWith) {
  const Driven d;
  StudentController controller = d.controller();
  StudentActor actor(d.character, d.policy, 2);
  const auto bodies = d.bodies(1);
  const std::vector<double> held(d.character->nu);
  actor.reset(0, {{"run", {}, 0}, 0, bodies[0], held});
  actor.reset(1, {{"walk", {}, 0}, 0, bodies[1], held});
  EXPECT_EQ(actor.act(bodies, {}), controller.act(bodies, std::vector<int>{0, 1}));
}

TEST(StudentActor, RefusesMixedAndUnknownSkills) {
  const Driven d;
  StudentActor actor(d.character, d.policy, 2);
  const auto bodies = d.bodies(1);
  const std::vector<double> held(d.character->nu);
  EXPECT_THROW(actor.reset(0, {{"walk", "run", 0.5}, 0, bodies[0], held}), InputError);
  EXPECT_THROW(actor.reset(0, {{"swim", {}, 0}, 0, bodies[0], held}), InputError);
  EXPECT_THROW(actor.reset(0, {{}, 0, bodies[0], held}), InputError);
}

}  // namespace
}  // namespace foresight
