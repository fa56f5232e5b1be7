#include "models/temporal_blocks.h"

#include <torch/nn/modules/activation.h>

#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr int kGroups = 8;

torch::nn::Conv1d same_length(int inputs, int outputs, int kernel) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(inputs, outputs, kernel).padding(kernel / 2));
}

}  // namespace

torch::Tensor sinusoidal_embedding(const torch::Tensor& levels, int width) {
  FS_CHECK(width >= 4 && width % 2 == 0);
  const int half = width / 2;
  const auto index = torch::arange(half, levels.options().dtype(torch::kFloat));
  const auto frequency = torch::exp(index * (-std::log(10000.0) / (half - 1)));
  const auto angle = levels.to(torch::kFloat).unsqueeze(1) * frequency;
  return torch::cat({angle.sin(), angle.cos()}, 1);
}

torch::nn::Sequential mish_mlp(int inputs, int hidden, int outputs) {
  return torch::nn::Sequential(torch::nn::Linear(inputs, hidden), torch::nn::Mish(),
                               torch::nn::Linear(hidden, outputs));
}

LevelEmbeddingImpl::LevelEmbeddingImpl(int width) : width_(width) {
  mlp_ = register_module("mlp", mish_mlp(width, 4 * width, width));
}

torch::Tensor LevelEmbeddingImpl::forward(const torch::Tensor& levels) {
  return mlp_->forward(sinusoidal_embedding(levels, width_));
}

ConvBlockImpl::ConvBlockImpl(int inputs, int outputs, int kernel) {
  FS_CHECK(outputs % kGroups == 0 && kernel % 2 == 1);
  conv_ = register_module("conv", same_length(inputs, outputs, kernel));
  norm_ = register_module("norm", torch::nn::GroupNorm(kGroups, outputs));
}

torch::Tensor ConvBlockImpl::forward(const torch::Tensor& x) {
  return torch::mish(norm_(conv_(x)));
}

TemporalBlockImpl::TemporalBlockImpl(int inputs, int outputs, int embedding, int kernel) {
  first_ = register_module("first", ConvBlock(inputs, outputs, kernel));
  second_ = register_module("second", ConvBlock(outputs, outputs, kernel));
  shift_ = register_module("shift", torch::nn::Linear(embedding, outputs));
  if (inputs != outputs) skip_ = register_module("skip", same_length(inputs, outputs, 1));
}

torch::Tensor TemporalBlockImpl::forward(const torch::Tensor& x, const torch::Tensor& embedding) {
  const auto shifted = first_(x) + shift_(torch::mish(embedding)).unsqueeze(2);
  return second_(shifted) + (skip_.is_empty() ? x : skip_(x));
}

torch::nn::Conv1d halve_length(int channels) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(channels, channels, 3).stride(2).padding(1));
}

}  // namespace foresight
