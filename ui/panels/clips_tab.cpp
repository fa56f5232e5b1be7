// Mocap: a dropped file as it was captured and retargeted, and played through the expert.

#include "ui/clip_view.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

void follow_clip(AppState& s) {
  const std::shared_ptr<const ImportedClip> imported = s.clip->imported;
  auto made = std::make_shared<std::shared_ptr<ExpertTrack>>();
  s.start_job(
      "Loading the expert",
      [made, imported, character = s.character](const Job::Progress&) {
        *made = std::make_shared<ExpertTrack>(character, imported->clip, shipped_expert());
      },
      [&s, made] {
        s.sim.post([track = *made](Simulation& sim) { sim.track(track); });
        s.sim.set_playing(true);
      });
}

void draw_report(AppState& s, const ImportedClip& c) {
  const Palette& p = s.colors();
  value_line("File", c.clip.source, p.text);
  value_line("Format", c.source.format + format(", %.0f fps", c.source.fps), p.text);
  value_line("Length", format("%.1f s", c.clip.seconds()), p.text);
  value_line("Licence", c.clip.licence, c.clip.licence == "unknown" ? p.warning : p.text);
  value_line("Scale", format("%.3f", c.report.scale), p.text);
  value_line("Mean error", format("%.1f cm", c.report.mean_error_cm), p.text);
  value_line("Foot slide", format("%.3f m/s", c.report.foot_slide), p.text);
  for (const std::string& note : c.source.notes) text_dim(s, note.c_str());
}

void draw_player(AppState& s, ClipView& view) {
  if (icon_button(s, "clip play", view.playing ? Icon::kPause : Icon::kPlay, "Play the clip")) {
    view.playing = !view.playing;
  }
  ImGui::SameLine();
  auto time = static_cast<float>(view.time);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderFloat("##clip time", &time, 0, static_cast<float>(view.imported->clip.seconds()),
                         "%.2f s")) {
    view.time = time;
    view.playing = false;
  }
  s.mark("clip time");
  toggle(s, "Show beside the character", view.shown,
         "Yellow: as captured. Green: moved onto this character.");
}

}  // namespace

void draw_clips_tab(AppState& s) {
  section(s, "MOCAP");
  if (!s.clip) {
    text_dim(s,
             "Drop a BVH, AMC, DeepMimic or MJPC file on the window, or open it by name in the "
             "tab Record.");
    return;
  }
  draw_report(s, *s.clip->imported);
  draw_player(s, *s.clip);
  section(s, "EXPERT");
  if (s.shot->track_error >= 0) {
    value_line("Distance from the clip", format("%.0f cm", 100 * s.shot->track_error),
               s.colors().text);
    if (button(s, "Stop following", true)) {
      s.sim.post([](Simulation& sim) { sim.track(nullptr); });
    }
  } else if (button(s, "Follow with the expert", true)) {
    follow_clip(s);
  }
  text_dim(s,
           "The tracking expert plays the clip in the simulated world; a grey ghost shows the "
           "clip.");
}

}  // namespace foresight
