// ClipView: an imported clip beside the character: as captured, and retargeted.
#pragma once

#include "ui/live/clip_import.h"
#include "ui/offscreen/overlay.h"

namespace foresight {

struct ClipView {
  std::shared_ptr<const ImportedClip> imported;
  std::vector<std::pair<int, int>> bones;
  double time = 0;  // s
  bool playing = true, shown = true;

  explicit ClipView(std::shared_ptr<const ImportedClip> clip)
      : imported(std::move(clip)), bones(source_bones(imported->source)) {}

  void advance(double dt);
  /// The capture as a stick figure on the left of `place`, the retargeted clip as a ghost on the
  /// right, both travelling along.
  void add(const Eigen::Vector2d& place, Overlay& overlay) const;
};

}  // namespace foresight
