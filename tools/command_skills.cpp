// foresight skills: prompts of skills, how reliably a controller shows the skill that it is
// prompted with, and two skills mixed.
#include <algorithm>
#include <cstdio>

#include "controller/control_settings.h"
#include "controller/skills/lookahead_actor.h"
#include "controller/skills/skill_report.h"
#include "controller/student/student_actor.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

using nlohmann::json;

struct PromptsFlags {
  std::vector<std::string> rollouts;
  std::string out, character;
  bool noncommercial = false;
  SkillLibraryOptions library;
};

void refuse_restricted(const RolloutSet& set, bool allowed) {
  const auto restricted = noncommercial_clips(set);
  if (restricted.empty() || allowed) return;
  throw InputError("the rollouts follow clips with a non-commercial licence, the first being \"" +
                   restricted[0].name + "\"; leave them out, or give --noncommercial");
}

void make_prompts(const PromptsFlags& o) {
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  const RolloutSet set =
      load_rollouts(std::vector<fs::path>(o.rollouts.begin(), o.rollouts.end()), character.get());
  refuse_restricted(set, o.noncommercial);
  const SkillLibrary library = make_skill_library(set, o.library);
  const fs::path out = o.out.empty() ? default_skill_library() : fs::path(o.out);
  save_skill_library(out, *character, library);
  std::printf("%s%s: %zu skills, %d snippets of %d frames each\n",
              confusion_table(library.recogniser).c_str(), out.c_str(), library.names().size(),
              o.library.snippets, o.library.frames);
}

struct SkillsFlags {
  std::string library, json, eval_data, student, from, to, blend = "predictions";
  std::vector<std::string> skills, require;
  int batch = 32, steps = 5;
  double strength = 0;  // 0: the default
  SkillEvaluationOptions run;
};

/// What the orders of one call share.
struct SkillSession {
  std::shared_ptr<const Character> character;
  SkillLibrary library;
  EvalData data;
  std::shared_ptr<const LookaheadModel> model;  // null for a student
  std::unique_ptr<LookaheadController> controller;
  std::unique_ptr<SkillActor> actor;
  json actor_report;
};

fs::path library_file(const SkillsFlags& o) {
  return o.library.empty() ? default_skill_library() : fs::path(o.library);
}

void use_student(SkillSession& s, const SkillsFlags& o, int worlds) {
  const auto policy = std::make_shared<const StudentPolicy>(load_student(o.student, *s.character));
  s.actor = std::make_unique<StudentActor>(s.character, policy, worlds);
  s.actor_report = {{"actor", "student"}, {"checkpoint_sha256", policy->sha256}};
}

void use_lookahead(SkillSession& s, const SkillsFlags& o, ControllerFlags flags, int worlds) {
  if (flags.checkpoint.empty()) flags.checkpoint = prompted_checkpoint();
  const LoadedController loaded = load_controller(flags);
  s.model = loaded.model;
  s.controller =
      std::make_unique<LookaheadController>(s.character, s.model, loaded.options, worlds);
  s.actor = std::make_unique<LookaheadActor>(
      *s.controller, s.library,
      o.blend == "tokens" ? SkillBlend::kTokens : SkillBlend::kPredictions);
  s.actor_report = {{"actor", "lookahead"},
                    {"checkpoint_sha256", s.model->sha256},
                    {"device", device_name(loaded.device)},
                    {"options", to_json(loaded.options)}};
}

SkillSession make_skill_session(const SkillsFlags& o, const ControllerFlags& flags) {
  set_threads(flags.threads);
  SkillSession s;
  s.character = flags.character.empty() ? default_character() : load_character(flags.character);
  s.library = load_skill_library(library_file(o), *s.character);
  s.data = load_starts(o.eval_data, *s.character);
  const int worlds = std::min(o.batch, o.run.episodes);
  if (o.student.empty()) {
    use_lookahead(s, o, flags, worlds);
  } else {
    use_student(s, o, worlds);
  }
  return s;
}

json report_head(const SkillSession& s, const SkillsFlags& o, const ControllerFlags& flags) {
  json head = {{"kind", "skills"},
               {"library_sha256", s.library.sha256},
               {"eval_data_sha256", s.data.sha256},
               {"versions", versions_json()},
               {"threads", flags.threads},
               {"batch", s.actor->worlds()},
               {"seed", o.run.seed},
               {"seconds", o.run.seconds},
               {"settle", o.run.settle},
               {"least_share", o.run.least_share},
               {"recogniser", recogniser_json(s.library.recogniser)},
               {"rows", json::array()}};
  head.update(s.actor_report);
  return head;
}

/// A name that nobody knows is told before the first episode.
void check_orders(const SkillSession& s, const std::vector<SkillOrder>& orders) {
  for (const SkillOrder& order : orders) {
    for (const std::string& skill : {order.skill, order.other}) {
      if (skill.empty()) continue;
      const torch::Tensor& snippets = s.library.of(skill);
      if (s.model) prompt_of(*s.model, snippets[0]);
    }
  }
}

/// Runs the orders one after the other; prints the table and writes the report.
void run_orders(SkillSession& s, const std::vector<SkillOrder>& orders, const SkillsFlags& o,
                const ControllerFlags& flags) {
  const MotionRecogniser& recogniser = s.library.recogniser;
  check_orders(s, orders);
  json report = report_head(s, o, flags);
  std::vector<SkillRow> rows;
  for (const SkillOrder& order : orders) {
    const auto episodes =
        run_skill_episodes(s.character, *s.actor, recogniser, s.data.starts, order, o.run);
    rows.push_back(summarise(order, episodes, recogniser, o.run.least_share));
    json row = to_json(rows.back(), recogniser);
    for (const SkillEpisode& e : episodes) row["runs"].push_back(to_json(e, recogniser));
    report["rows"].push_back(row);
  }
  std::printf("%s\n%s", skill_table(rows, recogniser).c_str(), confusion_table(recogniser).c_str());
  write_json(o.json, report);
  check_requirements(report, o.require);
}

void evaluate_skills(const SkillsFlags& o, const ControllerFlags& flags) {
  SkillSession s = make_skill_session(o, flags);
  const bool student = !o.student.empty();
  const double strength = o.strength > 0 ? o.strength : kPromptStrength;
  std::vector<SkillOrder> orders;
  for (const std::string& skill : o.skills.empty() ? s.library.names() : o.skills) {
    orders.push_back({skill, {}, 0, student ? 1 : strength});
  }
  if (!student) orders.push_back({});  // what it does without being asked
  run_orders(s, orders, o, flags);
}

void mix_skills(const SkillsFlags& o, const ControllerFlags& flags) {
  const bool tokens = o.blend == "tokens";
  if (o.strength > 0 && tokens) {
    throw InputError("--strength: mixes predictions; leave --blend tokens out");
  }
  const double strength = o.strength > 0 ? o.strength : tokens ? 1 : kPromptStrength;
  std::vector<SkillOrder> orders;
  for (int i = 0; i < o.steps; ++i) orders.push_back({o.from, o.to, strength * i / (o.steps - 1)});
  SkillSession s = make_skill_session(o, flags);
  run_orders(s, orders, o, flags);
}

void add_skill_run_flags(Command* app, const std::shared_ptr<SkillsFlags>& o) {
  app->add_option("--prompts", o->library, "Skills (foresight skills prompts; default: shipped)");
  app->add_option("--episodes", o->run.episodes, "Episodes per row (default 32)")
      ->check(in_range(1, 100000));
  app->add_option("--seconds", o->run.seconds, "Length of an episode (default 15)")
      ->check(in_range(2.0, 3600.0));
  app->add_option("--settle", o->run.settle, "Seconds at the start that do not count (default 5)")
      ->check(in_range(0.0, 3600.0));
  app->add_option("--seed", o->run.seed, "Seed (default 0)");
  app->add_option("--batch", o->batch, "Characters that are planned for together (default 32)")
      ->check(in_range(1, 4096));
  app->add_option("--workers", o->run.workers, "Simulation threads (default 2)")
      ->check(in_range(1, 256));
  app->add_option("--eval-data", o->eval_data, "Start states (default: those that ship)");
  app->add_option("--json", o->json, "Write the report as JSON");
  add_require_flag(app, o->require, "rows.0.success_rate.mean>=0.5");
  app->add_flag("--quiet", o->run.quiet, "No progress bar");
}

void add_prompts_command(Command& skills) {
  auto o = std::make_shared<PromptsFlags>();
  Command* app = skills.add_subcommand(
      "prompts", "Cut prompts out of the expert's rollouts and learn to tell the skills apart");
  app->add_option("--rollouts", o->rollouts,
                  "Rollout files (foresight collect); a clip's skill is the first part of its name")
      ->required();
  app->add_option("--out", o->out, "File (default: assets/eval/skill_prompts.safetensors)");
  app->add_option("--snippets", o->library.snippets, "Snippets per skill (default 8)")
      ->check(in_range(1, 1000));
  app->add_option("--frames", o->library.frames, "Control steps of a snippet (default 32)")
      ->check(in_range(2, 1000));
  app->add_option("--seed", o->library.seed, "Seed (default 1)");
  app->add_option("--character", o->character, "Character tables (default: the humanoid)");
  app->add_flag("--noncommercial", o->noncommercial, "Accept non-commercial clips");
  app->callback([o] { make_prompts(*o); });
}

void add_eval_command_of_skills(Command& skills) {
  auto o = std::make_shared<SkillsFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  Command* app = skills.add_subcommand("eval", "Success rate of each skill, asked for by a prompt");
  app->add_option("--skill", o->skills, "Only this skill (repeatable; default: all)");
  app->add_option("--student", o->student,
                  "A student (foresight train student) instead of the look-ahead controller");
  app->add_option(
         "--prompt-strength", o->strength,
         "Classifier-free guidance by the prompt: what is predicted with it less what is "
         "predicted without counts so many times (default 5; all but 1 need twice the network "
         "calls)")
      ->check(in_range(0.1, 20))
      ->excludes("--student");
  add_skill_run_flags(app, o);
  add_controller_flags(app, flags);
  app->callback([o, flags] { evaluate_skills(*o, *flags); });
}

void add_mix_command(Command& skills) {
  auto o = std::make_shared<SkillsFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  Command* app =
      skills.add_subcommand("mix", "Two skills mixed, from all of one to all of another");
  app->add_option("--from", o->from, "Skill")->required();
  app->add_option("--to", o->to, "Other skill")->required();
  app->add_option("--steps", o->steps, "Rows of the table (default 5)")->check(in_range(2, 101));
  app->add_option(
         "--strength", o->strength,
         "Share of the second skill in the last row (default 5; tokens: 1); above 1 what tells it "
         "from the first counts so many times")
      ->check(in_range(0.1, 20));
  app->add_option("--blend", o->blend,
                  "Mix the predictions under both prompts (predictions, default) or the prompts "
                  "themselves (tokens)")
      ->check(one_of({"predictions", "tokens"}));
  add_skill_run_flags(app, o);
  add_controller_flags(app, flags);
  app->callback([o, flags] { mix_skills(*o, *flags); });
}

}  // namespace

void add_skills_command(Command& app) {
  Command* skills = app.add_subcommand(
      "skills", "Skills by prompts: walk, run, jog, zombie, stealthy (docs/skills.md)");
  skills->require_subcommand(1);
  add_prompts_command(*skills);
  add_eval_command_of_skills(*skills);
  add_mix_command(*skills);
}

}  // namespace foresight
