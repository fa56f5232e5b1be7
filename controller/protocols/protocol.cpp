#include "controller/protocols/protocol.h"

#include <cmath>
#include <numbers>

#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr double kTurn = std::numbers::pi / 4;  // 45 deg/s

std::function<std::vector<Segment>(std::uint64_t)> always(std::vector<Segment> segments) {
  return [segments](std::uint64_t) { return segments; };
}

std::vector<Segment> shuffled(std::vector<Segment> segments, std::uint64_t seed) {
  Rng rng{random_key(seed, 0x6f72646572)};
  for (int i = static_cast<int>(segments.size()) - 1; i > 0; --i) {
    std::swap(segments[i], segments[rng.index(i + 1)]);
  }
  return segments;
}

std::vector<Segment> joystick_segments(std::uint64_t seed) {
  return shuffled({{3, {1.2, 0, 0}},
                   {3, {1.2, 0, kTurn}},
                   {3, {1.2, 0, -kTurn}},
                   {3, {0, 0, 0}},
                   {3, {2.5, 0, 0}}},
                  seed);
}

std::vector<Protocol> make_protocols() {
  const auto walk = always({{15, {1.2, 0, 0}}});
  return {{"free", "unguided, 60 s", "free", always({{60, {}}}), 0, 1, false},
          {"joystick", "forward, left, right, stop, run, 3 s each in an order drawn by seed",
           "joystick", joystick_segments, 0, 1, true},
          {"joystick4", "forward 1.0, back 0.5, left 0.5, right 0.5 m/s, 3 s each", "joystick",
           always({{3, {1, 0, 0}}, {3, {-0.5, 0, 0}}, {3, {0, 0.5, 0}}, {3, {0, -0.5, 0}}}), 0, 1,
           true},
          {"perturb", "walk at 1.2 m/s for 15 s, every second a kick of up to 0.5 m/s", "joystick",
           walk, 0.5, 1, false},
          {"perturb-hard", "walk at 1.2 m/s for 15 s, every second a kick of up to 1.0 m/s",
           "joystick", walk, 1.0, 1, false}};
}

}  // namespace

double Protocol::seconds() const {
  double sum = 0;
  for (const Segment& s : segments(0)) sum += s.seconds;
  return sum;
}

const std::vector<Protocol>& all_protocols() {
  static const std::vector<Protocol> protocols = make_protocols();
  return protocols;
}

const Protocol& find_protocol(const std::string& name) {
  std::string known;
  for (const Protocol& p : all_protocols()) {
    if (p.name == name) return p;
    known += (known.empty() ? "" : ", ") + p.name;
  }
  throw InputError("no protocol \"" + name + "\"; there are " + known);
}

std::array<double, 2> kick_of(std::uint64_t seed, int index, double largest) {
  Rng rng{random_key(seed, index, 0x6b69636b)};
  const double angle = rng.uniform(-std::numbers::pi, std::numbers::pi);
  const double size = rng.uniform(0, largest);
  return {size * std::cos(angle), size * std::sin(angle)};
}

}  // namespace foresight
