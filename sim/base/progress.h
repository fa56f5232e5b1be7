// Progress bar with rate and time left, on stderr. Quiet when stderr is not a terminal: then one
// plain line at most every ten seconds.
#pragma once

#include <chrono>
#include <string>

namespace foresight {

class ProgressBar {
 public:
  ProgressBar(std::string title, double total, bool quiet = false);
  ~ProgressBar();
  /// So much was done by an earlier run: it does not count for the time left.
  void resume_at(double done);
  /// `done` in the units of `total`; `note` follows the bar (a loss, say).
  void update(double done, const std::string& note = "");

 private:
  void draw(const std::string& line, bool last);

  std::string title_;
  double total_;
  double first_ = 0, done_ = 0;
  std::string note_;
  bool quiet_, terminal_;
  std::chrono::steady_clock::time_point start_, drawn_;
};

/// "1:02:03" or "2:03".
std::string format_seconds(double seconds);

}  // namespace foresight
