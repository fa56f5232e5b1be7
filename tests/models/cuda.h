// CUDA where there is a GPU; tests that need one are skipped elsewhere.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "models/device.h"
#include "sim/base/error.h"

namespace foresight {

/// What is missing for CUDA, empty: nothing.
inline std::string missing_for_cuda() {
  try {
    choose_device("cuda");
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace foresight

/// Ends a test as skipped where CUDA cannot be used, and says why.
#define FORESIGHT_NEEDS_CUDA()                                            \
  if (const std::string missing = missing_for_cuda(); !missing.empty()) { \
    GTEST_SKIP() << missing;                                              \
  }                                                                       \
  static_assert(true)
