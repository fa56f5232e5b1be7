// Flags of the maze subcommands that plan with Diffuser, and of all their trainings.
#pragma once

#include <memory>
#include <string>

#include "controller/planners/maze_picture.h"
#include "controller/planners/maze_planner.h"
#include "controller/planners/planner_training.h"
#include "sim/base/files.h"
#include "tools/command_line.h"

namespace foresight {

struct PlannerFlags {
  std::string model;
  int threads = 2;
  int every = -1;  ///< frames between plan lengths; 0: the longest only, -1: as trained
  PlannerOptions planner;
};

/// Adds the positional `model`: a file, or the name of a maze whose model ships.
Option* add_model_argument(Command* app, std::string& model);

/// What such an argument names.
DiffuserModel load_planner(const std::string& model);

void add_planner_flags(Command* app, const std::shared_ptr<PlannerFlags>& flags);

/// Planner settings for a model.
PlannerOptions planner_of(const PlannerFlags& flags, const DiffuserConfig& config);

/// --out (into `out`), --hours, --steps, --batch, --rate, --seed, --save-minutes, --quiet.
void add_planner_training_flags(Command* app, PlannerTrainingOptions& options, std::string& out);

/// "finished after 100 steps: loss ...", with the checkpoint's name.
void print_training(const PlannerTrainingResult& result, const PlannerTrainingOptions& options,
                    const std::string& checkpoint);

/// PNG of pictures side by side.
void write_sheet(const fs::path& file, const std::vector<MazePicture>& pictures, int columns);

}  // namespace foresight
