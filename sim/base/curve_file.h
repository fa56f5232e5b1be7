// Curves of trainings: CSV files with one row per step, iteration or round, its number first.
#pragma once

#include <cstdint>
#include <filesystem>

namespace foresight {

/// Drops the rows whose number is above `last`: a training that was killed makes them again. The
/// header stays. Does nothing when there is no such file.
void trim_curve(const std::filesystem::path& file, std::int64_t last);

}  // namespace foresight
