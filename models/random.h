// Torch generators that start at a key, so that noise does not depend on draw order.
#pragma once

#include <cstdint>

#include "models/torch.h"

namespace foresight {

/// New generator on `device`, seeded with `key` (see random_key). Values differ between devices.
at::Generator keyed_generator(std::uint64_t key, const torch::Device& device = torch::kCPU);

}  // namespace foresight
