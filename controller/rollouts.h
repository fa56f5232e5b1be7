// Rollouts: what an expert (or any controller) did in simulation, the training data of the
// look-ahead model. One `.rollouts` file:
//
//   8 bytes   magic "FSROLL1\n"
//   8 bytes   length of the head, little endian
//   head      JSON: format, character {name, fingerprint}, control_hz, sizes {key_points,
//             end_effectors, nq, nv, nu}, clips [{name, licence, category, split}], settings (free
//             form: noise, pushes ...), episodes [[first, steps, clip, noise, [push, ...]], ...],
//             steps, chunks [[steps, bytes], ...]
//   chunks    zstd frames. A chunk holds up to 8192 steps; a step is the row raw frame (see
//             raw_frame.h), qpos, qvel, clean action, executed action as float32. Inside a chunk
//             the numbers stand column after column, and of these first all lowest bytes, then all
//             second bytes and so on, which compresses better.
//   32 bytes  SHA-256 of everything before
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "controller/raw_frame.h"
#include "sim/base/files.h"
#include "sim/character.h"

namespace foresight {

/// The motion that an episode followed.
struct RolloutClip {
  std::string name, licence, category, split;  // as in Clip
  bool operator==(const RolloutClip&) const = default;
};

/// A contiguous stretch of steps: no reset, and nothing cut out, inside.
struct RolloutEpisode {
  std::int64_t first = 0;  // row of the first step
  int steps = 0;
  int clip = 0;               // index into RolloutSet::clips
  float noise = 0;            // std of the action noise, rad
  std::vector<int> pushes{};  // steps, from 0, whose state is the first one after a push
};

/// Step t holds the state before the action, the clean action (the label: absolute PD targets, rad,
/// within ctrlrange) and the executed one, which led to the state of step t + 1.
struct RolloutSet {
  std::string character_name, fingerprint;
  double control_hz = 30;
  RawLayout layout;
  int nq = 0, nv = 0, nu = 0;
  std::vector<RolloutClip> clips;
  std::vector<RolloutEpisode> episodes;
  nlohmann::json settings = nlohmann::json::object();

  // Row-major, one row per step.
  std::vector<float> frames;    // x layout.size()
  std::vector<float> qpos;      // x nq (layout of Character)
  std::vector<float> qvel;      // x nv
  std::vector<float> action;    // x nu, clean
  std::vector<float> executed;  // x nu

  std::int64_t steps() const { return nu == 0 ? 0 : static_cast<std::int64_t>(action.size()) / nu; }
  double hours() const { return static_cast<double>(steps()) / control_hz / 3600.0; }
};

/// An empty set for a character.
RolloutSet make_rollout_set(const Character& character);

/// Index of a clip in the set, added when it is new.
int add_clip(RolloutSet& set, const RolloutClip& clip);

/// Starts an episode; append_step adds to the last one started.
void begin_episode(RolloutSet& set, int clip, float noise);

/// The character was pushed after the last step that was appended.
void mark_push(RolloutSet& set);

/// Appends one step to the last episode. Sizes nq, nv, nu, nu are checked.
void append_step(RolloutSet& set, const BodyState& state, std::span<const double> qpos,
                 std::span<const double> qvel, std::span<const double> action,
                 std::span<const double> executed);

/// Copies steps [first, first + count) of one episode of `from` as a new episode of `into`. Use it
/// to keep only the stretches that survived.
void append_stretch(RolloutSet& into, const RolloutSet& from, int episode, int first, int count);

/// Writes the file atomically.
void save_rollouts(const fs::path& file, const RolloutSet& set);

/// Reads and verifies a file. Throws InputError when it is not a rollout file, truncated or
/// changed.
RolloutSet load_rollouts(const fs::path& file);

/// Loads several files as one set. Throws InputError, naming the file, when one was made with
/// another character than the first, or than `character` where given.
RolloutSet load_rollouts(const std::vector<fs::path>& files, const Character* maybe_character);

/// Whether an episode is one of the share `heldout` that is kept for validation.
bool is_held_out(std::size_t episode, double heldout, std::uint64_t seed);

/// Whether the character was pushed right before one of the steps [first, last] of an episode.
bool pushed_within(const RolloutEpisode& episode, int first, int last);

/// Clips whose licence forbids commercial use, in the order of the set.
std::vector<RolloutClip> noncommercial_clips(const RolloutSet& set);

}  // namespace foresight
