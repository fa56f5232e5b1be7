#include "controller/skills/skill_library.h"

#include <algorithm>

#include "controller/features.h"
#include "controller/skills/skill.h"
#include "models/safetensors.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr char kRecogniser[] = "recogniser.";

std::string snippet_tensor(const std::string& skill) { return "snippets." + skill; }

bool undisturbed(const RolloutEpisode& episode, int first, int frames) {
  return !pushed_within(episode, first, first + frames - 1);
}

/// A random undisturbed stretch of an episode, undefined when there is none.
torch::Tensor cut_snippet(const RolloutSet& set, const RolloutEpisode& episode, int frames,
                          Rng& rng) {
  std::vector<int> starts;
  for (int t = 0; t + frames <= episode.steps; ++t) {
    if (undisturbed(episode, t, frames)) starts.push_back(t);
  }
  if (starts.empty()) return {};
  const int width = set.layout.size();
  const int first = starts[rng.index(static_cast<int>(starts.size()))];
  const auto begin = set.frames.begin() + (episode.first + first) * width;
  const std::vector<float> rows(begin, begin + std::ptrdiff_t{frames} * width);
  return torch::tensor(rows).view({frames, width});
}

torch::Tensor draw_snippets(const RolloutSet& set, const std::string& skill,
                            const SkillLibraryOptions& options, Rng rng) {
  std::vector<const RolloutEpisode*> episodes;
  for (const RolloutEpisode& e : set.episodes) {
    if (skill_of(set.clips[e.clip].name) == skill) episodes.push_back(&e);
  }
  std::stable_sort(episodes.begin(), episodes.end(),
                   [](const auto* a, const auto* b) { return a->noise < b->noise; });
  std::vector<torch::Tensor> snippets;
  for (const RolloutEpisode* e : episodes) {
    const auto snippet = cut_snippet(set, *e, options.frames, rng);
    if (snippet.defined()) snippets.push_back(snippet);
    if (static_cast<int>(snippets.size()) == options.snippets) return torch::stack(snippets);
  }
  throw InputError("skill \"" + skill + "\": only " + std::to_string(snippets.size()) +
                   " episodes hold a stretch of " + std::to_string(options.frames) +
                   " frames without a push, " + std::to_string(options.snippets) +
                   " are wanted; collect more");
}

torch::Tensor matrix_tensor(const Eigen::MatrixXd& m) {
  auto out = torch::empty({m.rows(), m.cols()}, torch::kDouble);
  Eigen::Map<Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(out.data_ptr<double>(), m.rows(),
                                                             m.cols()) = m;
  return out;
}

Eigen::MatrixXd tensor_matrix(const torch::Tensor& t) {
  const auto d = t.to(torch::kDouble).contiguous();
  return Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(d.data_ptr<double>(),
                                                                          d.size(0), d.size(1));
}

/// Reads the fields of one file; every error names file and field.
struct LibraryReader {
  const fs::path& path;
  const TensorFile& file;

  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(path.string() + ": " + what + "; make it again with foresight skills prompts");
  }

  json metadata(const std::string& name) const {
    const auto found = file.metadata.find(name);
    if (found == file.metadata.end()) refuse("metadata \"" + name + "\" is missing");
    const json value = json::parse(found->second, nullptr, false);
    if (value.is_discarded()) refuse("metadata \"" + name + "\" is damaged");
    return value;
  }

  /// A size of -1 may be anything from 1 on.
  torch::Tensor tensor(const std::string& name, const std::vector<std::int64_t>& sizes) const {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) refuse("tensor \"" + name + "\" is missing");
    const torch::Tensor& t = found->second;
    bool fits = t.dim() == static_cast<std::int64_t>(sizes.size());
    for (std::size_t i = 0; fits && i < sizes.size(); ++i) {
      const auto size = t.size(static_cast<std::int64_t>(i));
      fits = sizes[i] < 0 ? size >= 1 : size == sizes[i];
    }
    if (!fits) refuse("tensor \"" + name + "\" has a wrong shape");
    if (!t.isfinite().all().item<bool>()) refuse("tensor \"" + name + "\" has a bad number");
    return t;
  }

  std::vector<std::string> skills() const {
    const json names = metadata("skills");
    const bool strings =
        names.is_array() &&
        std::all_of(names.begin(), names.end(), [](const json& n) { return n.is_string(); });
    if (!strings || names.size() < 2) refuse("metadata \"skills\" is no list of two names or more");
    return names.get<std::vector<std::string>>();
  }

  MotionRecogniser recogniser(const RawLayout& layout) const {
    MotionRecogniser r;
    r.skills = skills();
    const auto count = static_cast<std::int64_t>(r.skills.size());
    const std::int64_t size = 2 * (3 * layout.key_points + 6);
    r.means = tensor_matrix(tensor(std::string(kRecogniser) + "means", {count, size}));
    r.precision = tensor_matrix(tensor(std::string(kRecogniser) + "precision", {size, size}));
    r.reach = tensor_matrix(tensor(std::string(kRecogniser) + "reach", {count, 1}));
    r.heldout =
        tensor_matrix(tensor(std::string(kRecogniser) + "heldout", {count, count + 1})).cast<int>();
    return r;
  }
};

}  // namespace

std::vector<std::string> SkillLibrary::names() const {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : snippets) all.push_back(name);
  return all;
}

const torch::Tensor& SkillLibrary::of(const std::string& skill) const {
  const auto found = snippets.find(skill);
  if (found != snippets.end()) return found->second;
  std::string known;
  for (const std::string& name : names()) known += (known.empty() ? "" : ", ") + name;
  throw InputError("no skill \"" + skill + "\"; there are " + known);
}

SkillLibrary make_skill_library(const RolloutSet& set, const SkillLibraryOptions& options) {
  SkillLibrary library;
  library.recogniser = fit_recogniser(set, options.recogniser);
  int drawn = 0;
  for (const std::string& skill : library.recogniser.skills) {
    const Rng rng{random_key(options.seed, 0x736b696c6c, drawn++)};
    library.snippets[skill] = draw_snippets(set, skill, options, rng);
  }
  library.sources = training_data_of(set);
  return library;
}

void save_skill_library(const fs::path& file, const Character& character,
                        const SkillLibrary& library) {
  TensorFile out;
  for (const auto& [skill, tensor] : library.snippets) out.tensors[snippet_tensor(skill)] = tensor;
  const MotionRecogniser& r = library.recogniser;
  const std::string prefix = kRecogniser;
  out.tensors[prefix + "means"] = matrix_tensor(r.means);
  out.tensors[prefix + "precision"] = matrix_tensor(r.precision);
  out.tensors[prefix + "reach"] = matrix_tensor(r.reach);
  out.tensors[prefix + "heldout"] = matrix_tensor(r.heldout.cast<double>());
  out.metadata["kind"] = json("skill library").dump();
  out.metadata["character"] = json(character.name).dump();
  out.metadata["joints"] = json(character.joint_names).dump();
  out.metadata["control_hz"] = json(character.control_hz).dump();
  out.metadata["skills"] = json(r.skills).dump();
  out.metadata["sources"] = library.sources.dump();
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  write_file(file, encode_safetensors(out));
}

SkillLibrary load_skill_library(const fs::path& file, const Character& character) {
  const std::string bytes = read_file(file, 1 << 28);
  const TensorFile contents = decode_safetensors(bytes, file.string());
  const LibraryReader reader{file, contents};
  if (reader.metadata("kind") != "skill library") reader.refuse("is no skill library");
  if (reader.metadata("joints") != json(character.joint_names)) {
    reader.refuse("metadata \"joints\" does not match the character \"" + character.name + "\"");
  }
  if (reader.metadata("control_hz") != json(character.control_hz)) {
    reader.refuse("metadata \"control_hz\" does not match the character");
  }
  SkillLibrary library;
  const RawLayout layout = raw_layout(character);
  library.recogniser = reader.recogniser(layout);
  for (const std::string& skill : library.recogniser.skills) {
    library.snippets[skill] = reader.tensor(snippet_tensor(skill), {-1, -1, layout.size()});
  }
  library.sources = reader.metadata("sources");
  library.sha256 = sha256_hex(bytes);
  return library;
}

fs::path default_skill_library() { return assets_dir() / "skills" / "prompts.safetensors"; }

fs::path prompted_checkpoint() { return assets_dir() / "checkpoints" / "prompted.safetensors"; }

torch::Tensor prompt_of(const LookaheadModel& model, const torch::Tensor& snippet) {
  const PromptShape shape = prompt_shape(model);
  if (shape.frames == 0) {
    throw InputError(
        "these weights take no prompts (contract field model/prompt_frames); use some that were "
        "trained with --prompt-frames");
  }
  if (snippet.size(0) < shape.span()) {
    throw InputError("the snippets have " + std::to_string(snippet.size(0)) +
                     " frames, a prompt of these weights spans " + std::to_string(shape.span()) +
                     "; make them again with foresight skills prompts --frames");
  }
  const auto rows = snippet.narrow(0, snippet.size(0) - shape.span(), shape.span())
                        .slice(0, 0, shape.span(), shape.stride);
  return window_features(model.layout, rows.unsqueeze(0).to(torch::kFloat), shape.frames - 1)
      .squeeze(0);
}

}  // namespace foresight
