// What a refusal says.
#pragma once

#include <string>

#include "sim/base/error.h"

namespace foresight {

/// The message of the InputError that `function` throws; empty when it throws none.
template <typename Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace foresight
