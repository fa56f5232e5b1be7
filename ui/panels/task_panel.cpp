// What the character is asked to do: task, its numbers, cost weights, further terms, files.

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

constexpr double kPadSpeed = 2.5, kPadTurn = 1.6;  // m/s and rad/s at the rim

void choose_task(AppState& s) {
  std::vector<std::string> names;
  int index = -1;
  for (const TaskInfo& info : task_catalogue()) {
    if (info.name == s.setup.name) index = static_cast<int>(names.size());
    names.push_back(info.name);
  }
  if (choice(s, "Task", names, index)) {
    s.setup = default_setup(names[index]);
    s.send_task();
  }
  text_dim(s, task_info(s.setup.name).summary.c_str());
}

void draw_pad_lines(ImDrawList& list, ImVec2 centre, float radius, const Palette& p) {
  list.AddCircleFilled(centre, radius, to_u32(p.plot_background), 48);
  list.AddCircle(centre, radius, to_u32(p.grid), 48, 1.5F);
  list.AddCircle(centre, 0.5F * radius, to_u32(p.grid), 48);
  list.AddLine({centre.x - radius, centre.y}, {centre.x + radius, centre.y}, to_u32(p.grid));
  list.AddLine({centre.x, centre.y - radius}, {centre.x, centre.y + radius}, to_u32(p.grid));
}

// A round pad: up is forward, sideways turns. Also shows what keys and gamepad ask for.
void draw_steering_pad(AppState& s) {
  const float radius = 44 * s.scale;
  const float left = 0.5F * (ImGui::GetContentRegionAvail().x - 2 * radius);
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(left, 0.0F));
  ImGui::InvisibleButton("steering pad", {2 * radius, 2 * radius});
  s.mark("steering pad");
  const ImVec2 low = ImGui::GetItemRectMin();
  const ImVec2 centre(low.x + radius, low.y + radius);
  s.pad_steer = {};
  if (ImGui::IsItemActive()) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const double x = std::clamp((mouse.x - centre.x) / radius, -1.0F, 1.0F);
    const double y = std::clamp((mouse.y - centre.y) / radius, -1.0F, 1.0F);
    s.pad_steer = {-y * kPadSpeed, 0, -x * kPadTurn};
  }
  const Palette& p = s.colors();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  draw_pad_lines(list, centre, radius, p);
  const auto x = static_cast<float>(-s.steer.turn_rate / kPadTurn - s.steer.left / kPadSpeed);
  const auto y = static_cast<float>(-s.steer.forward / kPadSpeed);
  const float length = std::max(1.0F, std::hypot(x, y));
  const ImVec2 tip_at(centre.x + radius * x / length, centre.y + radius * y / length);
  list.AddLine(centre, tip_at, to_u32(p.accent_soft), 3);
  list.AddCircleFilled(tip_at, 7 * s.scale, to_u32(s.by_keys ? p.accent : p.text_dim), 24);
  tip("Drag to steer: up is forward, sideways turns. W A S D, Q E or a gamepad do the same.");
}

// While keys steer, the simulation sets the values; show those.
void follow_steering(AppState& s) {
  const TaskSetup& live = s.shot->setup;
  if (s.by_keys && live.name == s.setup.name && live.values.size() == s.setup.values.size()) {
    s.setup.values = live.values;
  }
}

void draw_parameters(AppState& s) {
  const TaskInfo& info = task_info(s.setup.name);
  section(s, "PARAMETERS");
  if (s.setup.name == "joystick") draw_steering_pad(s);
  follow_steering(s);
  bool changed = false;
  for (std::size_t i = 0; i < info.parameters.size(); ++i) {
    if (info.parameters[i].internal) continue;
    changed |= parameter_slider(s, info.parameters[i], s.setup.values[i]);
  }
  if (changed) s.send_task();
  if (info.parameters.empty()) text_dim(s, "This task has no parameters.");
}

bool weight_slider(AppState& s, const std::string& name, double& weight, double usual) {
  const ParameterInfo info{name, "", "Weight of this cost", 0, std::max(4 * usual, 1.0), usual};
  return parameter_slider(s, info, weight);
}

void draw_weights(AppState& s) {
  const TaskInfo& info = task_info(s.setup.name);
  if (info.costs.empty() && s.setup.terms.empty()) return;
  section(s, "COST WEIGHTS");
  ImGui::PushID("weights");
  bool changed = false;
  for (std::size_t i = 0; i < info.costs.size(); ++i) {
    changed |= weight_slider(s, info.costs[i], s.setup.weights[i], info.weights[i]);
  }
  ImGui::PopID();
  if (changed) s.send_task();
}

void draw_cost_plot(AppState& s) {
  if (s.measured.costs.empty()) return;
  const TaskInfo& info = task_info(s.setup.name);
  const Palette& p = s.colors();
  std::vector<PlotSeries> series;
  for (std::size_t i = 0; i < s.measured.costs.size(); ++i) {
    const std::size_t own = info.costs.size();
    const std::string name = i < own                          ? info.costs[i]
                             : i - own < s.setup.terms.size() ? s.setup.terms[i - own].name
                                                              : "";
    series.push_back({name, &s.measured.costs[i], p.series[i % 6]});
  }
  PlotOptions o{80 * s.scale, "", 0, 0, -1, 300, p.plot_background, p.grid, p.text_dim};
  ImGui::PushFont(s.fonts.small);
  plot_lines("costs", series, o);
  ImGui::PopFont();
  tip("Weighted cost of the predicted second, per term, over the last ten seconds");
}

bool draw_term(AppState& s, TermSetup& term, bool& removed) {
  const TermInfo& info = term_info(term.name);
  bool changed = false;
  if (!ImGui::TreeNodeEx(term.name.c_str(), ImGuiTreeNodeFlags_DefaultOpen)) return false;
  tip(info.summary.c_str());
  changed |= weight_slider(s, "weight", term.weight, 1);
  for (std::size_t i = 0; i < info.parameters.size(); ++i) {
    changed |= parameter_slider(s, info.parameters[i], term.values[i]);
  }
  removed = ImGui::SmallButton("Remove");
  ImGui::TreePop();
  return changed || removed;
}

void draw_terms(AppState& s) {
  section(s, "ADDED COSTS");
  bool changed = false;
  for (std::size_t i = 0; i < s.setup.terms.size(); ++i) {
    bool removed = false;
    ImGui::PushID(static_cast<int>(i));
    changed |= draw_term(s, s.setup.terms[i], removed);
    ImGui::PopID();
    if (removed) s.setup.terms.erase(s.setup.terms.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  std::vector<std::string> names;
  for (const TermInfo& term : term_catalogue()) names.push_back(term.name);
  int index = -1;
  if (choice(s, "Add a cost", names, index)) {
    s.setup.terms.push_back(default_term(names[index]));
    changed = true;
  }
  if (changed) s.send_task();
}

void save_task(AppState& s) {
  try {
    std::error_code ignored;  // write_file says what is wrong
    fs::create_directories(fs::path(s.task_file).parent_path(), ignored);
    write_file(s.task_file, to_json(s.setup).dump(2) + "\n");
    s.say("Saved " + s.task_file);
  } catch (const InputError& error) {
    s.say(error.what(), true);
  }
}

void draw_files(AppState& s) {
  section(s, "TASK FILE");
  char text[512];
  std::snprintf(text, sizeof(text), "%s", s.task_file.c_str());
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputText("##task file", text, sizeof(text))) s.task_file = text;
  s.mark("task file");
  if (button(s, "Save task")) save_task(s);
  ImGui::SameLine();
  if (button(s, "Load task")) open_file(s, s.task_file);
}

}  // namespace

void draw_task_panel(AppState& s, const PixelRect& rect) {
  if (rect.width == 0) return;
  begin_panel("task", rect);
  // A task that could not begin leaves the old one running.
  const bool refused = s.shot->state == RunState::kFailed && s.shot->setup.name != s.setup.name;
  if (refused) s.setup = s.shot->setup;
  choose_task(s);
  if (s.shot->success) ImGui::TextColored(s.colors().good, "Done.");
  if (!s.shot->failure.empty()) {
    ImGui::TextColored(s.colors().bad, "Failed: %s", s.shot->failure.c_str());
  }
  if (button(s, "Start the task anew", true)) {
    s.sim.post([](Simulation& sim) { sim.reset(); });
  }
  draw_parameters(s);
  draw_weights(s);
  draw_cost_plot(s);
  draw_terms(s);
  section(s, "CHARACTERS");
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderInt("##characters", &s.characters, 1, 4)) {
    s.sim.post([n = s.characters](Simulation& sim) { sim.set_characters(n); });
    s.selected = 0;
  }
  s.mark("characters");
  draw_files(s);
  ImGui::End();
}

}  // namespace foresight
