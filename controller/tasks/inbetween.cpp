// Meet full-body keyframes of a recorded motion every so many seconds (protocols "inbetween-*").
#include <algorithm>
#include <cmath>

#include "controller/costs/terms.h"
#include "controller/keyframe_reader.h"
#include "controller/state_token.h"
#include "controller/task_episode.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr double kLength = 8;  // s of motion per episode

class InbetweenEpisode : public TaskEpisode {
 public:
  InbetweenEpisode(const TaskStart& start, double gap) : layout_(state_layout(start.character)) {
    const auto& motions = keyframe_motions(start.data);
    Rng rng{random_key(start.seed, 0x6b657973)};
    const EvalMotion& motion = motions[rng.index(static_cast<int>(motions.size()))];
    const int length = static_cast<int>(std::lround(kLength * start.character.control_hz));
    const int first = rng.index(std::max(1, motion.frames() - length));
    const KeyframeReader reader(start.character, motion, first);
    start_ = reader.pose(0);
    const int step = std::max(1, static_cast<int>(std::lround(gap * start.character.control_hz)));
    for (int t = step; t <= length && first + t < motion.frames(); t += step) {
      keys_.push_back({t, reader.state(t), {}});
    }
  }

  std::optional<FixedStart> fixed_start(int) const override { return start_; }

  void direct(const TaskView& view, TaskOrders& orders) override {
    const int now =
        static_cast<int>(std::lround(view.seconds / view.world.character().control_dt()));
    Surroundings& around = orders.surroundings;
    Eigen::Vector2d from = view.state.root_position.head<2>();
    int from_frame = 0;
    for (Keyframe key : keys_) {  // frames_ahead is counted from the start there
      key.frames_ahead -= now;
      if (key.frames_ahead < 1) continue;
      const Eigen::Vector2d place = key.state.root_position.head<2>();
      lead_to(place, key.frames_ahead, from, from_frame, view.future, around);
      if (key.frames_ahead > view.future) return;
      from = place;
      from_frame = key.frames_ahead;
      around.keyframes.push_back(std::move(key));
    }
  }

  Verdict judge(const TaskView& view) override {
    const int now =
        static_cast<int>(std::lround(view.seconds / view.world.character().control_dt()));
    for (const Keyframe& key : keys_) {
      if (key.frames_ahead == now) measure(view.state, key.state);
    }
    const bool over = !keys_.empty() && now >= keys_.back().frames_ahead;
    return over ? Verdict::success() : Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    if (met_ == 0) return {};
    return {{"mjpe_m", joint_error_ / met_}, {"mrpe_m", root_error_ / met_}};
  }

 private:
  // A straight way from one keyframe to the next, minded the more the nearer it is. A keyframe
  // beyond the window acts as a root waypoint.
  static void lead_to(const Eigen::Vector2d& place, int frame, const Eigen::Vector2d& from,
                      int from_frame, int future, Surroundings& around) {
    around.track.resize(future);
    for (int f = from_frame; f < std::min(frame, future); ++f) {
      const double share = static_cast<double>(f + 1 - from_frame) / (frame - from_frame);
      around.track[f] = {from + share * (place - from), share};
    }
  }

  // Mean distance of the key points once both bodies stand at the origin heading +x, and distance
  // of the roots.
  void measure(const BodyState& is, const BodyState& wanted) {
    const auto keys = [&](const BodyState& s) {
      return state_token(layout_, s, ground_pose(s)).head(3 * layout_.K()).eval();
    };
    const Eigen::VectorXd apart = keys(is) - keys(wanted);
    double sum = 0;
    for (int k = 0; k < layout_.K(); ++k) sum += apart.segment<3>(3 * k).norm();
    joint_error_ += sum / layout_.K();
    root_error_ += (is.root_position - wanted.root_position).norm();
    ++met_;
  }

  StateLayout layout_;
  FixedStart start_;
  std::vector<Keyframe> keys_;
  double joint_error_ = 0, root_error_ = 0;
  int met_ = 0;
};

Task make_inbetween() {
  Task task;
  task.name = "inbetween";
  task.summary = "Meet full-body keyframes of a recorded motion";
  const int gap = task.add({"gap", "s", 0.1, 4, 1.0, "time between keyframes"});
  task.costs = {track_cost(0.1), pace_cost(3)};
  task.guidance = kStrongGuidance;
  task.begin = [gap](const TaskStart& start) {
    return std::make_unique<InbetweenEpisode>(start, start.values[gap]);
  };
  return task;
}

FORESIGHT_TASK(make_inbetween);

}  // namespace
}  // namespace foresight
