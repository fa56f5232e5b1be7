// Numbers as text, fast and the same in every locale.
#pragma once

#include <charconv>
#include <string>

namespace foresight {

/// Appends with a fixed number of decimals.
inline void append_fixed(std::string& text, double value, int decimals) {
  char buffer[352];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed, decimals);
  text.append(buffer, end.ptr);
}

/// Appends the shortest text that reads back as the same double.
inline void append_exact(std::string& text, double value) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

/// Appends floats of an array, separated by `separator`.
template <typename Values>
void append_list(std::string& text, const Values& values, const char* separator) {
  bool first = true;
  for (const auto value : values) {
    if (!first) text += separator;
    first = false;
    char buffer[32];
    text.append(buffer,
                std::to_chars(buffer, buffer + sizeof(buffer), static_cast<float>(value)).ptr);
  }
}

}  // namespace foresight
