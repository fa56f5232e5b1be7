#include "models/checkpoint.h"

#include <algorithm>
#include <sstream>

#include "models/safetensors.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace foresight {
namespace {

using nlohmann::json;

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

/// Checksum of a contract without its own checksum field.
std::string contract_checksum(json contract) {
  contract.erase("contract_sha256");
  return sha256_hex(contract.dump(-1, ' ', true));
}

json parse_contract(const std::string& text, const std::string& name) {
  json contract = json::parse(text, nullptr, false);
  if (!contract.is_object()) {
    throw InputError(name + ": not a JSON object; the contract of a checkpoint is damaged");
  }
  const json& format = contract["format"];
  if (!format.is_number_integer()) throw InputError(name + ": field \"format\" is missing");
  if (format != kCheckpointVersion) {
    throw InputError(name + ": format " + format.dump() + ", this program reads format " +
                     std::to_string(kCheckpointVersion) + ": use a matching version of foresight");
  }
  return contract;
}

void check_checksum(const json& contract, const std::string& field, const std::string& found,
                    const std::string& file) {
  const auto it = contract.find(field);
  if (it == contract.end() || *it != found) {
    throw InputError(file + ": checksum does not match field \"" + field +
                     "\" of the contract. The file was changed, damaged or belongs to another " +
                     "checkpoint: fetch both files again");
  }
}

/// Where `found` first differs from `expected`, as "at ENTRY: ... has X, expected Y".
std::string difference(const json& found, const json& expected) {
  if (found.is_array() && expected.is_array()) {
    for (std::size_t i = 0; i < std::max(found.size(), expected.size()); ++i) {
      const json a = i < found.size() ? found[i] : json("nothing");
      const json b = i < expected.size() ? expected[i] : json("nothing");
      if (a != b) return " at entry " + std::to_string(i) + difference(a, b);
    }
  }
  if (found.is_object() && expected.is_object()) {
    const json patch = json::diff(expected, found);
    const std::string path = patch[0]["path"];
    const json::json_pointer where(path);
    const json a = found.contains(where) ? found[where] : json("nothing");
    const json b = expected.contains(where) ? expected[where] : json("nothing");
    return " at " + path.substr(1) + difference(a, b);
  }
  return ": the checkpoint has " + found.dump() + ", expected " + expected.dump();
}

void check_names(const std::vector<std::string>& known, const NamedTensors& tensors,
                 const std::string& prefix) {
  for (auto it = tensors.lower_bound(prefix); it != tensors.end() && it->first.starts_with(prefix);
       ++it) {
    if (std::find(known.begin(), known.end(), it->first) == known.end()) {
      throw InputError("tensor \"" + it->first + "\" of the checkpoint is not part of this model");
    }
  }
}

}  // namespace

fs::path contract_path(const fs::path& tensors) {
  fs::path path = tensors;
  return path.replace_extension(".json");
}

void save_checkpoint(const fs::path& path, const Checkpoint& checkpoint) {
  if (path.extension() != ".safetensors") {
    throw InputError(path.string() + ": the name of a checkpoint must end in .safetensors");
  }
  const std::string bytes = encode_safetensors({checkpoint.tensors, {}});
  json contract = checkpoint.contract;
  contract["format"] = kCheckpointVersion;
  contract["sha256"] = sha256_hex(bytes);
  contract["contract_sha256"] = contract_checksum(contract);
  write_file(path, bytes);
  write_file(contract_path(path), contract.dump(2) + "\n");
}

Checkpoint load_checkpoint(const fs::path& path) {
  const fs::path beside = contract_path(path);
  const std::string bytes = read_file(path);
  TensorFile file = decode_safetensors(bytes, path.string());
  Checkpoint checkpoint;
  checkpoint.contract = parse_contract(read_file(beside), beside.string());
  check_checksum(checkpoint.contract, "contract_sha256", contract_checksum(checkpoint.contract),
                 beside.string());
  check_checksum(checkpoint.contract, "sha256", sha256_hex(bytes), path.string());
  checkpoint.tensors = std::move(file.tensors);
  return checkpoint;
}

const torch::Tensor& tensor_of(const Checkpoint& checkpoint, const std::string& name,
                               const fs::path& path) {
  const auto it = checkpoint.tensors.find(name);
  if (it == checkpoint.tensors.end()) {
    throw InputError(path.string() + ": tensor \"" + name + "\" is missing");
  }
  return it->second;
}

void check_contract(const Checkpoint& checkpoint, const std::string& name, const std::string& field,
                    const json& expected) {
  const json::json_pointer where("/" + field);
  if (!checkpoint.contract.contains(where)) {
    throw InputError("checkpoint " + name + ": the contract has no field \"" + field + "\"");
  }
  const json& found = checkpoint.contract[where];
  if (found == expected) return;
  throw InputError(
      "checkpoint " + name + ": \"" + field + "\" does not match" + difference(found, expected) +
      ". Use the character and settings that it was trained with, or another " + "checkpoint");
}

NamedTensors module_tensors(const torch::nn::Module& module, const std::string& prefix) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) {
    tensors[prefix + item.key()] = item.value().detach().cpu().clone();
  }
  return tensors;
}

void load_module(torch::nn::Module& module, const NamedTensors& tensors,
                 const std::string& prefix) {
  torch::NoGradGuard no_grad;
  std::vector<std::string> known;
  auto parameters = module.named_parameters();
  for (const auto& item : parameters) {
    const std::string name = prefix + item.key();
    const auto it = tensors.find(name);
    if (it == tensors.end()) throw InputError("the checkpoint has no tensor \"" + name + "\"");
    if (it->second.sizes() != item.value().sizes()) {
      throw InputError("tensor \"" + name + "\" has shape " + shape_text(it->second) +
                       ", the model needs " + shape_text(item.value()));
    }
    known.push_back(name);
  }
  check_names(known, tensors, prefix);
  for (auto& item : parameters) item.value().copy_(tensors.at(prefix + item.key()));
}

NamedTensors half_precision(const NamedTensors& tensors, const std::string& keep) {
  NamedTensors result;
  for (const auto& [name, tensor] : tensors) {
    const bool half = tensor.is_floating_point() && !name.starts_with(keep);
    result[name] = half ? tensor.to(torch::kHalf) : tensor;
  }
  return result;
}

}  // namespace foresight
