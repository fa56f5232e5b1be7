// foresight info: versions, devices, the shipped character and checkpoints, licences.
#include <mujoco/mujoco.h>
#include <torch/version.h>

#include <cstdio>
#include <thread>

#include "models/checkpoint.h"
#include "sim/character.h"
#include "tools/commands.h"

namespace foresight {
namespace {

constexpr char kLicences[] =
    "Foresight             Apache-2.0\n"
    "MuJoCo                Apache-2.0\n"
    "LibTorch              BSD-3-Clause\n"
    "CUDA runtime, CUPTI   NVIDIA proprietary, fetched by tools/setup, not part of Foresight\n"
    "CLI11                 BSD-3-Clause\n"
    "nlohmann-json         MIT\n"
    "Eigen                 MPL-2.0\n"
    "zstd                  BSD-3-Clause\n"
    "OpenSSL               Apache-2.0\n"
    "Shipped weights       trained on clips of DeepMimic (MIT), the CMU database (free use, no\n"
    "                      resale of the data) and MJPC (Apache-2.0); see assets/README.md\n";

void print_checkpoints() {
  std::error_code code;
  for (const auto& entry : fs::recursive_directory_iterator(assets_dir(), code)) {
    if (entry.path().extension() != ".safetensors") continue;
    if (!fs::exists(contract_path(entry.path()))) continue;  // data, not weights
    const Checkpoint checkpoint = load_checkpoint(entry.path());
    std::printf("checkpoint   %s  %s  sha256 %.12s\n",
                fs::relative(entry.path(), assets_dir()).c_str(),
                checkpoint.contract.value("kind", "?").c_str(),
                checkpoint.contract.value("sha256", "?").c_str());
  }
}

void print_info() {
  const auto character = default_character();
  std::printf("foresight    %s\n", FORESIGHT_VERSION);
  std::printf("MuJoCo       %s\n", mj_versionString());
  std::printf("LibTorch     %s\n", TORCH_VERSION);
  std::printf("CPU threads  %u\n", std::thread::hardware_concurrency());
  std::printf("character    %s: %d links, %d actuators, %.0f Hz, fingerprint %.12s\n",
              character->name.c_str(), character->num_bodies(), character->nu,
              character->control_hz, character->fingerprint.c_str());
  print_checkpoints();
}

}  // namespace

void add_info_command(Command& app) {
  Command* sub = app.add_subcommand("info", "Versions, character, checkpoints and licences");
  auto licences = std::make_shared<bool>(false);
  sub->add_flag("--licences", *licences, "Print the licences of everything that is used");
  sub->callback([licences] {
    if (*licences) {
      std::fputs(kLicences, stdout);
    } else {
      print_info();
    }
  });
}

}  // namespace foresight
