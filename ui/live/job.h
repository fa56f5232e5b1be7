// Job: one piece of work on a thread of its own, with progress, so that the window never waits.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace foresight {

class Job {
 public:
  /// Tells progress (0 to 1) and asks whether to go on: false means stop at once.
  using Progress = std::function<bool(double)>;

  Job(std::string title, std::function<void(const Progress&)> work);
  /// Asks the work to stop and waits for it.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  const std::string& title() const { return title_; }
  double progress() const { return progress_; }
  bool done() const { return done_; }
  void cancel() { cancelled_ = true; }
  bool cancelled() const { return cancelled_; }
  /// Why it failed; empty when it did not, or is not done.
  std::string error() const;

 private:
  void run(const std::function<void(const Progress&)>& work) noexcept;

  std::string title_;
  std::atomic<double> progress_ = 0;
  std::atomic<bool> done_ = false, cancelled_ = false;
  mutable std::mutex mutex_;
  std::string error_;
  std::thread thread_;
};

}  // namespace foresight
