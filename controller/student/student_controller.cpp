#include "controller/student/student_controller.h"

#include "sim/base/error.h"

namespace foresight {

StudentController::StudentController(std::shared_ptr<const Character> character,
                                     std::shared_ptr<const StudentPolicy> policy, int worlds)
    : character_(std::move(character)),
      policy_(std::move(policy)),
      history_(policy_->layout, worlds, policy_->config.history, character_->control_dt()),
      fresh_(worlds, 1),
      actions_(Actions::Zero(worlds, character_->nu)) {}

const StudentController::Actions& StudentController::act(std::span<const BodyState> states,
                                                         std::span<const int> skills) {
  FS_CHECK(static_cast<int>(states.size()) == worlds() && skills.size() == states.size());
  const torch::NoGradGuard no_grad;
  auto chosen = torch::empty({worlds()}, torch::kLong);
  for (int i = 0; i < worlds(); ++i) {
    FS_CHECK(skills[i] >= 0 && skills[i] < static_cast<int>(policy_->skills.size()));
    chosen.data_ptr<std::int64_t>()[i] = skills[i];
    if (fresh_[i]) {
      history_.start(i, states[i]);
    } else {
      history_.push(i, states[i]);
    }
    fresh_[i] = 0;
  }
  const auto targets = policy_->actions(history_.features(), chosen).contiguous();
  for (int i = 0; i < worlds(); ++i) {
    const Eigen::Map<const Eigen::VectorXf> row(
        targets.data_ptr<float>() + static_cast<std::int64_t>(i) * character_->nu, character_->nu);
    fresh_[i] = row.allFinite() ? 0 : 1;
    if (fresh_[i]) continue;
    actions_.row(i) =
        row.cast<double>().cwiseMax(character_->ctrl_low).cwiseMin(character_->ctrl_high);
  }
  return actions_;
}

}  // namespace foresight
