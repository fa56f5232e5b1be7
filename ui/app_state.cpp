#include "ui/app_state.h"

#include <algorithm>
#include <thread>

#include "ui/clip_view.h"
#include "ui/maze_view.h"

namespace foresight {

AppState::AppState(std::shared_ptr<const Character> c, SimThread& thread)
    : character(std::move(c)), sim(thread), loader(character), maze(std::make_unique<MazeView>()) {
  shot = sim.snapshot();
}

AppState::~AppState() = default;

fs::path AppState::recordings_folder() const {
  return settings.recordings.empty() ? default_recordings_folder() : fs::path(settings.recordings);
}

void AppState::say(const std::string& text, bool bad) {
  toasts.push_back({text, bad, now + (bad ? 9.0 : 4.0)});
  while (toasts.size() > 4) toasts.pop_front();
}

void AppState::mark(const std::string& name) {
  const ImVec2 low = ImGui::GetItemRectMin(), size = ImGui::GetItemRectSize();
  marks[name] = {low.x, low.y, size.x, size.y};
}

void AppState::start_job(const std::string& title, std::function<void(const Job::Progress&)> work,
                         std::function<void()> then) {
  jobs.push_back({std::make_unique<Job>(title, std::move(work)), std::move(then)});
}

void AppState::send_task() {
  by_keys = false;
  sim.post([setup = setup](Simulation& s) {
    s.steer({});
    s.set_task(setup);
  });
  settings.task = setup.name;
}

void AppState::send_settings() {
  SimulationSettings wanted = settings.simulation;
  wanted.controller.replan_every = replan_every();
  sim.post([wanted](Simulation& s) { s.set_settings(wanted); });
}

void AppState::load_checkpoint(const fs::path& file) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int threads = settings.threads > 0 ? settings.threads : std::max(1, cores / 2);
  loader.start(file, settings.device, threads);
}

void AppState::ask_for_skill(const std::string& name) {
  std::vector<float>& prompt = settings.simulation.controller.prompt;
  const bool had_one = !prompt.empty();
  skill = name;
  prompt = name.empty() ? std::vector<float>() : model->prompts.at(name);
  if (had_one || !prompt.empty()) send_settings();
}

bool is_recording(const fs::path& file) {
  return file.extension() == ".rec" || file.extension() == ".pack";
}

void AppState::refresh_recordings() {
  recordings.clear();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(recordings_folder(), error)) {
    if (is_recording(entry.path())) recordings.push_back(entry.path());
  }
  std::sort(recordings.begin(), recordings.end(), [](const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return fs::last_write_time(a, ignored) > fs::last_write_time(b, ignored);
  });
}

}  // namespace foresight
