#include "tools/clip_flags.h"

#include <sstream>

namespace foresight {

void add_clip_flags(Command* app, ClipChoice& choice) {
  app->add_option("--split", choice.split, "Clips to follow: train (default) or heldout")
      ->check(one_of({"train", "heldout"}));
  app->add_option("--category", choice.category,
                  "Only clips of this category: locomotion, jump, other (default: all)");
  app->add_option("--only", choice.only,
                  "Only the clips named in this file, one a line (see assets/core_clips.txt)");
  app->add_flag("--noncommercial", choice.noncommercial,
                "Also use clips whose licence forbids commercial use");
}

void add_shift_flag(Command* app, double& seconds) {
  std::ostringstream help;
  help << "The reference gives way to a character that was pushed off its place within this many "
          "seconds; 0: it does not (default "
       << seconds << ")";
  app->add_option("--shift-time", seconds, help.str())->check(in_range(0, 1000));
}

}  // namespace foresight
