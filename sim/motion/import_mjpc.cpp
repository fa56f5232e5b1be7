#include <array>

#include "sim/base/error.h"
#include "sim/motion/importers.h"
#include "sim/motion/text_reader.h"

namespace foresight {
namespace {

constexpr std::array<const char*, 16> kMarkers = {
    "pelvis",        "skull",          "left_toe",  "right_toe",  "left_ankle", "right_ankle",
    "left_knee",     "right_knee",     "left_hand", "right_hand", "left_elbow", "right_elbow",
    "left_shoulder", "right_shoulder", "left_hip",  "right_hip"};
constexpr double kMjpcFps = 30.0;

[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string& file,
                       const std::string& what) {
  throw InputError(file + ":" + std::to_string(line_at(text, at)) + ": " + what);
}

// Comments blanked out, so that offsets and lines stay what they were.
std::string without_comments(std::string_view text, const std::string& file) {
  std::string out(text);
  for (std::size_t at = out.find("<!--"); at != out.npos; at = out.find("<!--", at)) {
    const std::size_t end = out.find("-->", at);
    if (end == out.npos) fail(text, at, file, "comment without end");
    for (std::size_t i = at; i < end + 3; ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  }
  return out;
}

// Start of the value of `name="..."` in the element's text, npos if it is not there.
std::size_t attribute(std::string_view element, std::string_view name) {
  for (std::size_t at = element.find(name); at != element.npos; at = element.find(name, at + 1)) {
    const std::size_t after = at + name.size();
    const bool starts = at > 0 && std::isspace(static_cast<unsigned char>(element[at - 1]));
    if (starts && element.substr(after, 2) == "=\"") return after + 2;
  }
  return element.npos;
}

Eigen::Matrix3Xd parse_markers(std::string_view element, const std::string& where) {
  const std::size_t start = attribute(element, "mpos");
  if (start == element.npos) throw InputError(where + ": <key> without an mpos attribute");
  const std::size_t end = element.find('"', start);
  if (end == element.npos) throw InputError(where + ": mpos=\" is not closed");
  TextReader reader(element.substr(start, end - start), where);
  std::vector<double> values;
  while (!reader.peek().empty()) {
    double value = 0;
    const std::string_view word = reader.next_word("a number");
    if (!parse_number(word, &value)) {
      throw InputError(where + ": mpos: \"" + std::string(word.substr(0, 40)) +
                       "\" is not a finite number");
    }
    values.push_back(value);
  }
  if (values.size() != 3 * kMarkers.size()) {
    throw InputError(where + ": mpos must have 48 numbers (16 markers), found " +
                     std::to_string(values.size()));
  }
  // The source's person faces -y with left at +x when its heading is zero for us.
  Eigen::Matrix3Xd markers = Eigen::Map<Eigen::Matrix3Xd>(values.data(), 3, kMarkers.size());
  Eigen::Matrix3Xd out(3, kMarkers.size());
  out << -markers.row(1), markers.row(0), markers.row(2);
  return out;
}

}  // namespace

SourceMotion read_mjpc(std::string_view raw, const std::string& file) {
  const std::string text = without_comments(raw, file);
  SourceMotion motion;
  motion.format = "mjpc";
  motion.fps = kMjpcFps;
  for (std::size_t i = 0; i < kMarkers.size(); ++i) {
    motion.joints.emplace_back(kMarkers[i]);
    motion.roles[kMarkers[i]] = static_cast<int>(i);
  }
  std::size_t at = text.find("<key ");
  for (; at != text.npos; at = text.find("<key ", at + 1)) {
    const std::size_t end = text.find('>', at);
    if (end == text.npos) fail(raw, at, file, "<key> is not closed: the file is truncated");
    const std::string where = file + ":" + std::to_string(line_at(raw, at));
    motion.positions.push_back(parse_markers(std::string_view(text).substr(at, end - at), where));
  }
  if (text.find("</mujoco>") == text.npos) {
    fail(raw, raw.size(), file, "</mujoco> is missing: the file is truncated");
  }
  return motion;
}

}  // namespace foresight
