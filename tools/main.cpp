// The foresight program: parses the subcommand and turns errors into exit codes.
// 0 ok, 1 internal error, 2 bad input, 3 target missed (--require).
#include <cstdio>

#include "sim/base/error.h"
#include "tools/commands.h"

namespace foresight {
namespace {

constexpr char kAbout[] =
    "Foresight: MuJoCo humanoids driven by a look-ahead diffusion transformer.\n\n"
    "From mocap to a walking character:  import -> train expert -> collect -> train lookahead -> "
    "eval\n"
    "To see the shipped character:       run --task joystick --seconds 30 --video walk.mp4";

int report(const char* kind, const char* message, int code) {
  std::fprintf(stderr, "%s: %s\n", kind, message);
  return code;
}

int run(int argc, char** argv) {
  Command app(kAbout, "foresight");
  app.require_subcommand(1);
  add_import_command(app);
  add_augment_command(app);
  add_train_command(app);
  add_search_command(app);
  add_track_command(app);
  add_collect_command(app);
  add_make_eval_data_command(app);
  add_app_command(app);
  add_run_command(app);
  add_eval_command(app);
  add_tune_command(app);
  add_bench_command(app);
  add_replay_command(app);
  add_export_command(app);
  add_pack_command(app);
  add_info_command(app);
  add_skills_command(app);
  add_maze_command(app);
  return app.run(argc, argv);
}

}  // namespace
}  // namespace foresight

int main(int argc, char** argv) {
  using foresight::report;
  try {
    return foresight::run(argc, argv);
  } catch (const foresight::InputError& error) {
    return report("error", error.what(), 2);
  } catch (const foresight::TargetMissed& error) {
    return report("target missed", error.what(), 3);
  } catch (const std::exception& error) {
    return report("internal error", error.what(), 1);
  }
}
