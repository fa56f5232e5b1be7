#include "ui/monkey.h"

#include <GLFW/glfw3.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "ui/window.h"

namespace foresight {

// Half of the time a control that was drawn, else any place.
void Monkey::choose_target(const Window& window, const AppState& state) {
  frames_left_ = 2 + rng_.index(12);
  to_x_ = static_cast<float>(rng_.uniform(0, window.width()));
  to_y_ = static_cast<float>(rng_.uniform(0, window.height()));
  if (state.marks.empty() || rng_.uniform() < 0.5) return;
  auto chosen = state.marks.begin();
  std::advance(chosen, rng_.index(static_cast<int>(state.marks.size())));
  const ImVec4& r = chosen->second;
  to_x_ = r.x + r.z * static_cast<float>(rng_.uniform());
  to_y_ = r.y + r.w * static_cast<float>(rng_.uniform());
}

void Monkey::press_keys(Window& window) {
  if (rng_.uniform() > 0.06) return;
  const auto table = bindings();
  const Binding& b = table[rng_.index(static_cast<int>(table.size()))];
  // The size of the window belongs to the one who watches.
  if (b.action != Action::kFullscreen && b.action != Action::kScreenshot) {
    window.inject_key(b.key, b.mods);
  }
}

void Monkey::act(Window& window, const AppState& state) {
  if (--frames_left_ <= 0) {
    choose_target(window, state);
    down_[0] = rng_.uniform() < 0.55;
    down_[1] = !down_[0] && rng_.uniform() < 0.1;
  }
  x_ += 0.5F * (to_x_ - x_);
  y_ += 0.5F * (to_y_ - y_);
  ImGuiIO& io = ImGui::GetIO();
  io.MousePos = {x_, y_};
  // The button goes down when the mouse has arrived.
  const bool there = frames_left_ < 4;
  for (int b = 0; b < 2; ++b) io.MouseDown[b] = down_[b] && there;
  io.MouseWheel = rng_.uniform() < 0.03 ? static_cast<float>(rng_.uniform(-2, 2)) : 0;
  if (rng_.uniform() < 0.01) window.inject_double_click(io.MousePos);
  press_keys(window);
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace foresight
