// Whether tests that draw can run here.
#pragma once

#include "sim/base/error.h"
#include "ui/offscreen/gl_context.h"

namespace foresight {

inline bool can_render() {
  try {
    make_gl_context();
    return true;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace foresight
