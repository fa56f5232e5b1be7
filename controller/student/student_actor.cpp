#include "controller/student/student_actor.h"

#include "sim/base/error.h"

namespace foresight {

StudentActor::StudentActor(std::shared_ptr<const Character> character,
                           std::shared_ptr<const StudentPolicy> policy, int worlds)
    : controller_(std::move(character), std::move(policy), worlds), skills_(worlds) {}

void StudentActor::reset(int world, const SkillStart& start) {
  if (start.order.share != 0) throw InputError("a student mixes no skills");
  skills_.at(world) = controller_.policy().skill(start.order.skill);
  controller_.reset(world);
}

const SkillActor::Actions& StudentActor::act(std::span<const BodyState> states,
                                             std::span<const World* const> /*worlds*/) {
  return controller_.act(states, skills_);
}

}  // namespace foresight
