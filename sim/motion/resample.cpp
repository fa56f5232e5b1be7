#include "sim/motion/resample.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace foresight {
namespace {

// Gaussian weights for the rate change; one tap when the source is not faster.
std::vector<double> smoothing_kernel(double ratio) {
  const double sigma = 0.35 * ratio;
  const int reach = ratio > 1.2 ? static_cast<int>(std::ceil(2.5 * sigma)) : 0;
  std::vector<double> kernel;
  for (int k = -reach; k <= reach; ++k) kernel.push_back(std::exp(-0.5 * k * k / (sigma * sigma)));
  const double sum = std::accumulate(kernel.begin(), kernel.end(), 0.0);
  for (double& w : kernel) w /= sum;
  return kernel;
}

Eigen::Matrix3Xd smooth_at(const SourceMotion& s, int frame, const std::vector<double>& kernel) {
  const int reach = static_cast<int>(kernel.size()) / 2;
  // Near the ends the window shrinks on both sides, so that the ends do not lag.
  const int room = std::min({reach, frame, s.frames() - 1 - frame});
  Eigen::Matrix3Xd sum = Eigen::Matrix3Xd::Zero(3, s.positions[0].cols());
  double total = 0;
  for (int k = -room; k <= room; ++k) {
    sum += kernel[k + reach] * s.positions[frame + k];
    total += kernel[k + reach];
  }
  return sum / total;
}

}  // namespace

SourceMotion resample(const SourceMotion& s, double fps) {
  SourceMotion out = s;
  out.fps = fps;
  out.positions.clear();
  out.rotations.clear();
  const int frames = std::max(2, static_cast<int>(std::floor(s.seconds() * fps + 1e-6)) + 1);
  const std::vector<double> kernel = smoothing_kernel(s.fps / fps);
  const int last = s.frames() - 1;
  for (int k = 0; k < frames; ++k) {
    const double at = std::min(k / fps * s.fps, static_cast<double>(last));
    const int i = std::min(static_cast<int>(at), last - 1);
    const double u = at - i;
    // Catmull-Rom through the four (smoothed) neighbours.
    const auto p = [&](int j) { return smooth_at(s, std::clamp(j, 0, last), kernel); };
    const Eigen::Matrix3Xd a = p(i - 1), b = p(i), c = p(i + 1), d = p(i + 2);
    out.positions.emplace_back(
        b + 0.5 * u * ((c - a) + u * ((2 * a - 5 * b + 4 * c - d) + u * (3 * (b - c) + d - a))));
    if (s.rotations.empty()) continue;
    auto& rotations = out.rotations.emplace_back(s.rotations[i]);
    for (std::size_t j = 0; j < rotations.size(); ++j) {
      rotations[j] = rotations[j].slerp(u, s.rotations[i + 1][j]);
    }
  }
  return out;
}

}  // namespace foresight
