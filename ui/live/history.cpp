#include "ui/live/history.h"

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {

void History::push(HistoryEntry entry) {
  FS_CHECK(entries_.empty() || entry.step == newest() + 1);
  entries_.push_back(std::move(entry));
  if (entries_.size() > capacity_) entries_.pop_front();
}

const HistoryEntry& History::at(std::int64_t step) const {
  FS_CHECK(!entries_.empty());
  return entries_[std::clamp(step, oldest(), newest()) - oldest()];
}

void History::truncate(std::int64_t step) {
  while (!entries_.empty() && newest() >= step) entries_.pop_back();
}

}  // namespace foresight
