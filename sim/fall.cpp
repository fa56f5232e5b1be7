#include "sim/fall.h"

namespace foresight {

void judge_fall(const Character& character, const CharacterIndex& index, const mjModel& model,
                const mjData& data, double floor, FallMonitor& fall) {
  const double height = data.qpos[index.qpos + 2] - floor;
  fall.low_seconds = height < character.fall_height ? fall.low_seconds + character.control_dt() : 0;
  if (fall.low_seconds >= character.fall_seconds - 1e-9) fall.fallen = true;
  for (int c = 0; c < data.ncon; ++c) {
    const int a = data.contact[c].geom[0], b = data.contact[c].geom[1];
    const bool ground = model.geom_type[a] == mjGEOM_PLANE;
    if (ground && data.contact[c].dist < 0 && index.geom_owner_is_fall[b]) fall.fallen = true;
  }
}

}  // namespace foresight
