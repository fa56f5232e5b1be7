// foresight info: versions, devices, the shipped character and checkpoints, licences.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "models/checkpoint.h"
#include "sim/character.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

// Libraries that are linked or opened, headers that are compiled in, programs and data.
constexpr char kLicences[] =
    "Foresight             Apache-2.0\n"
    "MuJoCo                Apache-2.0\n"
    "LibTorch              BSD-3-Clause\n"
    "CUDA runtime, CUPTI and, with a GPU, cuBLAS, cuDNN and what else torch's wheel asks for\n"
    "                      NVIDIA proprietary, fetched by tools/setup, not part of Foresight\n"
    "Eigen                 MPL-2.0\n"
    "nlohmann-json         MIT\n"
    "CLI11                 BSD-3-Clause\n"
    "Zstandard             BSD-3-Clause\n"
    "zlib                  Zlib\n"
    "OpenSSL (libcrypto)   Apache-2.0\n"
    "Dear ImGui            MIT\n"
    "GLFW                  Zlib\n"
    "stb                   MIT or public domain\n"
    "Mesa (EGL, OSMesa)    MIT; OpenGL may also come from the driver of a graphics card\n"
    "libglvnd (libGL)      MIT-style\n"
    "ffmpeg                LGPL-2.1 or GPL-2, a program that is run, not linked\n"
    "Roboto (font)         Apache-2.0\n"
    "GoogleTest            BSD-3-Clause, in the tests alone\n"
    "Xvfb, xdotool         MIT, BSD-3-Clause, programs run by the tests alone\n"
    "Shipped weights       trained on clips of DeepMimic (MIT), the CMU database (free use, no\n"
    "                      resale of the data) and MJPC (Apache-2.0); see assets/README.md\n";

// Weights with their contracts, by name.
std::vector<fs::path> shipped_checkpoints() {
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::recursive_directory_iterator(assets_dir(), code)) {
    if (entry.path().extension() != ".safetensors") continue;
    if (fs::exists(contract_path(entry.path()))) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

nlohmann::json read_info() {
  const auto character = default_character();
  nlohmann::json info = versions_json();
  info["cpu_threads"] = std::thread::hardware_concurrency();
  info["character"] = {{"name", character->name},
                       {"links", character->num_bodies()},
                       {"actuators", character->nu},
                       {"control_hz", character->control_hz},
                       {"fingerprint", character->fingerprint}};
  info["checkpoints"] = nlohmann::json::array();
  for (const fs::path& file : shipped_checkpoints()) {
    const nlohmann::json contract = load_checkpoint(file).contract;
    info["checkpoints"].push_back({{"file", fs::relative(file, assets_dir()).string()},
                                   {"kind", contract.value("kind", "?")},
                                   {"sha256", contract.value("sha256", "?")}});
  }
  return info;
}

void print_info(const nlohmann::json& info) {
  const auto text = [](const nlohmann::json& j, const char* field) {
    return j.at(field).get<std::string>();
  };
  std::printf("foresight    %s\n", text(info, "foresight").c_str());
  std::printf("MuJoCo       %s\n", text(info, "mujoco").c_str());
  std::printf("LibTorch     %s\n", text(info, "torch").c_str());
  std::printf("CPU threads  %u\n", info.at("cpu_threads").get<unsigned>());
  const nlohmann::json& c = info.at("character");
  std::printf("character    %s: %d links, %d actuators, %.0f Hz, fingerprint %.12s\n",
              text(c, "name").c_str(), c.at("links").get<int>(), c.at("actuators").get<int>(),
              c.at("control_hz").get<double>(), text(c, "fingerprint").c_str());
  for (const nlohmann::json& checkpoint : info.at("checkpoints")) {
    std::printf("checkpoint   %s  %s  sha256 %.12s\n", text(checkpoint, "file").c_str(),
                text(checkpoint, "kind").c_str(), text(checkpoint, "sha256").c_str());
  }
}

struct InfoFlags {
  bool licences = false;
  OutputFlags output;
};

void run_info(const InfoFlags& flags) {
  if (flags.licences) {
    std::fputs(kLicences, stdout);
    return;
  }
  const nlohmann::json found = read_info();
  if (!flags.output.quiet) print_info(found);
  write_json(flags.output.json, found);
}

}  // namespace

void add_info_command(Command& app) {
  Command* sub = app.add_subcommand("info", "Versions, character, checkpoints and licences");
  auto flags = std::make_shared<InfoFlags>();
  sub->add_flag("--licences", flags->licences, "Print the licences of everything that is used");
  add_output_flags(sub, flags->output, "Print nothing; for use with --json");
  sub->callback([flags] { run_info(*flags); });
}

}  // namespace foresight
