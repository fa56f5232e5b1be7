#include "controller/skills/lookahead_actor.h"

#include "sim/base/rng.h"

namespace foresight {
namespace {

torch::Tensor drawn_prompt(const std::string& skill, const SkillLibrary& library,
                           const LookaheadModel& model, std::uint64_t key) {
  if (skill.empty()) return {};
  const torch::Tensor& snippets = library.of(skill);
  Rng rng{key};
  return prompt_of(model, snippets[rng.index(static_cast<int>(snippets.size(0)))]);
}

}  // namespace

WorldPrompt prompt_for(const SkillOrder& order, const SkillLibrary& library,
                       const LookaheadModel& model, SkillBlend blend, std::uint64_t seed) {
  WorldPrompt prompt;
  prompt.states = drawn_prompt(order.skill, library, model, random_key(seed, 0x666972));
  if (order.share == 0 && order.strength == 1) return prompt;
  if (order.share == 0) return {{}, prompt.states, order.strength};
  const auto other = drawn_prompt(order.other, library, model, random_key(seed, 0x736563));
  if (order.share == 1) return {other, {}, 0};
  const bool tokens = blend == SkillBlend::kTokens && prompt.states.defined() && other.defined();
  if (tokens) return {torch::lerp(prompt.states, other, order.share), {}, 0};
  return {prompt.states, other, order.share};
}

std::vector<float> prompt_numbers(const std::string& skill, const SkillLibrary& library,
                                  const LookaheadModel& model, std::uint64_t seed) {
  const auto states = prompt_for({skill, {}, 0}, library, model, SkillBlend::kPredictions, seed)
                          .states.contiguous();
  return {states.data_ptr<float>(), states.data_ptr<float>() + states.numel()};
}

LookaheadActor::LookaheadActor(LookaheadController& controller, const SkillLibrary& library,
                               SkillBlend blend)
    : controller_(controller), library_(library), blend_(blend) {
  controller_.set_task(find_task("free"));
}

void LookaheadActor::reset(int world, const SkillStart& start) {
  controller_.reset(world, start.seed, start.state, start.held);
  controller_.set_prompt(
      world, prompt_for(start.order, library_, controller_.model(), blend_, start.seed));
}

const SkillActor::Actions& LookaheadActor::act(std::span<const BodyState> states,
                                               std::span<const World* const> /*worlds*/) {
  return controller_.act(states);
}

}  // namespace foresight
