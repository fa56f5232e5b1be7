#include "tools/output_flags.h"

#include "sim/base/files.h"

namespace foresight {

void add_output_flags(Command* command, OutputFlags& flags, const std::string& quiet_help) {
  command->add_option("--json", flags.json, "Write the report as JSON");
  command->add_flag("--quiet", flags.quiet, quiet_help);
}

void write_json(const std::string& file, const nlohmann::json& report) {
  if (!file.empty()) write_file(file, report.dump(2) + "\n");
}

}  // namespace foresight
