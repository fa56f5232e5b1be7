// All keys and gamepad buttons, in one table that also draws the help window.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace foresight {

enum class Action {
  kPlayPause,
  kStep,
  kStepBack,
  kReset,
  kSlower,
  kFaster,
  kLive,
  kForward,
  kBackward,
  kLeft,
  kRight,
  kTurnLeft,
  kTurnRight,
  kRun,
  kKick,
  kThrow,
  kSelectNext,
  kCamera,
  kGhosts,
  kPaths,
  kContacts,
  kGuidance,
  kField,
  kTaskPanel,
  kInspector,
  kTheme,
  kHelp,
  kMazes,
  kFullscreen,
  kRecord,
  kScreenshot,
  kCancel,
};

struct Binding {
  Action action;
  const char* group;
  const char* what;
  int key = 0;          // GLFW code; 0: none
  int mods = 0;         // GLFW modifier bits that must be down, no others
  int pad_button = -1;  // GLFW gamepad button
  bool held = false;    // acts as long as it is down, whatever the modifiers
};

/// The table, in the order of the help window.
std::span<const Binding> bindings();

/// "Ctrl+R", "Space", "Left stick"; empty without a key.
std::string key_text(const Binding& binding);
/// "A", "Back", "Right bumper"; empty without a button.
std::string pad_text(const Binding& binding);

/// Names two bindings that share a key or a button; empty when there are none.
std::string duplicate_binding(std::span<const Binding> table);

/// The binding that a pressed key (GLFW code and modifiers) or a pad button triggers; null if none.
const Binding* find_key(int key, int mods);
const Binding* find_pad_button(int button);
/// The binding of an action. Every action has one.
const Binding& binding_of(Action action);

}  // namespace foresight
