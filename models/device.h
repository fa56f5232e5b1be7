// Where tensors live and how many threads work on them. One binary: the CPU part of LibTorch is
// linked, the CUDA part is loaded at run time when it is wanted and there.
#pragma once

#include <string>

#include "models/torch.h"

namespace foresight {

/// Device for "auto", "cpu" or "cuda". "auto" takes CUDA when a driver, a GPU and libtorch_cuda.so
/// are there and falls back to the CPU otherwise. Throws InputError for another word, and for
/// "cuda" when it cannot be used (the message says which part is missing).
torch::Device choose_device(const std::string& wanted);

/// "CPU, 2 threads" or "CUDA device 0".
std::string device_name(const torch::Device& device);

/// Whether to multiply in bfloat16 on `device`: "on", "off", or "auto", which is where it is fast:
/// on GPUs and on CPUs with such instructions.
bool choose_bf16(const std::string& wanted, const torch::Device& device);

/// Threads inside one tensor operation (at least 1); operations themselves never run side by side.
void set_threads(int count);

}  // namespace foresight
