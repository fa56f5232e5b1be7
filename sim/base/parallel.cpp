#include "sim/base/parallel.h"

#include <algorithm>
#include <utility>

namespace foresight {

WorkerPool::WorkerPool(int workers) {
  for (int i = 1; i < std::max(workers, 1); ++i) threads_.emplace_back([this, i] { worker(i); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  start_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::run(int count, const std::function<void(int)>& function) {
  {
    const std::lock_guard lock(mutex_);
    function_ = &function;
    count_ = count;
    running_ = static_cast<int>(threads_.size());
    error_ = nullptr;
    ++generation_;
  }
  start_.notify_all();
  run_block(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_ == 0; });
  function_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void WorkerPool::worker(int index) {
  unsigned long seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stop_ || generation_ != seen; });
      if (stop_) return;
      seen = generation_;
    }
    run_block(index);
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) done_.notify_one();
  }
}

void WorkerPool::run_block(int index) noexcept {
  const int begin = static_cast<int>(static_cast<long>(count_) * index / size());
  const int end = static_cast<int>(static_cast<long>(count_) * (index + 1) / size());
  try {
    for (int i = begin; i < end; ++i) (*function_)(i);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

}  // namespace foresight
