// A pack: a recording and what it takes to look at it elsewhere, in one ZIP file to share.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sim/base/files.h"

namespace foresight {

/// Members: manifest.json (hashes, length), recording.rec, scene-N.xml per segment (MJCF) and, when
/// it was packed too, checkpoint.safetensors with checkpoint.json.
struct Pack {
  nlohmann::json manifest;
  std::string recording;                          // content of the .rec file
  std::map<std::string, std::string> checkpoint;  // file name -> content; may be empty
};

/// Content of the ZIP file. Throws InputError with `name` when the recording is damaged or the
/// whole exceeds 1 GiB.
std::string pack_recording(std::string_view recording, const std::string& name,
                           const std::map<std::string, std::string>& checkpoint = {});

/// True for the first bytes of a ZIP file.
bool is_pack(std::string_view bytes);

/// Throws InputError with `name` when it is no pack, or a member does not have the hash that the
/// manifest gives.
Pack unpack(std::string_view bytes, const std::string& name);

/// Content of a recording, packed or not. Throws InputError.
std::string read_recording(const fs::path& file);

}  // namespace foresight
