// One function per subcommand; each lives in command_<name>.cpp and adds itself to the program.
#pragma once

#include "tools/command_line.h"

namespace foresight {

void add_import_command(Command& app);
void add_train_command(Command& app);  // with the subcommands expert, lookahead and student
void add_train_expert_command(Command& train);
void add_train_lookahead_command(Command& train);
void add_train_student_command(Command& train);
void add_search_command(Command& app);
void add_track_command(Command& app);
void add_augment_command(Command& app);
void add_collect_command(Command& app);
void add_make_eval_data_command(Command& app);
void add_run_command(Command& app);
void add_eval_command(Command& app);
void add_tune_command(Command& app);
void add_bench_command(Command& app);  // with subcommands of its own
void add_bench_app_command(Command& bench);
void add_bench_export_command(Command& bench);
void add_app_command(Command& app);
void add_replay_command(Command& app);
void add_export_command(Command& app);
void add_pack_command(Command& app);
void add_info_command(Command& app);
void add_maze_command(Command& app);  // with subcommands of its own
void add_maze_plan_command(Command& maze);
void add_maze_eval_command(Command& maze);
void add_maze_guide_commands(Command& maze);
void add_maze_mtdiff_command(Command& maze);
void add_bench_maze_command(Command& bench);
void add_skills_command(Command& app);  // with subcommands of its own

/// Thrown by a command that ran well but missed the target that --require named: exit code 3.
struct TargetMissed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace foresight
