// The student asked for skills, as the look-ahead controller is asked by prompts.
#pragma once

#include <memory>
#include <vector>

#include "controller/skills/skill_actor.h"
#include "controller/student/student_controller.h"

namespace foresight {

class StudentActor : public SkillActor {
 public:
  StudentActor(std::shared_ptr<const Character> character,
               std::shared_ptr<const StudentPolicy> policy, int worlds);

  int worlds() const override { return controller_.worlds(); }
  /// Throws InputError for a mix of skills, or none: the student knows one at a time.
  void reset(int world, const SkillStart& start) override;
  const Actions& act(std::span<const BodyState> states,
                     std::span<const World* const> worlds) override;

 private:
  StudentController controller_;
  std::vector<int> skills_;  // per world
};

}  // namespace foresight
