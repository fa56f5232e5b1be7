#include "controller/rollouts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/compression.h"
#include "sim/motion/clip_table.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr char kMagic[] = "FSROLL1\n";
constexpr std::size_t kMagicBytes = 8, kHashBytes = 32;
constexpr int kFormat = 1;
constexpr std::int64_t kChunkSteps = 8192;

int row_floats(const RolloutSet& s) { return s.layout.size() + s.nq + s.nv + 2 * s.nu; }

template <typename Floats>
struct Group {
  Floats* data;
  int width;
};

// The arrays of a (const) set with their row widths, in file order.
template <typename Set>
auto groups(Set& s) {
  using G = Group<std::remove_reference_t<decltype((s.frames))>>;
  return std::array<G, 5>{G{&s.frames, s.layout.size()}, G{&s.qpos, s.nq}, G{&s.qvel, s.nv},
                          G{&s.action, s.nu}, G{&s.executed, s.nu}};
}

std::array<unsigned char, kHashBytes> raw_sha256(std::string_view bytes) {
  const std::string hex = sha256_hex(bytes);
  std::array<unsigned char, kHashBytes> out;
  for (std::size_t i = 0; i < kHashBytes; ++i) {
    out[i] = static_cast<unsigned char>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  return out;
}

// Byte planes of the columns of steps [first, first + count).
std::string pack_chunk(const RolloutSet& s, std::int64_t first, std::int64_t count) {
  const std::size_t floats = static_cast<std::size_t>(count) * row_floats(s);
  std::string planes(4 * floats, '\0');
  std::size_t at = 0;
  for (const auto& group : groups(s)) {
    for (int c = 0; c < group.width; ++c) {
      for (std::int64_t t = first; t < first + count; ++t, ++at) {
        char bytes[4];
        std::memcpy(bytes, group.data->data() + t * group.width + c, 4);
        for (int b = 0; b < 4; ++b) planes[b * floats + at] = bytes[b];
      }
    }
  }
  return planes;
}

void unpack_chunk(RolloutSet& s, const std::string& planes, std::int64_t first,
                  std::int64_t count) {
  const std::size_t floats = static_cast<std::size_t>(count) * row_floats(s);
  std::size_t at = 0;
  for (const auto& group : groups(s)) {
    for (int c = 0; c < group.width; ++c) {
      for (std::int64_t t = first; t < first + count; ++t, ++at) {
        char bytes[4];
        for (int b = 0; b < 4; ++b) bytes[b] = planes[b * floats + at];
        std::memcpy(group.data->data() + t * group.width + c, bytes, 4);
      }
    }
  }
}

json head_of(const RolloutSet& s, const json& chunks) {
  json clips = json::array(), episodes = json::array();
  for (const RolloutClip& c : s.clips) {
    clips.push_back(
        {{"name", c.name}, {"licence", c.licence}, {"category", c.category}, {"split", c.split}});
  }
  for (const RolloutEpisode& e : s.episodes) {
    episodes.push_back({e.first, e.steps, e.clip, e.noise, e.pushes});
  }
  return {{"format", kFormat},
          {"character", {{"name", s.character_name}, {"fingerprint", s.fingerprint}}},
          {"control_hz", s.control_hz},
          {"sizes",
           {{"key_points", s.layout.key_points},
            {"end_effectors", s.layout.end_effectors},
            {"nq", s.nq},
            {"nv", s.nv},
            {"nu", s.nu}}},
          {"clips", clips},
          {"settings", s.settings},
          {"episodes", episodes},
          {"steps", s.steps()},
          {"chunks", chunks}};
}

[[noreturn]] void broken(const fs::path& file, const std::string& what) {
  throw InputError(file.string() + ": " + what + "; collect the rollouts again");
}

// Checks magic and checksum; returns the head's text and moves `at` to the first chunk.
std::string_view open_file(const std::string& bytes, const fs::path& file, std::size_t& at) {
  if (bytes.size() < kMagicBytes || std::memcmp(bytes.data(), kMagic, kMagicBytes) != 0) {
    throw InputError(file.string() +
                     ": not a rollout file (expected one written by foresight collect)");
  }
  std::uint64_t head_bytes = 0;
  if (bytes.size() < kMagicBytes + 8 + kHashBytes) broken(file, "truncated before the head");
  std::memcpy(&head_bytes, bytes.data() + kMagicBytes, 8);
  if (head_bytes > bytes.size() - kMagicBytes - 8 - kHashBytes)
    broken(file, "truncated in the head");
  const std::string_view body(bytes.data(), bytes.size() - kHashBytes);
  const auto hash = raw_sha256(body);
  if (std::memcmp(hash.data(), bytes.data() + body.size(), kHashBytes) != 0) {
    broken(file, "truncated or changed (its SHA-256 does not match)");
  }
  at = kMagicBytes + 8 + head_bytes;
  return body.substr(kMagicBytes + 8, head_bytes);
}

void read_sizes(const json& head, RolloutSet& s) {
  s.character_name = head.at("character").at("name");
  s.fingerprint = head.at("character").at("fingerprint");
  s.control_hz = head.at("control_hz");
  const json& sizes = head.at("sizes");
  s.layout = {sizes.at("key_points"), sizes.at("end_effectors")};
  s.nq = sizes.at("nq");
  s.nv = sizes.at("nv");
  s.nu = sizes.at("nu");
  s.settings = head.at("settings");
}

RolloutSet read_head(const json& head, const fs::path& file) {
  if (head.at("format") != kFormat) {
    throw InputError(file.string() + ": rollout format " + head.at("format").dump() +
                     " is not known; this program reads format " + std::to_string(kFormat));
  }
  RolloutSet s;
  read_sizes(head, s);
  for (const json& c : head.at("clips")) {
    s.clips.push_back({c.at("name"), c.at("licence"), c.at("category"), c.at("split")});
  }
  const std::int64_t steps = head.at("steps");
  std::int64_t next = 0;
  for (const json& e : head.at("episodes")) {
    s.episodes.push_back({e.at(0), e.at(1), e.at(2), e.at(3)});
    RolloutEpisode& last = s.episodes.back();
    if (e.size() > 4) last.pushes = e.at(4).get<std::vector<int>>();
    const bool pushes_fit = std::all_of(last.pushes.begin(), last.pushes.end(),
                                        [&](int push) { return 0 <= push && push < last.steps; });
    if (last.first != next || last.steps < 0 || last.clip < 0 || !pushes_fit ||
        last.clip >= static_cast<int>(s.clips.size())) {
      broken(file, "episode " + std::to_string(s.episodes.size() - 1) + " is out of range");
    }
    next += last.steps;
  }
  if (next != steps) broken(file, "the episodes do not add up to \"steps\"");
  for (const auto& group : groups(s)) {
    group.data->resize(static_cast<std::size_t>(steps) * group.width);
  }
  return s;
}

void read_chunks(const json& head, const std::string& bytes, std::size_t at, const fs::path& file,
                 RolloutSet& s) {
  const std::int64_t steps = s.steps();
  std::int64_t first = 0;
  std::string planes;
  for (const json& chunk : head.at("chunks")) {
    const std::int64_t count = chunk.at(0);
    const std::size_t size = chunk.at(1);
    if (count < 1 || count > steps - first || size > bytes.size() - kHashBytes - at) {
      broken(file, "its chunk table is wrong");
    }
    planes.resize(4 * static_cast<std::size_t>(count) * row_floats(s));
    if (!zstd_decompress({bytes.data() + at, size}, planes.data(), planes.size())) {
      broken(file, "a chunk does not decompress");
    }
    unpack_chunk(s, planes, first, count);
    first += count;
    at += size;
  }
  if (first != steps) broken(file, "its chunks hold fewer steps than the head says");
}

// One value that is not finite would spoil a whole training.
void check_finite(const RolloutSet& s, const fs::path& file) {
  for (const auto& group : groups(s)) {
    const auto bad = std::find_if(group.data->begin(), group.data->end(),
                                  [](float v) { return !std::isfinite(v); });
    if (bad == group.data->end()) continue;
    const auto step = (bad - group.data->begin()) / group.width;
    broken(file, "step " + std::to_string(step) + " holds a value that is not finite");
  }
}

void append_doubles(std::vector<float>& to, std::span<const double> values) {
  for (const double v : values) to.push_back(static_cast<float>(v));
}

void append_all(RolloutSet& into, const RolloutSet& from) {
  for (std::size_t e = 0; e < from.episodes.size(); ++e) {
    append_stretch(into, from, static_cast<int>(e), 0, from.episodes[e].steps);
  }
}

}  // namespace

RolloutSet make_rollout_set(const Character& character) {
  RolloutSet s;
  s.character_name = character.name;
  s.fingerprint = character.fingerprint;
  s.control_hz = character.control_hz;
  s.layout = raw_layout(character);
  s.nq = character.nq;
  s.nv = character.nv;
  s.nu = character.nu;
  return s;
}

int add_clip(RolloutSet& set, const RolloutClip& clip) {
  const auto found = std::find(set.clips.begin(), set.clips.end(), clip);
  const int index = static_cast<int>(found - set.clips.begin());
  if (found == set.clips.end()) set.clips.push_back(clip);
  return index;
}

void begin_episode(RolloutSet& set, int clip, float noise) {
  FS_CHECK(clip >= 0 && clip < static_cast<int>(set.clips.size()));
  set.episodes.push_back({set.steps(), 0, clip, noise});
}

void append_step(RolloutSet& set, const BodyState& state, std::span<const double> qpos,
                 std::span<const double> qvel, std::span<const double> action,
                 std::span<const double> executed) {
  FS_CHECK(!set.episodes.empty());
  FS_CHECK(static_cast<int>(qpos.size()) == set.nq && static_cast<int>(qvel.size()) == set.nv);
  FS_CHECK(static_cast<int>(action.size()) == set.nu);
  FS_CHECK(static_cast<int>(executed.size()) == set.nu);
  set.frames.resize(set.frames.size() + set.layout.size());
  write_raw_frame(state, Eigen::Vector2d::Zero(),
                  std::span<float>(set.frames).last(set.layout.size()));
  append_doubles(set.qpos, qpos);
  append_doubles(set.qvel, qvel);
  append_doubles(set.action, action);
  append_doubles(set.executed, executed);
  ++set.episodes.back().steps;
}

void mark_push(RolloutSet& set) {
  RolloutEpisode& episode = set.episodes.back();
  episode.pushes.push_back(episode.steps);
}

void append_stretch(RolloutSet& into, const RolloutSet& from, int episode, int first, int count) {
  const RolloutEpisode& source = from.episodes.at(episode);
  FS_CHECK(first >= 0 && count >= 0 && first + count <= source.steps);
  FS_CHECK(into.fingerprint == from.fingerprint);
  const int clip = add_clip(into, from.clips.at(source.clip));
  into.episodes.push_back({into.steps(), count, clip, source.noise});
  for (const int push : source.pushes) {
    if (push > first && push < first + count) into.episodes.back().pushes.push_back(push - first);
  }
  auto to = groups(into);
  auto of = groups(from);
  for (std::size_t g = 0; g < to.size(); ++g) {
    const auto begin = of[g].data->begin() + (source.first + first) * of[g].width;
    to[g].data->insert(to[g].data->end(), begin, begin + std::int64_t{count} * of[g].width);
  }
}

void save_rollouts(const fs::path& file, const RolloutSet& set) {
  std::string body;
  json chunks = json::array();
  for (std::int64_t first = 0; first < set.steps(); first += kChunkSteps) {
    const std::int64_t count = std::min(kChunkSteps, set.steps() - first);
    const std::string chunk = zstd_compress(pack_chunk(set, first, count), 3);
    chunks.push_back({count, chunk.size()});
    body += chunk;
  }
  const std::string head = head_of(set, chunks).dump();
  const std::uint64_t head_bytes = head.size();
  std::string bytes(kMagic, kMagicBytes);
  bytes.append(reinterpret_cast<const char*>(&head_bytes), 8);
  bytes += head;
  bytes += body;
  const auto hash = raw_sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  write_file(file, bytes);
}

RolloutSet load_rollouts(const fs::path& file) {
  const std::string bytes = read_file(file, std::size_t{1} << 36);
  std::size_t at = 0;
  const std::string_view text = open_file(bytes, file, at);
  try {
    const json head = json::parse(text);
    RolloutSet set = read_head(head, file);
    read_chunks(head, bytes, at, file, set);
    check_finite(set, file);
    return set;
  } catch (const json::exception& error) {
    throw InputError(file.string() + ": bad head: " + error.what());
  }
}

RolloutSet load_rollouts(const std::vector<fs::path>& files, const Character* maybe_character) {
  if (files.empty()) throw InputError("no rollout file given");
  RolloutSet all;
  json settings = json::array();
  for (const fs::path& file : files) {
    RolloutSet one = load_rollouts(file);
    const bool first = settings.empty();
    const std::string expected = maybe_character ? maybe_character->fingerprint
                                 : first         ? one.fingerprint
                                                 : all.fingerprint;
    if (one.fingerprint != expected) {
      throw InputError(file.string() + ": made with another character (\"" + one.character_name +
                       "\", fingerprint " + one.fingerprint.substr(0, 12) + "); expected " +
                       expected.substr(0, 12) + ". Collect again or give the right --character");
    }
    settings.push_back(one.settings);
    if (first) {
      all = std::move(one);
    } else {
      append_all(all, one);
    }
  }
  if (files.size() > 1) all.settings = {{"parts", settings}};
  return all;
}

bool is_held_out(std::size_t episode, double heldout, std::uint64_t seed) {
  Rng rng{random_key(seed, episode)};
  return rng.uniform() < heldout;
}

bool pushed_within(const RolloutEpisode& episode, int first, int last) {
  return std::any_of(episode.pushes.begin(), episode.pushes.end(),
                     [&](int push) { return first <= push && push <= last; });
}

std::vector<RolloutClip> noncommercial_clips(const RolloutSet& set) {
  std::vector<RolloutClip> out;
  for (const RolloutClip& clip : set.clips) {
    if (is_noncommercial(clip.licence)) out.push_back(clip);
  }
  return out;
}

}  // namespace foresight
