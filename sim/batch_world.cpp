#include "sim/batch_world.h"

#include <algorithm>
#include <array>
#include <string>

#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {

BatchWorld::BatchWorld(std::shared_ptr<const Character> character, const Scene& scene, int worlds,
                       int threads)
    : character_(std::move(character)) {
  const ModelPtr model = compile_scene(*character_, scene);
  mjBatchConfig config;
  mjb_defaultConfig(&config);
  config.nthread = threads;
  std::array<char, 512> message{};
  batch_.reset(mjb_makeBatch(model.get(), worlds, &config, message.data(), message.size()));
  if (!batch_) throw InternalError(std::string("mjb_makeBatch: ") + message.data());
  index_ = index_character(*character_, *model, 0);
}

void BatchWorld::apply(const Function& function) {
  const auto call = [](const mjModel* m, mjData* d, int world, void* argument) {
    (*static_cast<const Function*>(argument))(*m, *d, world);
  };
  auto* argument = const_cast<Function*>(&function);
  if (mjb_apply(batch_.get(), nullptr, size(), call, argument, 1) == 0) return;
  for (int i = 0; i < size(); ++i) {
    if (mjb_status(batch_.get())[i]) throw InternalError(mjb_error(batch_.get(), i));
  }
}

void BatchWorld::randomise(double friction_amount, double mass_amount, std::uint64_t seed) {
  int friction_size = 0, mass_size = 0, inertia_size = 0;
  auto* friction =
      static_cast<mjtNum*>(mjb_expand(batch_.get(), "geom_friction", &friction_size, nullptr));
  auto* mass = static_cast<mjtNum*>(mjb_expand(batch_.get(), "body_mass", &mass_size, nullptr));
  auto* inertia =
      static_cast<mjtNum*>(mjb_expand(batch_.get(), "body_inertia", &inertia_size, nullptr));
  FS_CHECK(friction && mass && inertia);
  const mjModel& m = *mjb_model(batch_.get());
  for (int i = 0; i < size(); ++i) {
    Rng rng{random_key(seed, i)};
    const double slide = rng.uniform(1 - friction_amount, 1 + friction_amount);
    for (int g = 0; g < m.ngeom; ++g) {
      friction[i * friction_size + 3 * g] = slide * m.geom_friction[3 * g];
    }
    for (int b = 0; b < m.nbody; ++b) {
      const double heavy = rng.uniform(1 - mass_amount, 1 + mass_amount);
      mass[i * mass_size + b] = heavy * m.body_mass[b];
      for (int k = 0; k < 3; ++k) {
        inertia[i * inertia_size + 3 * b + k] = heavy * m.body_inertia[3 * b + k];
      }
    }
  }
  mjb_setConst(batch_.get(), nullptr, size());
}

bool step_control(const Character& character, const mjModel& model, mjData& data) {
  for (int i = 0; i < character.substeps; ++i) mj_step(&model, &data);
  const auto& w = data.warning;
  if (w[mjWARN_BADQPOS].number || w[mjWARN_BADQVEL].number || w[mjWARN_BADQACC].number)
    return false;
  mj_kinematics(&model, &data);
  mj_comPos(&model, &data);
  mj_comVel(&model, &data);
  return true;
}

void set_character_state(const Character& character, const CharacterIndex& index,
                         const mjModel& model, mjData& data, std::span<const double> qpos,
                         std::span<const double> qvel) {
  mj_resetData(&model, &data);
  std::copy(qpos.begin(), qpos.end(), data.qpos + index.qpos);
  std::copy(qvel.begin(), qvel.end(), data.qvel + index.qvel);
  for (int j = 0; j < character.nu; ++j) {
    data.ctrl[index.ctrl + j] =
        std::clamp(qpos[7 + j], character.ctrl_low[j], character.ctrl_high[j]);
  }
  mj_kinematics(&model, &data);
  mj_comPos(&model, &data);
  mj_comVel(&model, &data);
}

void kick_character(const CharacterIndex& index, const mjModel& model, mjData& data,
                    const Eigen::Vector2d& velocity) {
  data.qvel[index.qvel] += velocity.x();
  data.qvel[index.qvel + 1] += velocity.y();
  mj_comVel(&model, &data);
}

}  // namespace foresight
