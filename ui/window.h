// Window: GLFW window with its OpenGL context and Dear ImGui on top. Collects what happened since
// the last frame.
#pragma once

#include <imgui.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/base/files.h"
#include "ui/offscreen/image.h"

struct GLFWwindow;

namespace foresight {

/// A key that went down; GLFW codes.
struct KeyPress {
  int key = 0, mods = 0;
};

struct WindowOptions {
  int width = 1280, height = 720;
  std::string title = "Foresight";
  bool hidden = false;
};

class Window {
 public:
  /// Throws InputError that says so and names the headless commands when there is no display.
  explicit Window(const WindowOptions& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  bool should_close() const;
  /// Takes events and starts an ImGui frame.
  void begin_frame();
  /// Draws ImGui over what was drawn before, and waits until it is done.
  void render();
  /// Shows the picture; may wait for the display.
  void present();

  /// Since the last begin_frame(), without those that went into text fields.
  std::vector<KeyPress> take_keys();
  std::vector<fs::path> take_drops();
  /// Where (px) the left button went down twice in quick succession. Told from the events and not
  /// from the state per picture, which misses a quick release between two slow pictures.
  std::optional<ImVec2> take_double_click();
  bool key_down(int key) const;
  /// Gamepad buttons that went down since the last call, and axes -1 to 1; empty without a pad.
  std::vector<int> take_pad_buttons();
  bool pad_axes(float axes[6]) const;
  bool pad_button(int button) const;

  int width() const { return width_; }    // px
  int height() const { return height_; }  // px
  float content_scale() const;
  /// Top left corner on the screen.
  void position(int& x, int& y) const;
  void set_size(int width, int height);
  /// Asks for the keyboard.
  void focus();
  void toggle_fullscreen();
  /// Makes the fonts of the atlas visible.
  void upload_fonts();

  std::string renderer() const { return renderer_; }
  bool software_rendering() const;
  /// What was drawn; between render() and present().
  Image capture() const;

  /// For tests and random input: as if the user had done it.
  void inject_key(int key, int mods);
  void inject_drop(const fs::path& file) { drops_.push_back(file); }
  void inject_double_click(ImVec2 where) { double_click_ = where; }

 private:
  static void on_key(GLFWwindow* window, int key, int scancode, int action, int mods);
  static void on_drop(GLFWwindow* window, int count, const char** paths);
  static void on_mouse_button(GLFWwindow* window, int button, int action, int mods);

  GLFWwindow* window_ = nullptr;
  int width_ = 0, height_ = 0;
  int windowed_[4] = {0, 0, 1280, 720};  // x, y, width, height
  std::string renderer_;
  std::vector<KeyPress> keys_;
  std::vector<fs::path> drops_;
  std::optional<ImVec2> double_click_;
  double pressed_at_ = -1e9;  // s, the last press that was not the second of two
  ImVec2 pressed_where_{0, 0};
  std::vector<unsigned char> pad_before_;
};

}  // namespace foresight
