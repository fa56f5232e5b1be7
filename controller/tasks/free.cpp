// Unguided: the character does what its training motion suggests.
#include "controller/task.h"

namespace foresight {
namespace {

Task make_free() {
  Task task;
  task.name = "free";
  task.summary = "Unguided: moves as the training data suggests";
  return task;
}

FORESIGHT_TASK(make_free);

}  // namespace
}  // namespace foresight
