#include "ui/live/job.h"

namespace foresight {

Job::Job(std::string title, std::function<void(const Progress&)> work) : title_(std::move(title)) {
  thread_ = std::thread([this, work = std::move(work)] { run(work); });
}

Job::~Job() {
  cancelled_ = true;
  thread_.join();
}

std::string Job::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void Job::run(const std::function<void(const Progress&)>& work) noexcept {
  std::string problem;
  try {
    work([this](double progress) {
      progress_ = progress;
      return !cancelled_;
    });
  } catch (const std::exception& error) {
    problem = error.what();
  }
  {
    const std::lock_guard lock(mutex_);
    error_ = problem;
  }
  progress_ = 1;
  done_ = true;
}

}  // namespace foresight
