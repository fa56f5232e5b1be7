#include "controller/expert/motion_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/rng.h"
#include "sim/batch_world.h"

namespace foresight {
namespace {

using Eigen::VectorXd;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kLost = 0.5;     // m, mean body error of a sample that is given up
constexpr double kCarried = 0.7;  // of a parent's offset that its samples start from
constexpr double kOldCost = 0.8;  // of a parent's cost that its samples inherit
constexpr double kEffort = 0.3;   // cost per rad^2 of offset, mean over joints

struct Sample {
  int parent = -1;
  std::vector<double> state;  // at the window's end
  std::vector<float> observation;
  VectorXd offset;  // rad
  double cost = kInfinite;
  std::vector<float> observations, actions;  // of the window's steps
  double error_sum = 0, error_worst = 0;
};

double step_cost(const TrackingTables& t, const mjData& d, const ReferenceMotion& reference,
                 int frame, const TrackingError& e) {
  const double* v = d.qvel + t.index.qvel;
  const auto ref = reference.qvel.col(frame);
  const double drift = (Eigen::Map<const Eigen::Vector3d>(v) - ref.head<3>()).squaredNorm();
  const double spin = (Eigen::Map<const Eigen::Vector3d>(v + 3) - ref.segment<3>(3)).squaredNorm();
  return 30 * e.body_position_square + 3 * e.body_angle_square + 0.02 * e.joint_velocity_square +
         0.5 * drift + 0.05 * spin;
}

class MotionSearch {
 public:
  MotionSearch(std::shared_ptr<const Character> character, const ReferenceMotion& reference,
               int clip, ExpertPolicy& policy, const MotionSearchConfig& config)
      : character_(*character),
        reference_(reference),
        first_(reference.clips[clip].begin),
        last_(first_ + reference.clips[clip].frames - 1),
        policy_(policy),
        config_(config),
        batch_(character, Scene{}, config.samples, config.threads),
        tables_(character_, *character_.model),
        observations_(torch::zeros({config.samples, tables_.observation_size()})),
        state_size_(mj_stateSize(character_.model.get(), mjSTATE_INTEGRATION)) {
    tables_.index = batch_.index();
  }

  FoundMotion run() {
    const torch::NoGradGuard no_grad;
    windows_.push_back({first_sample()});
    for (int frame = first_; frame < last_; frame += config_.window) {
      std::vector<Sample> next = draw_window(frame, std::min(config_.window, last_ - frame));
      if (next.empty()) break;
      windows_.push_back(std::move(next));
    }
    return best_chain();
  }

 private:
  std::size_t observation_size() const { return tables_.observation_size(); }
  float* row(int i) { return observations_.data_ptr<float>() + i * observation_size(); }

  Sample first_sample() {
    Sample s;
    s.cost = 0;
    s.offset = VectorXd::Zero(character_.nu);
    const auto q = reference_.qpos.col(first_), v = reference_.qvel.col(first_);
    batch_.apply([&](const mjModel& m, mjData& d, int i) {
      if (i != 0) return;
      set_character_state(character_, tables_.index, m, d,
                          {q.data(), static_cast<std::size_t>(q.size())},
                          {v.data(), static_cast<std::size_t>(v.size())});
      observe(m, d, i, first_);
      keep(m, d, i, s);
    });
    return s;
  }

  void observe(const mjModel& m, const mjData& d, int i, int frame) {
    tracking_observation(tables_, m, d, reference_, frame, last_, {row(i), observation_size()});
  }

  // Where the next window goes on from.
  void keep(const mjModel& m, const mjData& d, int i, Sample& s) {
    s.observation.assign(row(i), row(i) + observation_size());
    s.state.resize(state_size_);
    mj_getState(&m, &d, s.state.data(), mjSTATE_INTEGRATION);
  }

  std::vector<Sample> draw_window(int frame, int steps) {
    const std::vector<Sample>& parents = windows_.back();
    std::vector<Sample> samples(config_.samples);
    batch_.apply([&](const mjModel& m, mjData& d, int i) { begin(m, d, i, frame, samples[i]); });
    for (int k = 0; k < steps; ++k) {
      const torch::Tensor mean =
          policy_->mean(policy_->normaliser.apply(observations_)).contiguous();
      const float* actions = mean.data_ptr<float>();
      batch_.apply([&](const mjModel& m, mjData& d, int i) {
        Sample& s = samples[i];
        if (s.cost == kInfinite) return;
        step(m, d, i, frame + k, actions + static_cast<std::int64_t>(i) * character_.nu, s);
        if (k + 1 == steps && s.cost != kInfinite) keep(m, d, i, s);
      });
    }
    for (Sample& s : samples) s.cost += kOldCost * parents[s.parent].cost;
    std::erase_if(samples, [](const Sample& s) { return !std::isfinite(s.cost); });
    const auto cheaper = [](const Sample& a, const Sample& b) { return a.cost < b.cost; };
    std::stable_sort(samples.begin(), samples.end(), cheaper);
    if (static_cast<int>(samples.size()) > config_.kept) samples.resize(config_.kept);
    return samples;
  }

  void begin(const mjModel& m, mjData& d, int i, int frame, Sample& s) {
    const std::vector<Sample>& parents = windows_.back();
    const int count = static_cast<int>(parents.size());
    s.parent = i % count;
    const Sample& parent = parents[s.parent];
    Rng rng{random_key(random_key(config_.seed, frame), i)};
    s.offset = VectorXd::Zero(character_.nu);
    if (i >= count) {
      for (int j = 0; j < character_.nu; ++j) {
        s.offset[j] = kCarried * parent.offset[j] + config_.spread * rng.normal();
      }
    }
    s.cost = kEffort * s.offset.squaredNorm() / character_.nu;
    mj_setState(&m, &d, parent.state.data(), mjSTATE_INTEGRATION);
    std::copy(parent.observation.begin(), parent.observation.end(), row(i));
  }

  void step(const mjModel& m, mjData& d, int i, int frame, const float* action, Sample& s) {
    const int nu = character_.nu;
    double* ctrl = d.ctrl + tables_.index.ctrl;
    expert_target(character_, reference_, frame + 1, action, ctrl);
    s.observations.insert(s.observations.end(), row(i), row(i) + observation_size());
    for (int j = 0; j < nu; ++j) {
      ctrl[j] = std::clamp(ctrl[j] + s.offset[j], character_.ctrl_low[j], character_.ctrl_high[j]);
      const double residual = (ctrl[j] - reference_.target(j, frame + 1)) / kResidual;
      s.actions.push_back(static_cast<float>(residual));
    }
    const bool ok = step_control(character_, m, d);
    const TrackingError e = tracking_error(tables_, d, reference_, frame + 1);
    if (!ok || !(e.body_position < kLost)) {
      s.cost = kInfinite;
      return;
    }
    s.cost += step_cost(tables_, d, reference_, frame + 1, e) / config_.window;
    s.error_sum += e.body_position;
    s.error_worst = std::max(s.error_worst, e.body_position);
    observe(m, d, i, frame + 1);
  }

  FoundMotion best_chain() const {
    std::vector<const Sample*> chain;
    int at = 0;
    for (std::size_t w = windows_.size() - 1; w > 0; --w) {
      chain.push_back(&windows_[w][at]);
      at = chain.back()->parent;
    }
    FoundMotion found;
    for (auto s = chain.rbegin(); s != chain.rend(); ++s) {
      const auto append = [](std::vector<float>& to, const std::vector<float>& from) {
        to.insert(to.end(), from.begin(), from.end());
      };
      append(found.observations, (*s)->observations);
      append(found.actions, (*s)->actions);
      found.mean_error += (*s)->error_sum;
      found.worst_error = std::max(found.worst_error, (*s)->error_worst);
    }
    found.steps = static_cast<int>(found.actions.size()) / character_.nu;
    found.mean_error /= std::max(found.steps, 1);
    return found;
  }

  const Character& character_;
  const ReferenceMotion& reference_;
  int first_, last_;  // frames of the reference
  ExpertPolicy& policy_;
  MotionSearchConfig config_;
  BatchWorld batch_;
  TrackingTables tables_;
  torch::Tensor observations_;  // [samples, observation size], raw
  int state_size_;
  std::vector<std::vector<Sample>> windows_;
};

}  // namespace

FoundMotion search_motion(std::shared_ptr<const Character> character,
                          const ReferenceMotion& reference, int clip, ExpertPolicy& policy,
                          const MotionSearchConfig& config) {
  return MotionSearch(std::move(character), reference, clip, policy, config).run();
}

}  // namespace foresight
