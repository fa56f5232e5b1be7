// Checkpoint, how the controller plans, and how long that takes.

#include <algorithm>

#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

void draw_checkpoint(AppState& s) {
  section(s, "CHECKPOINT");
  std::vector<std::string> names;
  int index = -1;
  for (const fs::path& file : s.checkpoints) {
    if (s.model && s.model->name == file.filename()) index = static_cast<int>(names.size());
    names.push_back(file.filename().string());
  }
  if (choice(s, "Checkpoint", names, index)) s.load_checkpoint(s.checkpoints[index]);
  const std::vector<std::string> devices = {"auto", "cpu", "cuda"};
  int device = static_cast<int>(std::find(devices.begin(), devices.end(), s.settings.device) -
                                devices.begin());
  if (choice(s, "Device", devices, device)) {
    s.settings.device = devices[device];
    s.load_checkpoint(s.settings.checkpoint.empty() ? shipped_checkpoint()
                                                    : fs::path(s.settings.checkpoint));
  }
  if (s.loader.busy()) return text_dim(s, "Loading ...");
  if (!s.model) return text_dim(s, "None: the joints only hold their angles.");
  text_dim(s, (s.model->size + ", " + s.model->device + ", sha256 " + s.model->sha256.substr(0, 12))
                  .c_str());
}

void draw_skill(AppState& s) {
  if (!s.model || s.model->prompts.empty()) return;
  section(s, "SKILL");
  std::vector<std::string> names = {"any"};
  for (const auto& entry : s.model->prompts) names.push_back(entry.first);
  auto index = static_cast<int>(std::find(names.begin() + 1, names.end(), s.skill) - names.begin());
  if (s.skill.empty()) index = 0;
  if (choice(s, "Skill", names, index)) s.ask_for_skill(index == 0 ? "" : names[index]);
  if (s.skill.empty()) return;
  const ParameterInfo strength{"prompt strength",
                               "x",
                               "What is predicted with the prompt less what is predicted without "
                               "counts so many times",
                               1,
                               8,
                               kPromptStrength};
  if (parameter_slider(s, strength, s.settings.simulation.controller.prompt_strength)) {
    s.send_settings();
  }
}

bool draw_threading(AppState& s, ControllerSettings& c) {
  bool changed = false;
  int mode = c.threaded ? 0 : 1;
  ImGui::TextUnformatted("Planning");
  tip("On its own thread: physics never waits and follows the newest plan there is. In step: "
      "physics waits for a plan at every control step.");
  if (choice(s, "Planning", {"on its own thread", "in step with physics"}, mode)) {
    c.threaded = mode == 0;
    changed = true;
  }
  if (!c.threaded) return changed;
  ImGui::TextUnformatted("Plan anew every");
  ImGui::SetNextItemWidth(-1);
  changed |= ImGui::SliderInt("##replan", &c.replan_every, 1, 6, "%d steps");
  s.mark("replan");
  if (s.least_replan > c.replan_every) {
    text_dim(s, format("At the moment every %d steps, because physics fell behind.", s.least_replan)
                    .c_str());
  }
  return changed;
}

bool draw_denoising(AppState& s, ControllerSettings& c) {
  section(s, "DENOISING");
  bool changed = toggle(s, "Rolling states", c.roll_states,
                        "Keep half-denoised future states between control steps");
  changed |= toggle(s, "Rolling actions", c.roll_actions, "The same for actions");
  changed |= toggle(s, "Pruning", c.prune, "Leave out action tokens that cannot change the result");
  changed |= toggle(s, "bfloat16", c.bf16, "Half the memory traffic, less exact");
  if (s.model) {
    int level = c.roll_level < 0 ? s.model->default_roll_level : c.roll_level;
    ImGui::TextUnformatted("Noise level kept between plans");
    tip("Lower: fewer network calls per plan and less reaction to what is new");
    ImGui::SetNextItemWidth(-1);
    if (ImGui::SliderInt("##roll", &level, 4, s.model->network_steps - 1)) {
      c.roll_level = level == s.model->default_roll_level ? -1 : level;
      changed = true;
    }
  }
  const ParameterInfo guidance{"guidance", "x", "Factor on the weights of all costs", 0, 4, 1};
  return parameter_slider(s, guidance, c.guidance_scale) || changed;
}

void draw_plot(AppState& s, const char* id, const PlotSeries& series, const char* unit,
               float line) {
  const Palette& p = s.colors();
  ImGui::PushFont(s.fonts.small);
  plot_lines(id, {series},
             {52 * s.scale, unit, 0, 0, line, 300, p.plot_background, p.grid, p.text_dim});
  ImGui::PopFont();
}

void draw_latency(AppState& s) {
  section(s, "LATENCY");
  const Palette& p = s.colors();
  const Measurements& m = s.measured;
  const double limit = 1000 * s.character->control_dt();
  value_line("Plan, median", format("%.1f ms", m.plan_p50), p.text);
  value_line("Plan, 95 %", format("%.1f ms", m.plan_p95), m.plan_p95 > limit ? p.warning : p.text);
  value_line("Plan age, median and 95 %", format("%.0f, %.0f steps", m.age_p50, m.age_p95),
             m.age_p95 > 2 ? p.warning : p.text);
  value_line("Real-time factor", format("%.3f", s.shot->real_time_factor), p.text);
  value_line("Network calls per plan", format("%d", m.network_calls), p.text);
  draw_plot(s, "plan time", {"plan", &m.plan_ms, p.series[0]}, "ms", static_cast<float>(limit));
  draw_plot(s, "plan age", {"plan age", &m.plan_age, p.series[1]}, "steps", 2);
  draw_plot(s, "frame time", {"frame", &m.frame_ms, p.series[2]}, "ms", 1000.0F / 60);
}

}  // namespace

void draw_controller_tab(AppState& s) {
  draw_checkpoint(s);
  draw_skill(s);
  SimulationSettings& settings = s.settings.simulation;
  section(s, "PLANNER");
  bool changed = draw_threading(s, settings.controller);
  changed |= draw_denoising(s, settings.controller);
  section(s, "RUN");
  int seed = static_cast<int>(settings.seed);
  ImGui::TextUnformatted("Seed");
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputInt("##seed", &seed)) {
    settings.seed = static_cast<std::uint64_t>(std::max(seed, 0));
    changed = true;
  }
  int fall = static_cast<int>(settings.after_fall);
  ImGui::TextUnformatted("After a fall");
  if (choice(s, "After a fall", {"get up", "stand up", "stay down", "pause"}, fall)) {
    settings.after_fall = static_cast<AfterFall>(fall);
    changed = true;
  }
  if (changed) s.send_settings();
  draw_latency(s);
}

}  // namespace foresight
