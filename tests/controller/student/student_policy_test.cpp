#include "controller/student/student_policy.h"

#include <gtest/gtest.h>

#include "tests/controller/student/student_fixtures.h"
#include "tests/error_of.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

struct SavedStudent : TestFolder {
  std::shared_ptr<const Character> character = default_character();
  StudentPolicy policy = testing::tiny_student(*character);
  fs::path file = path / "student.safetensors";

  void save() const { save_student(file, policy, module_tensors(*policy.network, "network.")); }
  std::string refusal() const {
    return error_of([&] { load_student(file, *character); });
  }
};

TEST(StudentPolicy, SavedPolicyActsTheSameToHalfPrecision) {
  SavedStudent s;
  s.policy.state = make_scaling(s.policy.state.low * 3, s.policy.state.high * 2);
  s.save();
  const StudentPolicy loaded = load_student(s.file, *s.character);
  const torch::NoGradGuard no_grad;
  const auto x = torch::randn({3, s.policy.state.low.size(0)});
  const auto skills = torch::tensor({0, 1, 1}, torch::kLong);
  EXPECT_LT(testing::max_abs(s.policy.actions(x, skills) - loaded.actions(x, skills)), 2e-3);
  EXPECT_EQ(loaded.skills, s.policy.skills);
  EXPECT_EQ(loaded.config.history, 4);
  EXPECT_FALSE(loaded.sha256.empty());
}

TEST(StudentPolicy, TheSkillDecidesAboutTheAction) {
  SavedStudent s;
  const torch::NoGradGuard no_grad;
  const auto x = torch::zeros({2, s.policy.state.low.size(0)});
  const auto actions = s.policy.actions(x, torch::tensor({0, 1}, torch::kLong));
  EXPECT_GT(testing::max_abs(actions[0] - actions[1]), 1e-3);
  EXPECT_EQ(s.policy.skill("walk"), 1);
  const std::string unknown = error_of([&] { s.policy.skill("hop"); });
  EXPECT_NE(unknown.find("run, walk"), std::string::npos) << unknown;
}

TEST(StudentPolicy, ABadContractIsRefusedByField) {
  const auto expect_refused = [](const char* field, const nlohmann::json& value) {
    SavedStudent s;
    s.policy.contract[nlohmann::json::json_pointer(std::string("/") + field)] = value;
    s.save();
    EXPECT_NE(s.refusal().find(field), std::string::npos) << field << ": " << s.refusal();
  };
  expect_refused("kind", "expert");
  expect_refused("control_hz", 60);
  expect_refused("features", {{"version", "heading-0"}});
  expect_refused("character/joints", {"a", "b"});
  expect_refused("model/history", 0);
  expect_refused("model/hidden", {32, "wide"});
  expect_refused("skills", nlohmann::json::array());
}

TEST(StudentPolicy, TensorsOfAnotherShapeAreRefusedByName) {
  SavedStudent s;
  s.policy.contract["model"]["history"] = 5;
  s.save();
  EXPECT_NE(s.refusal().find("network.layer0.weight"), std::string::npos) << s.refusal();
  SavedStudent other;
  other.policy.action = make_scaling(torch::full({3}, -1.0), torch::full({3}, 1.0));
  other.save();
  EXPECT_NE(other.refusal().find("normaliser.action_low"), std::string::npos) << other.refusal();
  other.write("student.safetensors", "nothing of use");
  EXPECT_NE(other.refusal().find("student.safetensors"), std::string::npos) << other.refusal();
}

}  // namespace
}  // namespace foresight
