#include "flashmotion/metrics/inception_features.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace inception_features_test {

using Catch::Matchers::Contains;
using flashmotion::inception_features;

struct Kernel {
  std::string name;
  std::vector<std::int64_t> shape;
};

// Every convolution of Inception-v3 but the classifiers'.
std::vector<Kernel> kernels() {
  std::vector<Kernel> all = {{"Conv2d_1a_3x3", {32, 3, 3, 3}},
                             {"Conv2d_2a_3x3", {32, 32, 3, 3}},
                             {"Conv2d_2b_3x3", {64, 32, 3, 3}},
                             {"Conv2d_3b_1x1", {80, 64, 1, 1}},
                             {"Conv2d_4a_3x3", {192, 80, 3, 3}}};
  const auto block = [&](const std::string& name, std::vector<Kernel> parts) {
    for (auto& part : parts) all.push_back({name + "." + part.name, part.shape});
  };
  const std::map<std::string, std::pair<std::int64_t, std::int64_t>> first = {
      {"Mixed_5b", {192, 32}}, {"Mixed_5c", {256, 64}}, {"Mixed_5d", {288, 64}}};
  for (const auto& [name, sizes] : first) {
    const auto [in, pool] = sizes;
    block(name, {{"branch1x1", {64, in, 1, 1}},
                 {"branch5x5_1", {48, in, 1, 1}},
                 {"branch5x5_2", {64, 48, 5, 5}},
                 {"branch3x3dbl_1", {64, in, 1, 1}},
                 {"branch3x3dbl_2", {96, 64, 3, 3}},
                 {"branch3x3dbl_3", {96, 96, 3, 3}},
                 {"branch_pool", {pool, in, 1, 1}}});
  }
  block("Mixed_6a", {{"branch3x3", {384, 288, 3, 3}},
                     {"branch3x3dbl_1", {64, 288, 1, 1}},
                     {"branch3x3dbl_2", {96, 64, 3, 3}},
                     {"branch3x3dbl_3", {96, 96, 3, 3}}});
  const std::map<std::string, std::int64_t> second = {
      {"Mixed_6b", 128}, {"Mixed_6c", 160}, {"Mixed_6d", 160}, {"Mixed_6e", 192}};
  for (const auto& [name, narrow] : second) {
    block(name, {{"branch1x1", {192, 768, 1, 1}},
                 {"branch7x7_1", {narrow, 768, 1, 1}},
                 {"branch7x7_2", {narrow, narrow, 1, 7}},
                 {"branch7x7_3", {192, narrow, 7, 1}},
                 {"branch7x7dbl_1", {narrow, 768, 1, 1}},
                 {"branch7x7dbl_2", {narrow, narrow, 7, 1}},
                 {"branch7x7dbl_3", {narrow, narrow, 1, 7}},
                 {"branch7x7dbl_4", {narrow, narrow, 7, 1}},
                 {"branch7x7dbl_5", {192, narrow, 1, 7}},
                 {"branch_pool", {192, 768, 1, 1}}});
  }
  block("Mixed_7a", {{"branch3x3_1", {192, 768, 1, 1}},
                     {"branch3x3_2", {320, 192, 3, 3}},
                     {"branch7x7x3_1", {192, 768, 1, 1}},
                     {"branch7x7x3_2", {192, 192, 1, 7}},
                     {"branch7x7x3_3", {192, 192, 7, 1}},
                     {"branch7x7x3_4", {192, 192, 3, 3}}});
  const std::map<std::string, std::int64_t> third = {{"Mixed_7b", 1280}, {"Mixed_7c", 2048}};
  for (const auto& [name, in] : third) {
    block(name, {{"branch1x1", {320, in, 1, 1}},
                 {"branch3x3_1", {384, in, 1, 1}},
                 {"branch3x3_2a", {384, 384, 1, 3}},
                 {"branch3x3_2b", {384, 384, 3, 1}},
                 {"branch3x3dbl_1", {448, in, 1, 1}},
                 {"branch3x3dbl_2", {384, 448, 3, 3}},
                 {"branch3x3dbl_3a", {384, 384, 1, 3}},
                 {"branch3x3dbl_3b", {384, 384, 3, 1}},
                 {"branch_pool", {192, in, 1, 1}}});
  }
  return all;
}

// Numbers in [-1, 1) that Python can make too: whole numbers scrambled, in 64 bits.
torch::Tensor scrambled(at::IntArrayRef shape, std::int64_t stream) {
  auto a = (torch::arange(c10::multiply_integers(shape), torch::kLong) * 2654435761 + stream * 40503) % 4294967296;
  a = (a ^ (a.bitwise_right_shift(15))) * 2246822519 % 4294967296;
  a = a ^ a.bitwise_right_shift(13);
  return (a.to(torch::kDouble) / 2147483648 - 1).view(shape);
}

// The names in their order, each with numbers of its own.
std::map<std::string, torch::Tensor> scrambled_weights() {
  std::map<std::string, torch::Tensor> weights;
  for (const auto& [name, shape] : kernels()) {
    weights[name + ".conv.weight"] = torch::empty(shape);
    for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
      weights[name + ".bn." + part] = torch::empty({shape[0]});
    }
  }
  std::int64_t stream = 0;
  for (auto& [name, values] : weights) {
    const auto numbers = scrambled(values.sizes(), ++stream);
    if (name.ends_with("conv.weight")) {
      values = (numbers * std::sqrt(6.0 / static_cast<double>(values[0].numel()))).to(torch::kFloat);
    } else if (name.ends_with("running_var")) {
      values = (1 + 0.5 * numbers).to(torch::kFloat);
    } else if (name.ends_with("bn.weight")) {
      values = (1 + 0.2 * numbers).to(torch::kFloat);
    } else {
      values = (0.2 * numbers).to(torch::kFloat);
    }
  }
  return weights;
}

void save(const std::filesystem::path& file, const std::map<std::string, torch::Tensor>& weights) {
  std::vector<flashmotion::TensorOutline> outlines;
  for (const auto& [name, values] : weights) {
    outlines.push_back({name, values.scalar_type(), values.sizes().vec()});
  }
  flashmotion::TorchPickleWriter writer(file, outlines);
  for (const auto& [name, values] : weights) writer.write(values);
  writer.finish();
}

// A clip of two frames, noise and waves, [1, 3, 2, 40, 56].
torch::Tensor two_frames() {
  const auto noise = ((scrambled({2, 3, 40, 56}, 1000)[0] + 1) / 2 * 255).floor();
  const auto x = torch::arange(56, torch::kDouble).view({1, 1, 56}),
             y = torch::arange(40, torch::kDouble).view({1, 40, 1});
  const auto waves =
      (128 + 127 * torch::sin(0.11 * torch::arange(1, 4, torch::kDouble).view({3, 1, 1}) * x + 0.07 * y));
  const auto frames = torch::stack({noise, waves.floor()}, 1).unsqueeze(0);
  return (frames / 127.5 - 1).to(torch::kFloat);
}

// Golden values of pytorch-fid 0.3.0 with torch 2.11, for the same weights and pictures.
TEST_CASE("features of Inception-v3 agree with pytorch-fid's", "[metrics][golden][slow]") {
  const TempFolder folder;
  const auto file = folder / "inception.pth";
  save(file, scrambled_weights());
  const auto extractor = inception_features(file);
  CHECK(extractor.metric == "fid");
  CHECK(extractor.name == "inception-v3");
  CHECK(extractor.file_sha256 == flashmotion::sha256_of_file(file.string()));
  const auto found = extractor.features(two_frames());
  REQUIRE(found.sizes() == at::IntArrayRef({2, 2048}));
  CHECK(found.scalar_type() == torch::kFloat);
  const auto rows = found.to(torch::kDouble);
  const auto number = [](const torch::Tensor& value) { return value.item<double>(); };
  CHECK(number(rows[0].sum()) == Approx(4228.70038).epsilon(1e-5));
  CHECK(number(rows[1].sum()) == Approx(4544.65094).epsilon(1e-5));
  CHECK(number(rows[0].square().sum()) == Approx(23747.5295).epsilon(1e-5));
  CHECK(number(rows[1].square().sum()) == Approx(27367.235).epsilon(1e-5));
  CHECK(number((rows[0] - rows[1]).square().sum()) == Approx(186.293054).epsilon(1e-4));
  CHECK(number(rows[0][500]) == Approx(1.547369).epsilon(1e-4));
  CHECK(number(rows[1][2047]) == Approx(5.808659).epsilon(1e-4));
  // The same frames as two clips, with less than half a level of difference.
  const auto clips = two_frames().squeeze(0).transpose(0, 1).unsqueeze(2) + 0.003;
  CHECK(torch::allclose(extractor.features(clips), found, 1e-4, 1e-4));
}

TEST_CASE("weights that are not Inception-v3's are refused", "[metrics][message][slow]") {
  const TempFolder folder;
  const auto file = folder / "weights.pth";
  auto weights = scrambled_weights();
  const auto kept = weights["Mixed_6c.branch7x7_2.conv.weight"];
  weights["Mixed_6c.branch7x7_2.conv.weight"] = kept.transpose(2, 3).contiguous().slice(1, 0, 8).contiguous();
  save(file, weights);
  CHECK_THROWS_WITH(inception_features(file), Contains("weights.pth' has weights whose shapes are not"));
  weights.erase("Mixed_6c.branch7x7_2.conv.weight");
  save(file, weights);
  CHECK_THROWS_WITH(inception_features(file), Contains("lacks weights of Inception-v3"));
  save(file, {{"a.conv.weight", torch::ones({1, 1, 1, 1})}});
  CHECK_THROWS_WITH(inception_features(file), Contains("has no tensor 'a.bn."));
  save(file, {{"layer.weight", torch::ones({2, 2})}});
  CHECK_THROWS_WITH(inception_features(file), Contains("lacks weights of Inception-v3"));
}

TEST_CASE("a TorchScript Inception is given bytes and its flag", "[metrics][unit]") {
  const TempFolder folder;
  save_script(folder / "inception.pt",
              "def forward(self, x, return_features: bool = False):\n"
              "  assert x.element_size() == 1 and return_features\n"
              "  return x.float().mean([1, 2, 3]).unsqueeze(1).expand(-1, 2048)\n");
  const auto extractor = inception_features(folder / "inception.pt");
  CHECK(extractor.name == "inception-v3 (TorchScript)");
  const auto found = extractor.features(two_frames());
  REQUIRE(found.sizes() == at::IntArrayRef({2, 2048}));
  const auto means = ((two_frames() + 1) * 127.5).mean({0, 1, 3, 4});
  CHECK(torch::allclose(found.select(1, 7), means, 1e-5, 1e-3));
  save_script(folder / "logits.pt", "def forward(self, x):\n  return x.float().mean([2, 3])\n");
  CHECK_THROWS_WITH(inception_features(folder / "logits.pt").features(two_frames()), Contains("[2, 2048]"));
}

}  // namespace inception_features_test
