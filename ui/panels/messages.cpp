// What went wrong, what was done, and what runs in the background.

#include <ctime>

#include "sim/base/error.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

constexpr ImGuiWindowFlags kOverlay =
    ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoMove |
    ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing;

std::string stamp() {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::strftime(text, sizeof(text), "%Y%m%d-%H%M%S", &parts);
  return text;
}

// The report is put together by the simulation's thread and written there.
void save_report(AppState& s) {
  const fs::path file = s.recordings_folder() / ("report-" + stamp() + ".json");
  s.sim.post([file, message = s.shot->message, checkpoint = s.settings.checkpoint,
              renderer = s.renderer](Simulation& sim) {
    nlohmann::json report = sim.report();
    report["message"] = message;
    report["checkpoint"] = checkpoint;
    report["renderer"] = renderer;
    fs::create_directories(file.parent_path());
    write_file(file, report.dump(1) + "\n");
  });
  s.say("Report: " + file.string());
}

void draw_error(AppState& s) {
  if (s.shot->state != RunState::kFailed) {
    s.error_dismissed = false;
    return;
  }
  if (s.error_dismissed) return;
  const PixelRect& r = s.scene_rect;
  ImGui::SetNextWindowPos({r.x + 0.5F * static_cast<float>(r.width), r.y + 16 * s.scale},
                          ImGuiCond_Always, {0.5F, 0});
  ImGui::Begin("error", nullptr, kOverlay);
  ImGui::TextColored(s.colors().bad, "Paused: something went wrong");
  ImGui::PushTextWrapPos(std::min(460 * s.scale, 0.9F * static_cast<float>(r.width)));
  ImGui::TextUnformatted(s.shot->message.c_str());
  ImGui::PopTextWrapPos();
  if (button(s, "Save report")) save_report(s);
  ImGui::SameLine();
  if (button(s, "Go on")) s.sim.set_playing(true);
  ImGui::SameLine();
  if (button(s, "Dismiss")) s.error_dismissed = true;
  ImGui::End();
}

void draw_jobs(AppState& s) {
  for (const RunningJob& running : s.jobs) {
    ImGui::TextUnformatted(running.job->title().c_str());
    const auto done = static_cast<float>(running.job->progress());
    ImGui::ProgressBar(done, {220 * s.scale, 0}, done > 0 ? nullptr : "working ...");
    ImGui::SameLine();
    if (ImGui::SmallButton("Cancel")) running.job->cancel();
  }
  if (s.loader.busy()) ImGui::TextUnformatted("Loading the checkpoint ...");
}

void draw_toasts(AppState& s) {
  while (!s.toasts.empty() && s.toasts.front().until < s.now) s.toasts.pop_front();
  if (s.toasts.empty() && s.jobs.empty() && !s.loader.busy()) return;
  const PixelRect& r = s.scene_rect;
  ImGui::SetNextWindowPos({r.x + 14 * s.scale, static_cast<float>(r.y + r.height) - 14 * s.scale},
                          ImGuiCond_Always, {0, 1});
  ImGui::SetNextWindowBgAlpha(0.88F);
  ImGui::Begin("toasts", nullptr, kOverlay);
  draw_jobs(s);
  ImGui::PushTextWrapPos(std::max(0.7F * static_cast<float>(r.width), 200.0F));
  for (const Toast& toast : s.toasts) {
    ImGui::TextColored(toast.bad ? s.colors().bad : s.colors().text, "%s", toast.text.c_str());
  }
  ImGui::PopTextWrapPos();
  ImGui::End();
}

}  // namespace

void draw_messages(AppState& s) {
  draw_error(s);
  draw_toasts(s);
}

}  // namespace foresight
