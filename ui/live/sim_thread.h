// SimThread: keeps a Simulation at real time on a thread of its own, so that drawing never slows
// physics down. The window sends orders and reads snapshots.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "ui/live/simulation.h"

namespace foresight {

/// Percentiles and sums since the last take_timing().
struct SimTiming {
  std::vector<int> plan_ages;        // of character 0, one per control step
  std::vector<double> plan_seconds;  // one per plan
  double simulated = 0, wall = 0;    // s while running
  double real_time_factor() const { return wall > 0 ? simulated / wall : 0; }
};

class SimThread {
 public:
  explicit SimThread(std::unique_ptr<Simulation> simulation);
  ~SimThread();
  SimThread(const SimThread&) = delete;
  SimThread& operator=(const SimThread&) = delete;

  /// Runs between two control steps, in order. An exception becomes the message on screen and
  /// pauses the run.
  void post(std::function<void(Simulation&)> order);
  /// Waits until all orders given so far have been carried out.
  void flush();

  void set_playing(bool playing);
  bool playing() const;
  /// One control step, then pause.
  void step_once();
  /// Simulated seconds per second, 0.1 to 4.
  void set_speed(double speed);

  /// Latest state; never null, never changes.
  std::shared_ptr<const Snapshot> snapshot() const;
  SimTiming take_timing();

 private:
  using Clock = std::chrono::steady_clock;

  void loop();
  void carry_out_orders(std::unique_lock<std::mutex>& lock);
  void advance(std::unique_lock<std::mutex>& lock);
  void publish(RunState state);
  void fail(const std::string& message);
  void note_step(Clock::time_point begin);

  std::unique_ptr<Simulation> simulation_;  // of the thread
  RunState state_ = RunState::kPaused;      // of the thread
  std::string failure_;
  Clock::time_point due_;   // of the next control step
  Clock::time_point last_;  // when the last step was due, for the real-time factor
  double factor_ = 1;       // smoothed real-time factor
  std::int64_t last_plan_ = -1;
  std::int64_t serial_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_, idle_;
  std::deque<std::function<void(Simulation&)>> orders_;
  std::int64_t given_ = 0, carried_out_ = 0;  // orders
  bool playing_ = false, single_ = false, stop_ = false;
  double speed_ = 1;
  std::shared_ptr<const Snapshot> snapshot_;
  SimTiming timing_;
  std::thread thread_;
};

}  // namespace foresight
