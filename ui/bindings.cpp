#include "ui/bindings.h"

#include <GLFW/glfw3.h>

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr int kNone = -1;

// clang-format off
constexpr Binding kTable[] = {
    {Action::kPlayPause, "Time", "Play or pause", GLFW_KEY_SPACE, 0, GLFW_GAMEPAD_BUTTON_START, false},
    {Action::kStep, "Time", "One control step", GLFW_KEY_PERIOD, 0, kNone, false},
    {Action::kStepBack, "Time", "One control step back", GLFW_KEY_COMMA, 0, kNone, false},
    {Action::kLive, "Time", "Back to the newest moment", GLFW_KEY_END, 0, kNone, false},
    {Action::kReset, "Time", "Start anew", GLFW_KEY_BACKSPACE, 0, GLFW_GAMEPAD_BUTTON_BACK, false},
    {Action::kSlower, "Time", "Slower", GLFW_KEY_MINUS, 0, kNone, false},
    {Action::kFaster, "Time", "Faster", GLFW_KEY_EQUAL, 0, kNone, false},
    {Action::kForward, "Steering", "Forward", GLFW_KEY_W, 0, kNone, true},
    {Action::kBackward, "Steering", "Backward", GLFW_KEY_S, 0, kNone, true},
    {Action::kLeft, "Steering", "Sideways left", GLFW_KEY_A, 0, kNone, true},
    {Action::kRight, "Steering", "Sideways right", GLFW_KEY_D, 0, kNone, true},
    {Action::kTurnLeft, "Steering", "Turn left", GLFW_KEY_Q, 0, kNone, true},
    {Action::kTurnRight, "Steering", "Turn right", GLFW_KEY_E, 0, kNone, true},
    {Action::kRun, "Steering", "Run", GLFW_KEY_LEFT_SHIFT, 0, GLFW_GAMEPAD_BUTTON_LEFT_BUMPER, true},
    {Action::kKick, "Disturb", "Kick the character", GLFW_KEY_K, 0, GLFW_GAMEPAD_BUTTON_X, false},
    {Action::kThrow, "Disturb", "Throw a ball", GLFW_KEY_B, 0, GLFW_GAMEPAD_BUTTON_B, false},
    {Action::kSelectNext, "View", "Next character", GLFW_KEY_N, 0, kNone, false},
    {Action::kCamera, "View", "Next camera", GLFW_KEY_C, 0, GLFW_GAMEPAD_BUTTON_Y, false},
    {Action::kGhosts, "View", "Predicted poses", GLFW_KEY_G, 0, kNone, false},
    {Action::kPaths, "View", "Predicted paths", GLFW_KEY_P, 0, kNone, false},
    {Action::kContacts, "View", "Contact forces", GLFW_KEY_F, 0, kNone, false},
    {Action::kGuidance, "View", "Guidance", GLFW_KEY_V, 0, kNone, false},
    {Action::kField, "View", "Obstacle field", GLFW_KEY_O, 0, kNone, false},
    {Action::kTaskPanel, "Window", "Task panel", GLFW_KEY_F2, 0, kNone, false},
    {Action::kInspector, "Window", "Right panel", GLFW_KEY_F3, 0, kNone, false},
    {Action::kMazes, "Window", "Mazes", GLFW_KEY_F5, 0, kNone, false},
    {Action::kTheme, "Window", "Light or dark", GLFW_KEY_F4, 0, kNone, false},
    {Action::kFullscreen, "Window", "Full screen", GLFW_KEY_F11, 0, kNone, false},
    {Action::kHelp, "Window", "This list", GLFW_KEY_F1, 0, kNone, false},
    {Action::kCancel, "Window", "Close what is open", GLFW_KEY_ESCAPE, 0, kNone, false},
    {Action::kRecord, "Files", "Start or stop recording", GLFW_KEY_R, GLFW_MOD_CONTROL, kNone, false},
    {Action::kScreenshot, "Files", "Save a picture", GLFW_KEY_F12, 0, kNone, false},
};
// clang-format on

struct Name {
  int code;
  const char* text;
};

constexpr Name kKeyNames[] = {{GLFW_KEY_SPACE, "Space"},         {GLFW_KEY_PERIOD, ". (period)"},
                              {GLFW_KEY_COMMA, ", (comma)"},     {GLFW_KEY_END, "End"},
                              {GLFW_KEY_BACKSPACE, "Backspace"}, {GLFW_KEY_MINUS, "- (minus)"},
                              {GLFW_KEY_EQUAL, "= (equals)"},    {GLFW_KEY_LEFT_SHIFT, "Shift"},
                              {GLFW_KEY_ESCAPE, "Esc"}};

constexpr Name kPadNames[] = {{GLFW_GAMEPAD_BUTTON_A, "A"},
                              {GLFW_GAMEPAD_BUTTON_B, "B"},
                              {GLFW_GAMEPAD_BUTTON_X, "X"},
                              {GLFW_GAMEPAD_BUTTON_Y, "Y"},
                              {GLFW_GAMEPAD_BUTTON_START, "Start"},
                              {GLFW_GAMEPAD_BUTTON_BACK, "Back"},
                              {GLFW_GAMEPAD_BUTTON_LEFT_BUMPER, "Left bumper"},
                              {GLFW_GAMEPAD_BUTTON_RIGHT_BUMPER, "Right bumper"}};

std::string name_in(std::span<const Name> names, int code) {
  for (const Name& name : names) {
    if (name.code == code) return name.text;
  }
  return "";
}

std::string key_name(int key) {
  if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) return std::string(1, static_cast<char>(key));
  if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12) return "F" + std::to_string(key - GLFW_KEY_F1 + 1);
  return name_in(kKeyNames, key);
}

}  // namespace

std::span<const Binding> bindings() { return kTable; }

std::string key_text(const Binding& binding) {
  if (binding.key == 0) return "";
  std::string text;
  if (binding.mods & GLFW_MOD_CONTROL) text += "Ctrl+";
  if (binding.mods & GLFW_MOD_ALT) text += "Alt+";
  if (binding.mods & GLFW_MOD_SHIFT) text += "Shift+";
  return text + key_name(binding.key);
}

std::string pad_text(const Binding& binding) { return name_in(kPadNames, binding.pad_button); }

std::string duplicate_binding(std::span<const Binding> table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (std::size_t j = i + 1; j < table.size(); ++j) {
      const Binding &a = table[i], &b = table[j];
      // A key that is held acts whatever the modifiers, so it must be alone on its key.
      const bool mods = a.mods == b.mods || a.held || b.held;
      const bool key = a.key != 0 && a.key == b.key && mods;
      const bool pad = a.pad_button >= 0 && a.pad_button == b.pad_button;
      if (!key && !pad) continue;
      return std::string("\"") + a.what + "\" and \"" + b.what + "\" share " +
             (key ? key_text(a) : "the gamepad's " + pad_text(a));
    }
  }
  return "";
}

const Binding* find_key(int key, int mods) {
  constexpr int kMods = GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SHIFT | GLFW_MOD_SUPER;
  for (const Binding& b : kTable) {
    if (b.key == key && !b.held && b.mods == (mods & kMods)) return &b;
  }
  return nullptr;
}

const Binding* find_pad_button(int button) {
  for (const Binding& b : kTable) {
    if (b.pad_button == button && !b.held) return &b;
  }
  return nullptr;
}

const Binding& binding_of(Action action) {
  const auto found = std::find_if(std::begin(kTable), std::end(kTable),
                                  [action](const Binding& b) { return b.action == action; });
  FS_CHECK(found != std::end(kTable));
  return *found;
}

}  // namespace foresight
