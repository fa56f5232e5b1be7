// The safetensors file format: an 8-byte header length, a JSON header, then raw tensor bytes.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "models/normaliser.h"

namespace foresight {

struct TensorFile {
  NamedTensors tensors;                         ///< on the CPU, contiguous
  std::map<std::string, std::string> metadata;  ///< "__metadata__" of the header
};

/// Bytes of a file with `tensors` (float64/32/16, bfloat16, int64/32, uint8, bool) in name order.
std::string encode_safetensors(const TensorFile& file);

/// Reads it back. `name` stands in error messages. Throws InputError for anything that is not
/// exactly a valid file: too short, Git LFS pointer, wrong header, unknown type, offsets that do
/// not match the shape, overlap or leave gaps, trailing bytes.
TensorFile decode_safetensors(const std::string& bytes, const std::string& name);

}  // namespace foresight
