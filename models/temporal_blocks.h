// Building blocks of the planners' convolutional networks (Diffuser): they look along time only, so
// a network made of them takes trajectories of any length.
#pragma once

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "models/torch.h"

namespace foresight {

/// Sinusoidal embedding of integer `levels` [B]: [B, width], sines then cosines with frequencies
/// 10000^(-k / (width / 2 - 1)). `width` must be even and at least 4.
torch::Tensor sinusoidal_embedding(const torch::Tensor& levels, int width);

/// Linear(inputs, hidden), Mish, Linear(hidden, outputs).
torch::nn::Sequential mish_mlp(int inputs, int hidden, int outputs);

/// Level embedding of size `width`: sinusoids, then an MLP of hidden size 4 width.
struct LevelEmbeddingImpl : torch::nn::Module {
  explicit LevelEmbeddingImpl(int width);
  /// levels [B] int64 -> [B, width].
  torch::Tensor forward(const torch::Tensor& levels);

 private:
  int width_;
  torch::nn::Sequential mlp_{nullptr};
};
TORCH_MODULE(LevelEmbedding);

/// Convolution of odd kernel (length kept), GroupNorm with 8 groups, Mish.
struct ConvBlockImpl : torch::nn::Module {
  ConvBlockImpl(int inputs, int outputs, int kernel);
  /// [B, inputs, H] -> [B, outputs, H].
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv1d conv_{nullptr};
  torch::nn::GroupNorm norm_{nullptr};
};
TORCH_MODULE(ConvBlock);

/// Residual temporal block: two ConvBlocks, with a projection of the embedding added to all times
/// in between.
struct TemporalBlockImpl : torch::nn::Module {
  TemporalBlockImpl(int inputs, int outputs, int embedding, int kernel);
  /// x [B, inputs, H], embedding [B, embedding] -> [B, outputs, H].
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& embedding);

 private:
  ConvBlock first_{nullptr}, second_{nullptr};
  torch::nn::Linear shift_{nullptr};
  torch::nn::Conv1d skip_{nullptr};  ///< empty where inputs == outputs
};
TORCH_MODULE(TemporalBlock);

/// Convolution of kernel 3 and stride 2: length H -> ceil(H / 2).
torch::nn::Conv1d halve_length(int channels);

}  // namespace foresight
