// Random damage to files: whatever is opened must be read or refused with an InputError.
// FORESIGHT_FUZZ_ROUNDS sets how many damaged copies are tried per format (tests/fuzz.sh).
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight::fuzzing {

inline int rounds(int usual) {
  const char* wanted = std::getenv("FORESIGHT_FUZZ_ROUNDS");
  return wanted != nullptr ? std::atoi(wanted) : usual;
}

inline std::uint64_t first_seed() {
  const char* wanted = std::getenv("FORESIGHT_FUZZ_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 0;
}

inline std::string interesting_bytes(Rng& rng) {
  static const std::vector<std::string> all = {std::string(4, '\xff'),
                                               std::string(8, '\0'),
                                               std::string("\0\0\0\x80", 4),
                                               std::string(1, '\x7f'),
                                               "999999999999",
                                               "-1",
                                               "1e309",
                                               "nan",
                                               "\"",
                                               "{",
                                               "[[[[",
                                               "}",
                                               "\n",
                                               std::string(300, '{')};
  return all[rng.index(static_cast<int>(all.size()))];
}

/// Flips, overwrites, cuts out, repeats or inserts bytes, once to four times.
inline std::string damaged(std::string bytes, Rng& rng) {
  for (int i = rng.index(4); i >= 0; --i) {
    const auto at = static_cast<std::size_t>(rng.index(static_cast<int>(bytes.size()) + 1));
    const std::size_t left = bytes.size() - at;
    const std::size_t length = std::min<std::size_t>(left, 1 + rng.index(rng.index(4) ? 12 : 2000));
    switch (rng.index(7)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 3:
        bytes.insert(at, interesting_bytes(rng));
        break;
      case 4: {
        const std::string other = interesting_bytes(rng);
        bytes.replace(at, std::min(left, other.size()), other);
        break;
      }
      default:
        if (left > 0) bytes[at] = static_cast<char>(rng.index(256));
    }
  }
  return bytes;
}

inline nlohmann::json odd_value(Rng& rng) {
  using nlohmann::json;
  static const std::vector<json> all = {nullptr,
                                        true,
                                        -1,
                                        0,
                                        1e308,
                                        -1e308,
                                        4294967296,
                                        1000000,
                                        "",
                                        "x",
                                        json::array(),
                                        json::object(),
                                        json::array({1, 2, 3}),
                                        json{{"a", {{"b", 1}}}}};
  return all[rng.index(static_cast<int>(all.size()))];
}

/// Replaces or removes a random value somewhere below `j`.
inline void damage_json(nlohmann::json& j, Rng& rng) {
  if (!j.is_structured() || j.empty() || rng.index(6) == 0) {
    j = odd_value(rng);
    return;
  }
  auto child = j.begin();
  std::advance(child, rng.index(static_cast<int>(j.size())));
  if (rng.index(8) == 0) {
    j.erase(child);
  } else {
    damage_json(*child, rng);
  }
}

/// Damage to the text of a JSON file.
inline std::function<std::string(Rng&)> damage_of(const nlohmann::json& whole) {
  return [whole](Rng& rng) {
    nlohmann::json copy = whole;
    damage_json(copy, rng);
    return copy.dump();
  };
}

/// Opens `damage(rng)` many times. Fails for anything but success or an InputError; an opening that
/// takes more than a minute ends the program.
inline void expect_refused_or_read(const std::string& name, int usual_rounds,
                                   const std::function<std::string(Rng&)>& damage,
                                   const std::function<void(const std::string&)>& open) {
  int refused = 0;
  const int count = rounds(usual_rounds);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t seed = first_seed() + i;
    Rng rng{random_key(seed, std::hash<std::string>()(name))};
    alarm(60);
    try {
      open(damage(rng));
    } catch (const InputError&) {
      ++refused;
    } catch (const std::exception& error) {
      ADD_FAILURE() << name << ", FORESIGHT_FUZZ_SEED=" << seed << ": " << error.what();
      break;
    }
  }
  alarm(0);
  EXPECT_GT(refused, 0) << name << ": nothing of " << count << " was refused";
}

}  // namespace foresight::fuzzing
