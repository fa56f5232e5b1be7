#include "models/device.h"

#include <dlfcn.h>
#include <torch/cuda.h>

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "sim/base/error.h"

namespace foresight {
namespace {

namespace fs = std::filesystem;

/// Folder of the libtorch_cpu.so that this process runs on.
fs::path torch_folder() {
  Dl_info info{};
  const auto* symbol = reinterpret_cast<const void*>(&at::get_num_threads);
  if (dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return {};
  return fs::path(info.dli_fname).parent_path();
}

bool driver_present() {
  std::error_code ignored;
  if (fs::exists("/dev/nvidia0", ignored)) return true;
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  if (driver != nullptr) dlclose(driver);
  return driver != nullptr;
}

/// Empty when CUDA can be used, otherwise what is missing. The library stays loaded.
std::string load_cuda() {
  if (!driver_present()) return "there is no NVIDIA driver (libcuda.so.1) on this machine";
  const fs::path library = torch_folder() / "libtorch_cuda.so";
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* reason = dlerror();
    return "libtorch_cuda.so cannot be loaded: " + std::string(reason ? reason : "unknown reason");
  }
  if (!torch::cuda::is_available()) return "the NVIDIA driver reports no usable GPU";
  return {};
}

const std::string& cuda_problem() {
  static const std::string problem = load_cuda();
  return problem;
}

bool cpu_has_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

}  // namespace

torch::Device choose_device(const std::string& wanted) {
  if (wanted == "cpu") return torch::kCPU;
  if (wanted == "auto") return {cuda_problem().empty() ? torch::kCUDA : torch::kCPU};
  if (wanted != "cuda") {
    throw InputError("device \"" + wanted + "\" is unknown: use auto, cpu or cuda");
  }
  if (!cuda_problem().empty()) {
    throw InputError("device cuda cannot be used: " + cuda_problem() +
                     ". Use --device cpu, or install the CUDA part of LibTorch");
  }
  return {torch::kCUDA, 0};
}

std::string device_name(const torch::Device& device) {
  if (device.is_cpu()) return "CPU, " + std::to_string(at::get_num_threads()) + " threads";
  return "CUDA device " + std::to_string(std::max<int>(device.index(), 0));
}

bool choose_bf16(const std::string& wanted, const torch::Device& device) {
  if (wanted == "on" || wanted == "off") return wanted == "on";
  if (wanted != "auto") throw InputError("bf16 \"" + wanted + "\": expected auto, on or off");
  return device.is_cuda() || cpu_has_bf16();
}

void set_threads(int count) {
  static std::once_flag interop;
  std::call_once(interop, [] { at::set_num_interop_threads(1); });
  at::set_num_threads(std::max(count, 1));
}

}  // namespace foresight
