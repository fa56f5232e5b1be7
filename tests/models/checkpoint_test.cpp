#include "models/checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>

#include "models/safetensors.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "tests/models/tiny_model.h"

namespace foresight {
namespace {

class CheckpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / (std::string("foresight_") + info->name());
    fs::create_directories(folder_);
    path_ = folder_ / "model.safetensors";
    save_checkpoint(path_, example());
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Checkpoint example() {
    return {{{"a", torch::arange(6, torch::kFloat).view({2, 3})},
             {"b.half", torch::tensor({1.5f, -2.0f}).to(torch::kHalf)},
             {"c", torch::tensor({1, 2, 3}, torch::kLong)}},
            {{"kind", "denoiser"},
             {"character", {{"name", "humanoid"}, {"joints", {"hip", "knee", "ankle"}}}},
             {"metrics", {{"loss", 0.125}}}}};
  }

  /// Message of the InputError that loading must end with.
  std::string load_error() const {
    try {
      load_checkpoint(path_);
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }

  fs::path folder_, path_;
};

TEST_F(CheckpointTest, ComesBackAsItWas) {
  const Checkpoint back = load_checkpoint(path_);
  ASSERT_EQ(back.tensors.size(), 3u);
  for (const auto& [name, tensor] : example().tensors) {
    EXPECT_TRUE(torch::equal(back.tensors.at(name), tensor)) << name;
    EXPECT_EQ(back.tensors.at(name).scalar_type(), tensor.scalar_type());
  }
  EXPECT_EQ(back.contract["metrics"]["loss"], 0.125);
  EXPECT_EQ(back.contract["format"], kCheckpointVersion);
}

TEST_F(CheckpointTest, FlippedByteAnywhereInTheWeightsIsFound) {
  const std::string good = read_file(path_);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    write_file(path_, bad);
    EXPECT_NE(load_error(), "") << "byte " << i;
  }
}

TEST_F(CheckpointTest, FlippedByteInTheContractIsFoundOrHarmless) {
  const fs::path contract = contract_path(path_);
  const std::string good = read_file(contract);
  const auto meant = load_checkpoint(path_).contract;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x01);
    write_file(contract, bad);
    try {
      EXPECT_EQ(load_checkpoint(path_).contract, meant) << "byte " << i;
    } catch (const InputError&) {
    }
  }
}

TEST_F(CheckpointTest, TruncatedFileIsFound) {
  const std::string good = read_file(path_);
  for (std::size_t size = 0; size < good.size(); size += 7) {
    write_file(path_, good.substr(0, size));
    EXPECT_NE(load_error(), "") << size << " bytes";
  }
}

TEST_F(CheckpointTest, LfsPointerIsExplained) {
  write_file(path_, "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 5\n");
  EXPECT_NE(load_error().find("git lfs pull"), std::string::npos);
}

TEST_F(CheckpointTest, MissingContractIsNamed) {
  fs::remove(contract_path(path_));
  EXPECT_NE(load_error().find("model.json"), std::string::npos);
}

TEST_F(CheckpointTest, NewerFormatIsRefused) {
  const fs::path contract = contract_path(path_);
  auto json = nlohmann::json::parse(read_file(contract));
  json["format"] = kCheckpointVersion + 1;
  write_file(contract, json.dump());
  EXPECT_NE(load_error().find("format 2"), std::string::npos);
}

TEST_F(CheckpointTest, WrongJointOrderIsReportedByName) {
  const Checkpoint checkpoint = load_checkpoint(path_);
  EXPECT_NO_THROW(
      check_contract(checkpoint, "model", "character/joints", {"hip", "knee", "ankle"}));
  try {
    check_contract(checkpoint, "model", "character/joints", {"hip", "ankle", "knee"});
    FAIL();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("character/joints"), std::string::npos);
    EXPECT_NE(message.find("entry 1"), std::string::npos);
    EXPECT_NE(message.find("has \"knee\", expected \"ankle\""), std::string::npos) << message;
  }
}

TEST_F(CheckpointTest, DifferentFieldInsideAnObjectIsNamed) {
  try {
    check_contract(load_checkpoint(path_), "model", "metrics", {{"loss", 0.5}});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("at loss"), std::string::npos) << error.what();
  }
  EXPECT_THROW(check_contract(load_checkpoint(path_), "model", "features", 1), InputError);
}

std::string with_header(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data, '\0');
}

TEST(Safetensors, HeadersThatDoNotFitAreRefused) {
  const auto entry = [](const char* shape, const char* offsets) {
    return std::string(R"({"dtype":"F32","shape":)") + shape + R"(,"data_offsets":)" + offsets +
           "}";
  };
  const std::vector<std::string> bad = {
      "{\"a\":" + entry("[2]", "[0,4]") + "}",
      "{\"a\":" + entry("[2]", "[8,0]") + "}",
      "{\"a\":" + entry("[-2]", "[0,8]") + "}",
      "{\"a\":" + entry("[1]", "[0,4]") + "}",
      "{\"a\":" + entry("[2]", "[0,8]") + ",\"b\":" + entry("[1]", "[4,8]") + "}",
      "{\"a\":" + entry("[4294967296,4294967296,4294967296]", "[0,8]") + "}",
      "{\"a\":" + entry("[2]", "[0,8,9]") + "}",
      R"({"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}})",
      R"({"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
      R"(["a"])",
      "{\"a\":"};
  for (const std::string& header : bad) {
    EXPECT_THROW(decode_safetensors(with_header(header, 8), "x"), InputError) << header;
  }
  const std::string good = "{\"a\":" + entry("[2]", "[0,8]") + "}";
  EXPECT_EQ(decode_safetensors(with_header(good, 8), "x").tensors.at("a").numel(), 2);
}

TEST(Safetensors, MetadataAndEmptyTensorsComeBack) {
  const TensorFile file{{{"empty", torch::empty({0, 3})}, {"one", torch::tensor(2.5)}},
                        {{"key", "a \"quoted\" value"}}};
  const TensorFile back = decode_safetensors(encode_safetensors(file), "x");
  EXPECT_EQ(back.metadata, file.metadata);
  EXPECT_EQ(back.tensors.at("empty").sizes(), torch::IntArrayRef({0, 3}));
  EXPECT_EQ(back.tensors.at("one").item<float>(), 2.5f);
}

TEST(ModuleTensors, GoThroughHalfPrecision) {
  const JointDenoiser source = tiny_denoiser(tiny_config(), 1);
  JointDenoiser target = tiny_denoiser(tiny_config(), 2);
  auto tensors = half_precision(module_tensors(*source, "net."), "normaliser.");
  load_module(*target, tensors, "net.");
  for (const auto& item : target->named_parameters()) {
    const auto wanted = source->named_parameters()[item.key()];
    EXPECT_TRUE(torch::allclose(item.value(), wanted, 1e-3, 1e-4)) << item.key();
  }
}

TEST(ModuleTensors, OtherModelIsRefusedByName) {
  JointDenoiser model = tiny_denoiser(tiny_config());
  const auto good = module_tensors(*model, "net.");
  auto missing = good, unknown = good, shape = good;
  missing.erase("net.state_head.bias");
  unknown["net.other"] = torch::zeros({1});
  shape["net.state_head.bias"] = torch::zeros({1});
  for (const auto& [tensors, name] :
       {std::pair(missing, "net.state_head.bias"), std::pair(unknown, "net.other"),
        std::pair(shape, "net.state_head.bias")}) {
    try {
      load_module(*model, tensors, "net.");
      FAIL();
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace foresight
