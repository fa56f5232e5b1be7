#include "ui/window.h"

#include <GL/gl.h>
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr double kDoubleClickSeconds = 0.45;
constexpr float kDoubleClickWay = 8;  // px

[[noreturn]] void no_display(const std::string& why) {
  throw InputError(
      "the app needs a display" + (why.empty() ? "" : " (" + why + ")") +
      ". Without one, these do the same job: `foresight run --task joystick --headless "
      "--video walk.mp4` (a run and its video), `foresight eval` (measurements), `foresight "
      "export` "
      "(motion files). A virtual display also works: xvfb-run foresight app");
}

// Software rendering must leave a core to the planner and one to physics.
void limit_software_rendering() {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const std::string threads = std::to_string(cores > 2 ? cores / 2 : 1);
  setenv("LP_NUM_THREADS", threads.c_str(), /*overwrite=*/0);
}

}  // namespace

Window::Window(const WindowOptions& options) {
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) {
    no_display("neither DISPLAY nor WAYLAND_DISPLAY is set");
  }
  limit_software_rendering();
  static std::string failure;
  glfwSetErrorCallback([](int, const char* text) { failure = text; });
  if (!glfwInit()) no_display(failure);
  glfwWindowHint(GLFW_VISIBLE, options.hidden ? GLFW_FALSE : GLFW_TRUE);
  glfwWindowHint(GLFW_SAMPLES, 0);
  window_ =
      glfwCreateWindow(options.width, options.height, options.title.c_str(), nullptr, nullptr);
  if (window_ == nullptr) {
    glfwTerminate();
    no_display(failure);
  }
  glfwSetWindowSizeLimits(window_, 640, 400, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);
  renderer_ = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, on_key);
  glfwSetDropCallback(window_, on_drop);
  glfwSetMouseButtonCallback(window_, on_mouse_button);
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;
  ImGui_ImplGlfw_InitForOpenGL(window_, /*install_callbacks=*/true);
  ImGui_ImplOpenGL3_Init("#version 130");
  glfwGetFramebufferSize(window_, &width_, &height_);
}

Window::~Window() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window_);
  glfwTerminate();
}

void Window::on_key(GLFWwindow* window, int key, int, int action, int mods) {
  if (action != GLFW_PRESS) return;
  static_cast<Window*>(glfwGetWindowUserPointer(window))->inject_key(key, mods);
}

void Window::on_drop(GLFWwindow* window, int count, const char** paths) {
  auto* self = static_cast<Window*>(glfwGetWindowUserPointer(window));
  for (int i = 0; i < count; ++i) self->drops_.emplace_back(paths[i]);
}

void Window::on_mouse_button(GLFWwindow* window, int button, int action, int) {
  if (button != GLFW_MOUSE_BUTTON_LEFT || action != GLFW_PRESS) return;
  auto* self = static_cast<Window*>(glfwGetWindowUserPointer(window));
  double x, y;
  glfwGetCursorPos(window, &x, &y);
  const ImVec2 where(static_cast<float>(x), static_cast<float>(y));
  const float way = std::hypot(where.x - self->pressed_where_.x, where.y - self->pressed_where_.y);
  const bool twice =
      glfwGetTime() - self->pressed_at_ < kDoubleClickSeconds && way < kDoubleClickWay;
  if (twice) self->double_click_ = where;
  self->pressed_at_ = twice ? -1e9 : glfwGetTime();
  self->pressed_where_ = where;
}

void Window::inject_key(int key, int mods) {
  const bool typing = ImGui::GetIO().WantTextInput && key != GLFW_KEY_ESCAPE;
  if (!typing) keys_.push_back({key, mods});
}

bool Window::should_close() const { return glfwWindowShouldClose(window_); }

void Window::begin_frame() {
  glfwPollEvents();
  glfwGetFramebufferSize(window_, &width_, &height_);
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
}

void Window::render() {
  ImGui::Render();
  glViewport(0, 0, width_, height_);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  glFinish();
}

void Window::present() { glfwSwapBuffers(window_); }

std::vector<KeyPress> Window::take_keys() { return std::exchange(keys_, {}); }
std::vector<fs::path> Window::take_drops() { return std::exchange(drops_, {}); }
std::optional<ImVec2> Window::take_double_click() { return std::exchange(double_click_, {}); }

bool Window::key_down(int key) const {
  return !ImGui::GetIO().WantTextInput && glfwGetKey(window_, key) == GLFW_PRESS;
}

std::vector<int> Window::take_pad_buttons() {
  std::vector<int> pressed;
  GLFWgamepadstate state;
  if (!glfwGetGamepadState(GLFW_JOYSTICK_1, &state)) return pressed;
  pad_before_.resize(GLFW_GAMEPAD_BUTTON_LAST + 1, 0);
  for (int b = 0; b <= GLFW_GAMEPAD_BUTTON_LAST; ++b) {
    if (state.buttons[b] && !pad_before_[b]) pressed.push_back(b);
    pad_before_[b] = state.buttons[b];
  }
  return pressed;
}

bool Window::pad_axes(float axes[6]) const {
  GLFWgamepadstate state;
  if (!glfwGetGamepadState(GLFW_JOYSTICK_1, &state)) return false;
  std::copy_n(state.axes, 6, axes);
  return true;
}

bool Window::pad_button(int button) const {
  GLFWgamepadstate state;
  return button >= 0 && glfwGetGamepadState(GLFW_JOYSTICK_1, &state) && state.buttons[button];
}

float Window::content_scale() const {
  float x = 1, y = 1;
  glfwGetWindowContentScale(window_, &x, &y);
  return x;
}

void Window::position(int& x, int& y) const { glfwGetWindowPos(window_, &x, &y); }

void Window::set_size(int width, int height) { glfwSetWindowSize(window_, width, height); }

void Window::focus() { glfwFocusWindow(window_); }

void Window::toggle_fullscreen() {
  if (glfwGetWindowMonitor(window_) != nullptr) {
    glfwSetWindowMonitor(window_, nullptr, windowed_[0], windowed_[1], windowed_[2], windowed_[3],
                         GLFW_DONT_CARE);
    return;
  }
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  if (monitor == nullptr) return;
  glfwGetWindowPos(window_, &windowed_[0], &windowed_[1]);
  glfwGetWindowSize(window_, &windowed_[2], &windowed_[3]);
  const GLFWvidmode* mode = glfwGetVideoMode(monitor);
  glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
}

void Window::upload_fonts() {
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

bool Window::software_rendering() const {
  for (const char* name : {"llvmpipe", "softpipe", "SWR", "Software"}) {
    if (renderer_.find(name) != std::string::npos) return true;
  }
  return false;
}

Image Window::capture() const {
  Image image{width_, height_, {}};
  const std::size_t row = std::size_t{3} * width_;
  std::vector<std::uint8_t> flipped(row * height_);
  image.rgb.resize(flipped.size());
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadBuffer(GL_BACK);
  glReadPixels(0, 0, width_, height_, GL_RGB, GL_UNSIGNED_BYTE, flipped.data());
  for (int y = 0; y < height_; ++y) {
    std::memcpy(image.rgb.data() + (height_ - 1 - y) * row, flipped.data() + y * row, row);
  }
  return image;
}

}  // namespace foresight
