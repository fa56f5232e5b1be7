#include "models/device.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "tests/models/cuda.h"

namespace foresight {
namespace {

TEST(Device, CpuIsAlwaysThere) {
  EXPECT_TRUE(choose_device("cpu").is_cpu());
  EXPECT_NE(device_name(torch::kCPU).find("CPU"), std::string::npos);
}

TEST(Device, AutoTakesAUsableDevice) {
  const auto device = choose_device("auto");
  EXPECT_EQ(torch::ones({3}, device).sum().item<float>(), 3.0f);
}

TEST(Device, UnknownWordIsRefusedWithTheChoices) {
  try {
    choose_device("tpu");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("auto, cpu or cuda"), std::string::npos);
  }
}

TEST(Device, WithoutCudaTheMessageSaysWhatIsMissing) {
  const std::string missing = missing_for_cuda();
  if (missing.empty()) GTEST_SKIP() << "there is a GPU";
  EXPECT_NE(missing.find("--device cpu"), std::string::npos) << missing;
  EXPECT_TRUE(choose_device("auto").is_cpu());
}

TEST(Device, CudaComputes) {
  FORESIGHT_NEEDS_CUDA();
  const torch::Device device = choose_device("cuda");
  EXPECT_TRUE(device.is_cuda());
  EXPECT_NE(device_name(device).find("CUDA"), std::string::npos);
  const auto x = torch::arange(6, torch::kFloat).view({2, 3});
  const auto there = x.to(device).matmul(x.t().to(device));
  EXPECT_TRUE(torch::allclose(there.cpu(), x.matmul(x.t())));
}

TEST(Device, Bfloat16IsChosenByHandOrRefused) {
  EXPECT_TRUE(choose_bf16("on", torch::kCPU));
  EXPECT_FALSE(choose_bf16("off", torch::Device(torch::kCUDA, 0)));
  EXPECT_TRUE(choose_bf16("auto", torch::Device(torch::kCUDA, 0)));
  EXPECT_THROW(choose_bf16("yes", torch::kCPU), InputError);
}

TEST(Device, ThreadCountIsSet) {
  const int before = at::get_num_threads();
  set_threads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  set_threads(before);
}

}  // namespace
}  // namespace foresight
