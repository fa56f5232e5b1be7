// Counter-based random numbers: a value depends on its key alone, never on draw order, so results
// do not change with the number of workers, with pruning or with a restart.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace foresight {

/// SplitMix64 finaliser (Steele, Lea, Flood 2014): a bijective hash of 64 bits.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Key of a random stream built from any number of integers, in order.
template <typename... Parts>
constexpr std::uint64_t random_key(Parts... parts) {
  std::uint64_t key = 0;
  ((key = mix64(key ^ static_cast<std::uint64_t>(parts))), ...);
  return key;
}

/// Sequence of random numbers that starts at a key; the whole state is two integers.
struct Rng {
  std::uint64_t key = 0;
  std::uint64_t counter = 0;

  std::uint64_t bits() { return mix64(key ^ mix64(counter++)); }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform integer in [0, n).
  int index(int n) { return static_cast<int>(uniform() * n); }
  /// Standard normal (Box-Muller, one of the pair).
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
  }
};

}  // namespace foresight
