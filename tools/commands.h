// One function per subcommand; each lives in command_<name>.cpp and adds itself to the program.
#pragma once

#include <CLI/CLI.hpp>

namespace foresight {

void add_import_command(CLI::App& app);
void add_train_command(CLI::App& app);  // with the subcommands expert and lookahead
void add_train_expert_command(CLI::App& train);
void add_train_lookahead_command(CLI::App& train);
void add_augment_command(CLI::App& app);
void add_collect_command(CLI::App& app);
void add_make_eval_data_command(CLI::App& app);
void add_run_command(CLI::App& app);
void add_eval_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_replay_command(CLI::App& app);
void add_export_command(CLI::App& app);
void add_info_command(CLI::App& app);

/// Thrown by a command that ran well but missed the target that --require named: exit code 3.
struct TargetMissed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace foresight
