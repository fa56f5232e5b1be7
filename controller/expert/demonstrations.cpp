#include "controller/expert/demonstrations.h"

#include "models/safetensors.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

torch::Tensor table(const std::vector<float>& numbers, int rows) {
  const auto columns = static_cast<std::int64_t>(numbers.size()) / std::max(rows, 1);
  return torch::tensor(numbers).view({rows, columns});
}

std::vector<float> numbers_of(const TensorFile& in, const fs::path& file, const std::string& name,
                              std::int64_t columns) {
  const auto found = in.tensors.find(name);
  if (found == in.tensors.end() || found->second.dim() != 2 || found->second.size(1) != columns ||
      found->second.scalar_type() != torch::kFloat32) {
    throw InputError(file.string() + ": expected a float32 tensor \"" + name + "\" with " +
                     std::to_string(columns) + " columns, as foresight search writes it");
  }
  const torch::Tensor flat = found->second.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

void append(Demonstrations& all, const ReferenceClip& clip, const FoundMotion& found) {
  append(all, {found.observations,
               found.actions,
               found.steps,
               {{{"clip", clip.name}, {"licence", clip.licence}}}});
}

void append(Demonstrations& all, const Demonstrations& more) {
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(all.observations, more.observations);
  add(all.actions, more.actions);
  add(all.clips, more.clips);
  all.rows += more.rows;
}

void save_demonstrations(const fs::path& file, const Demonstrations& all,
                         const Character& character) {
  TensorFile out;
  out.tensors["observations"] = table(all.observations, all.rows);
  out.tensors["actions"] = table(all.actions, all.rows);
  out.metadata = {{"kind", "demonstrations"},
                  {"character", character.fingerprint},
                  {"clips", all.clips.dump()}};
  write_file(file, encode_safetensors(out));
}

Demonstrations load_demonstrations(const fs::path& file, const Character& character) {
  const TensorFile in = decode_safetensors(read_file(file), file.string());
  const auto entry = [&](const char* name) {
    const auto found = in.metadata.find(name);
    return found == in.metadata.end() ? std::string() : found->second;
  };
  if (entry("kind") != "demonstrations") {
    throw InputError(file.string() + ": not a file of foresight search");
  }
  if (entry("character") != character.fingerprint) {
    throw InputError(file.string() + ": was made for another character than " + character.name);
  }
  Demonstrations all;
  const TrackingTables tables(character, *character.model);
  all.observations = numbers_of(in, file, "observations", tables.observation_size());
  all.actions = numbers_of(in, file, "actions", character.nu);
  all.rows = static_cast<int>(all.actions.size()) / character.nu;
  if (all.rows == 0 ||
      all.observations.size() != static_cast<std::size_t>(all.rows) * tables.observation_size()) {
    throw InputError(file.string() + ": needs as many observations as actions, at least one");
  }
  all.clips = json::parse(entry("clips"), nullptr, false);
  if (!all.clips.is_array()) throw InputError(file.string() + ": metadata \"clips\" is no list");
  return all;
}

}  // namespace foresight
