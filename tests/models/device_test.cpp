#include "models/device.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"

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

TEST(Device, CudaWorksOrTheMessageSaysWhatIsMissing) {
  try {
    EXPECT_TRUE(choose_device("cuda").is_cuda());
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("--device cpu"), std::string::npos);
  }
}

TEST(Device, ThreadCountIsSet) {
  const int before = at::get_num_threads();
  set_threads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  set_threads(before);
}

}  // namespace
}  // namespace foresight
