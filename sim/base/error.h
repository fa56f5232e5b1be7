// Errors: bad input is an InputError with a message for the user; a programmer mistake fails
// FS_CHECK.
#pragma once

#include <stdexcept>
#include <string>

namespace foresight {

/// Bad input from outside (file, flag, device). The message says what, where and what to do.
/// The program ends with exit code 2.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A broken invariant of our own. The program ends with exit code 1.
struct InternalError : std::logic_error {
  using std::logic_error::logic_error;
};

/// Throws InputError "<what> config: <field> must be <expected>" unless `good`.
inline void require_config(const std::string& what, bool good, const std::string& field,
                           const std::string& expected) {
  if (!good) throw InputError(what + " config: " + field + " must be " + expected);
}

[[noreturn]] inline void check_failed(const char* expression, const char* file, int line) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) +
                      ": check failed: " + expression);
}

}  // namespace foresight

#define FS_CHECK(expression) \
  ((expression) ? void(0) : ::foresight::check_failed(#expression, __FILE__, __LINE__))
