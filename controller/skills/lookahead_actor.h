// The look-ahead controller asked for skills by prompts, and by nothing else.
#pragma once

#include "controller/lookahead_controller.h"
#include "controller/skills/skill_actor.h"
#include "controller/skills/skill_library.h"

namespace foresight {

/// Where two skills are mixed: in the prompt's tokens, or in what is predicted under either prompt
/// (twice the network calls).
enum class SkillBlend { kTokens, kPredictions };

/// Prompt for an order: snippets drawn by seed. `blend` says how two skills are mixed. Throws
/// InputError for an unknown skill or weights that take no prompts.
WorldPrompt prompt_for(const SkillOrder& order, const SkillLibrary& library,
                       const LookaheadModel& model, SkillBlend blend, std::uint64_t seed);

/// A skill's prompt as the numbers of LookaheadOptions::prompt; the snippet is drawn by seed.
/// Throws InputError for an unknown skill or weights that take no prompts.
std::vector<float> prompt_numbers(const std::string& skill, const SkillLibrary& library,
                                  const LookaheadModel& model, std::uint64_t seed);

class LookaheadActor : public SkillActor {
 public:
  /// Both must outlive this.
  LookaheadActor(LookaheadController& controller, const SkillLibrary& library,
                 SkillBlend blend = SkillBlend::kPredictions);

  int worlds() const override { return controller_.worlds(); }
  void reset(int world, const SkillStart& start) override;
  const Actions& act(std::span<const BodyState> states,
                     std::span<const World* const> worlds) override;
  bool good(int world) const override { return controller_.status(world) == ControlStatus::kOk; }

 private:
  LookaheadController& controller_;
  const SkillLibrary& library_;
  SkillBlend blend_;
};

}  // namespace foresight
