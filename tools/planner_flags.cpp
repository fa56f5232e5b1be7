#include "tools/planner_flags.h"

#include <cstdio>

#include "controller/planners/shipped_planners.h"
#include "ui/offscreen/png.h"

namespace foresight {

Option* add_model_argument(Command* app, std::string& model) {
  std::string names;
  for (const auto& [maze, file] : shipped_planners()) names += (names.empty() ? "" : ", ") + maze;
  return app->add_option(
      "model", model,
      "Checkpoint of foresight maze train, or the maze of one that ships (" + names + ")");
}

DiffuserModel load_planner(const std::string& model) {
  const auto shipped = shipped_planners();
  const auto found = shipped.find(model);
  const bool file = fs::is_regular_file(model) || found == shipped.end();
  return load_diffuser(file ? fs::path(model) : found->second);
}

void add_planner_flags(Command* app, const std::shared_ptr<PlannerFlags>& f) {
  app->add_option("--calls", f->planner.calls, "Network calls per plan (default 10)")
      ->check(in_range(1, 1000));
  app->add_option("--lengths-every", f->every,
                  "Plan every length that is this many frames apart and keep the shortest "
                  "plausible one; 0: the longest only (default: all lengths trained on)");
  app->add_option("--candidates", f->planner.candidates, "Plans per length (default 1)")
      ->check(in_range(1, 1000));
  app->add_option("--stochastic", f->planner.stochastic, "1: DDPM, 0: DDIM (default 1)")
      ->check(in_range(0.0, 1.0));
  app->add_option("--temperature", f->planner.temperature, "Factor on the noise (default 1)")
      ->check(in_range(0.0, 10.0));
  app->add_option("--tolerance", f->planner.tolerance,
                  "Largest jump in a plausible plan, m (default 0.06)");
  app->add_option("--threads", f->threads, "Threads (default 2)")->check(in_range(1, 256));
}

PlannerOptions planner_of(const PlannerFlags& f, const DiffuserConfig& config) {
  PlannerOptions planner = f.planner;
  const bool several = config.min_frames < config.frames;
  const int every = f.every < 0 ? (several ? config.net.length_unit() : 0) : f.every;
  if (every > 0) planner.lengths = plan_lengths(config, every);
  return planner;
}

void add_planner_training_flags(Command* app, PlannerTrainingOptions& o, std::string& out) {
  app->add_option("--out", out, "Folder for checkpoint, state and curve")->required();
  app->add_option("--hours", o.hours, "Length of the training (default 1)")->check(positive());
  app->add_option("--steps", o.steps, "Length in steps instead of hours");
  app->add_option("--batch", o.batch, "Windows per step (default 64)")->check(in_range(1, 65536));
  app->add_option("--rate", o.learning_rate, "Highest learning rate (default 1e-3)")
      ->check(positive());
  app->add_option("--seed", o.seed, "Seed (default 1)");
  app->add_option("--save-minutes", o.save_minutes, "Minutes between saves (default 5)");
  app->add_flag("--quiet", o.quiet, "No progress bar");
}

void print_training(const PlannerTrainingResult& r, const PlannerTrainingOptions& o,
                    const std::string& checkpoint) {
  if (r.seconds_per_step > 0) {
    std::printf("%s after %lld steps: loss %.5f, %.1f ms a step, %.0f windows/s\n",
                r.end == TrainingEnd::kFinished ? "finished" : "stopped (the same command goes on)",
                static_cast<long long>(r.steps), r.loss, 1000 * r.seconds_per_step,
                o.batch / r.seconds_per_step);
  }
  std::printf("checkpoint %s\n", (o.out / checkpoint).c_str());
}

void write_sheet(const fs::path& file, const std::vector<MazePicture>& pictures, int columns) {
  PictureSheet sheet = picture_sheet(pictures, columns);
  write_png(file, {sheet.width, sheet.height, std::move(sheet.rgb)});
}

}  // namespace foresight
