// A checkpoint is a safetensors file and, beside it, a JSON contract that says what the weights
// are and what they fit to. Both are checksummed; a mismatch is refused by name.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "models/normaliser.h"
#include "models/torch.h"

namespace foresight {

inline constexpr int kCheckpointVersion = 1;

/// Contract fields. Set by save_checkpoint: "format" (kCheckpointVersion), "sha256" of the tensor
/// file, "contract_sha256" of the rest of the contract. Set by the caller, by convention: "kind"
/// ("denoiser", "expert", ...), "model" (its config), "character" {"name", "fingerprint",
/// "joints"}, "control_hz", "features" {"version", ...}, "past_actions", "training_data"
/// [{"source", "clips", "licence"}], "metrics" {...}.
struct Checkpoint {
  NamedTensors tensors;
  nlohmann::json contract;
};

/// "x.safetensors" -> "x.json".
std::filesystem::path contract_path(const std::filesystem::path& tensors);

/// Writes `path` (must end in .safetensors) and its contract, each atomically.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Reads and verifies both files. Throws InputError (missing, truncated, changed, newer format,
/// Git LFS pointer) with what to do.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// Throws InputError with `path` when there is no tensor of that name.
const torch::Tensor& tensor_of(const Checkpoint& checkpoint, const std::string& name,
                               const std::filesystem::path& path);

/// Throws InputError when contract[field] differs from `expected`, naming the checkpoint, the field
/// and, for lists and objects, the first entry that differs. `field` is a JSON pointer without the
/// leading slash: "character/joints".
void check_contract(const Checkpoint& checkpoint, const std::string& name, const std::string& field,
                    const nlohmann::json& expected);

/// Parameters of a module by name with `prefix`, detached, on the CPU.
NamedTensors module_tensors(const torch::nn::Module& module, const std::string& prefix);

/// Copies tensors into the parameters of a module (any float type, converted). Throws InputError
/// for a missing, unknown or wrongly shaped tensor under `prefix`.
void load_module(torch::nn::Module& module, const NamedTensors& tensors, const std::string& prefix);

/// Float tensors as float16, except those whose name starts with `keep` ("normaliser.").
NamedTensors half_precision(const NamedTensors& tensors, const std::string& keep);

}  // namespace foresight
