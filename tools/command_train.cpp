// foresight train: groups the trainings.
#include "tools/commands.h"

namespace foresight {

void add_train_command(Command& app) {
  Command* train = app.add_subcommand("train", "Train a network (expert, lookahead, student)");
  train->require_subcommand(1);
  add_train_expert_command(*train);
  add_train_lookahead_command(*train);
  add_train_student_command(*train);
}

}  // namespace foresight
