// A small fork-join pool. Results do not depend on the number of workers as long as the function
// writes only to its own index.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace foresight {

class WorkerPool {
 public:
  /// `workers` threads including the caller's; at least 1.
  explicit WorkerPool(int workers);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  /// Calls function(i) once for every i in [0, count), split in contiguous blocks, and waits.
  /// Rethrows the first exception.
  void run(int count, const std::function<void(int)>& function);

 private:
  void worker(int index);
  void run_block(int index) noexcept;

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  const std::function<void(int)>* function_ = nullptr;
  std::exception_ptr error_;
  int count_ = 0;
  int running_ = 0;
  unsigned long generation_ = 0;
  bool stop_ = false;
};

}  // namespace foresight
