#include "controller/training_data.h"

#include "sim/base/error.h"
#include "sim/motion/clip_table.h"

namespace foresight {

void refuse_noncommercial_weights(const fs::path& weights, const nlohmann::json& training_data,
                                  bool allowed) {
  for (const nlohmann::json& entry : training_data) {
    const std::string licence = entry.at("licence");
    if (allowed || !is_noncommercial(licence)) continue;
    throw InputError(weights.string() + ": was trained on clips with the non-commercial licence " +
                     licence + "; give --noncommercial to train it on");
  }
}

}  // namespace foresight
