// foresight train student: the expert distilled to a plain network by DAgger.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <set>

#include "controller/student/dagger.h"
#include "controller/training_data.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/clip_flags.h"
#include "tools/commands.h"

namespace foresight {
namespace {

using nlohmann::json;

struct TrainStudentFlags {
  std::string expert, clips, out, character;
  ClipChoice choice;
  DaggerOptions dagger;
  bool no_mirror = false;
};

std::atomic<bool> stop_asked{false};

/// What the student's contract says about its teacher.
json describe_teacher(const TrainStudentFlags& o) {
  const json contract = load_checkpoint(o.expert).contract;
  const json data = contract.value("training_data", json::array());
  refuse_noncommercial_weights(o.expert, data, o.choice.noncommercial);
  std::set<std::string> licences;
  for (const json& entry : data) licences.insert(entry.at("licence").get<std::string>());
  return {{"sha256", contract.value("sha256", "")}, {"licences", licences}};
}

void print_skills(const Character& character, const std::vector<SkillClips>& skills) {
  for (const SkillClips& skill : skills) {
    std::printf("skill %-16s %4zu clips, %.1f minutes\n", skill.name.c_str(),
                skill.reference->clips.size(),
                skill.reference->frames() / character.control_hz / 60);
  }
}

void train(const TrainStudentFlags& o) {
  set_threads(o.dagger.round.env.threads);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  ExpertPolicy teacher = load_expert(o.expert, *character);
  const json about_teacher = describe_teacher(o);
  const auto skills = load_skill_clips(*character, o.clips, o.choice, teacher->velocity_lead);
  print_skills(*character, skills);
  DaggerOptions options = o.dagger;
  options.out = o.out;
  options.mirror = !o.no_mirror;
  options.stop = [] { return stop_asked.load(); };
  std::signal(SIGINT, [](int) { stop_asked = true; });
  std::signal(SIGTERM, [](int) { stop_asked = true; });
  const DaggerResult r = train_student(character, skills, teacher, about_teacher, options);
  std::printf("%d rounds, loss %.5f; the same command goes on\n", r.rounds, r.loss);
  std::printf("checkpoint %s\n", (options.out / "student.safetensors").c_str());
}

void add_round_options(Command* app, RoundConfig& round) {
  app->add_option("--worlds", round.env.worlds, "Simulated worlds, all skills together")
      ->check(in_range(1, 100000))
      ->capture_default_str();
  app->add_option("--steps", round.steps, "Control steps of every world in a round")
      ->check(in_range(1, 100000))
      ->capture_default_str();
  app->add_option("--stride", round.stride, "One in so many of these states is learnt from")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  app->add_option("--kick", round.env.kick_speed, "Largest random kick, m/s")
      ->check(in_range(0, 5))
      ->capture_default_str();
  app->add_option("--seed", round.env.seed, "Seed")->capture_default_str();
  app->add_option("--threads", round.env.threads, "Threads")->capture_default_str();
  add_shift_flag(app, round.env.shift_time);
}

void add_learning_options(Command* app, TrainStudentFlags& o) {
  DaggerOptions& dagger = o.dagger;
  app->add_option("--teacher-decay", dagger.teacher_decay,
                  "The teacher drives this to the power of the round of the episodes")
      ->check(in_range(0, 1))
      ->capture_default_str();
  app->add_option("--buffer", dagger.buffer, "Samples that are learnt from: the last rounds")
      ->check(positive())
      ->capture_default_str();
  app->add_option("--batch", dagger.batch, "Samples per gradient step, half of them mirrored")
      ->check(in_range(2, 65536))
      ->capture_default_str();
  app->add_option("--gradient-steps", dagger.gradient_steps, "Per round")
      ->check(in_range(1, 1000000))
      ->capture_default_str();
  app->add_option("--rate", dagger.learning_rate, "Learning rate")
      ->check(in_range(1e-7, 1))
      ->capture_default_str();
  app->add_flag("--no-mirror", o.no_mirror, "Do not learn from mirrored samples");
}

}  // namespace

void add_train_student_command(Command& train_app) {
  auto o = std::make_shared<TrainStudentFlags>();
  Command* app = train_app.add_subcommand(
      "student",
      "Distil the expert to a plain network by DAgger (goes on when --out holds a training)");
  app->add_option("--expert", o->expert, "Expert checkpoint, the teacher")->required();
  app->add_option("--clips", o->clips,
                  "Folder with one folder of .clip files per skill, named like the skill")
      ->required();
  app->add_option("--out", o->out, "Folder for checkpoint, state and curve")->required();
  app->add_option("--minutes", o->dagger.minutes,
                  "Wall-clock limit, earlier runs in the same folder included")
      ->check(not_negative())
      ->capture_default_str();
  app->add_option("--rounds", o->dagger.rounds, "Limit in rounds (default: none)")
      ->check(not_negative());
  app->add_option("--save-minutes", o->dagger.save_minutes, "Minutes between saves")
      ->check(not_negative())
      ->capture_default_str();
  app->add_option("--character", o->character, "Character tables (default: the humanoid)");
  app->add_flag("--quiet", o->dagger.quiet, "No progress bar");
  add_round_options(app, o->dagger.round);
  add_learning_options(app, *o);
  add_clip_flags(app, o->choice);
  app->callback([o] { train(*o); });
}

}  // namespace foresight
