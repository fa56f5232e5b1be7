// The part of LibTorch that our headers need: tensors, autograd, modules. All of torch/torch.h
// costs every translation unit much more compile time. Layers and optimisers are included where
// they are used.
#pragma once

#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/utils.h>
