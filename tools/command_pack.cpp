// foresight pack: a recording as one file to share.
#include <cstdio>

#include "models/checkpoint.h"
#include "sim/base/error.h"
#include "sim/recording/pack.h"
#include "sim/recording/recording_reader.h"
#include "tools/commands.h"

namespace foresight {
namespace {

struct PackFlags {
  std::string file, out, checkpoint;
  bool with_checkpoint = false, force = false;
};

// The weights and, beside them, the contract that says what they are.
std::map<std::string, std::string> checkpoint_files(const fs::path& weights) {
  return {{"checkpoint.safetensors", read_file(weights)},
          {"checkpoint.json", read_file(contract_path(weights))}};
}

void run(PackFlags o) {
  if (o.out.empty()) o.out = fs::path(o.file).replace_extension(".pack").string();
  std::error_code ignored;
  if (fs::equivalent(o.file, o.out, ignored)) {
    throw InputError(o.out + ": is the recording itself; choose another name with --out");
  }
  if (!o.force && fs::exists(o.out)) {
    throw InputError(o.out + ": exists already; choose another name or pass --force");
  }
  const std::string recording = read_recording(o.file);
  std::map<std::string, std::string> checkpoint;
  if (o.with_checkpoint || !o.checkpoint.empty()) {
    const fs::path shipped = assets_dir() / "checkpoints" / "lookahead.safetensors";
    checkpoint = checkpoint_files(o.checkpoint.empty() ? shipped : fs::path(o.checkpoint));
  }
  const std::string packed = pack_recording(recording, o.file, checkpoint);
  const Pack content = unpack(packed, o.out);
  if (!checkpoint.empty()) {
    const std::string hash = sha256_hex(checkpoint.at("checkpoint.safetensors"));
    const auto& named = content.manifest.at("checkpoint_sha256");
    if (std::find(named.begin(), named.end(), hash) == named.end()) {
      throw InputError("the recording was made with the checkpoint " + named.dump() +
                       ", not with " + hash + "; pass the right file with --checkpoint");
    }
  }
  write_file(o.out, packed);
  std::printf("wrote %s: %.1f s, %.1f MiB%s\n", o.out.c_str(),
              content.manifest.at("seconds").get<double>(),
              static_cast<double>(packed.size()) / (1 << 20),
              checkpoint.empty() ? "" : ", with the checkpoint");
}

}  // namespace

void add_pack_command(Command& app) {
  auto o = std::make_shared<PackFlags>();
  Command* command = app.add_subcommand(
      "pack", "Put a recording, its scenes and on request its checkpoint into one file");
  command->add_option("file", o->file, "Recording")->required();
  command->add_option("--out", o->out, "File to write (default: the recording's name with .pack)");
  command->add_flag("--with-checkpoint", o->with_checkpoint, "Pack the checkpoint too");
  command->add_option("--checkpoint", o->checkpoint,
                      "The checkpoint to pack (default: the one that ships)");
  command->add_flag("--force", o->force, "Replace what is there");
  command->callback([o] { run(*o); });
}

}  // namespace foresight
