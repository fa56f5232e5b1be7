// Flags that say what a command tells: --json FILE and --quiet.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/command_line.h"

namespace foresight {

struct OutputFlags {
  std::string json;  // file for the report; empty: none
  bool quiet = false;
};

/// Adds both; `quiet_help` says what --quiet leaves out.
void add_output_flags(Command* command, OutputFlags& flags,
                      const std::string& quiet_help = "No progress bar");

/// Writes a report to the file that --json named, if it did.
void write_json(const std::string& file, const nlohmann::json& report);

}  // namespace foresight
