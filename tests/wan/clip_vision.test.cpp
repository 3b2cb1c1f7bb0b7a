#include "flashmotion/wan/clip_vision.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/nn/storage.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/test_fixtures.hpp"

#include <set>
#include <string>
#include <vector>

namespace clip_vision_test {

using compare::close_to;
using flashmotion::Tensor;
using flashmotion::wan::ClipVision;
using flashmotion::wan::ClipVisionConfig;

TEST_CASE("names and count are those of the released vision tower", "[wan][clip_vision][unit]") {
  const ClipVision tower(ClipVisionConfig{}, flashmotion::nn::Storage::deferred);
  std::set<std::string> want{"visual.patch_embedding.weight", "visual.cls_embedding", "visual.pos_embedding",
                             "visual.head"};
  const auto with_bias = [&](const std::string& name) {
    want.insert(name + ".weight");
    want.insert(name + ".bias");
  };
  with_bias("visual.pre_norm");
  with_bias("visual.post_norm");
  for (int i = 0; i < 32; ++i) {
    for (const char* part : {"norm1", "attn.to_qkv", "attn.proj", "norm2", "mlp.0", "mlp.2"}) {
      with_bias("visual.transformer." + std::to_string(i) + "." + part);
    }
  }
  std::set<std::string> have;
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tower.named_tensors()) {
    have.insert(name);
    count += tensor.numel();
  }
  CHECK(have == want);
  CHECK(count == 632'076'800);
  CHECK(tower.tokens() == 257);
}

TEST_CASE("pixels and tokens are those of the public reference", "[wan][clip_vision][golden]") {
  ClipVisionConfig config;
  config.image_size = 28;
  config.patch = 7;
  config.width = 24;
  config.ffn_width = 48;
  config.heads = 2;
  config.blocks = 4;
  config.output_width = 12;
  const ClipVision tower(config);
  const auto folder = kept_fixture("clip_vision_original_keys");
  flashmotion::load_into(flashmotion::SafetensorsFile(folder / "model.safetensors"), tower.named_tensors());
  const flashmotion::SafetensorsFile inputs(folder / "inputs.safetensors");
  const flashmotion::SafetensorsFile expected(folder / "expected.safetensors");
  constexpr compare::Tolerance kTolerance{5e-5, 1e-4};  // stated by the fixture

  const Tensor pixels = flashmotion::wan::clip_preprocess(inputs.tensor("image"), 28);
  CHECK_THAT(pixels, close_to(expected.tensor("pixels"), kTolerance));
  std::vector<Tensor> blocks;
  const Tensor tokens = tower.encode(pixels, &blocks);
  REQUIRE(blocks.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_THAT(blocks[i], close_to(expected.tensor("block." + std::to_string(i)), kTolerance));
  }
  CHECK_THAT(tokens, close_to(expected.tensor("tokens"), kTolerance));
  CHECK_THAT(tower.embed(inputs.tensor("image")), close_to(expected.tensor("tokens"), kTolerance));
}

TEST_CASE("a picture of one colour is that colour after preprocessing", "[wan][clip_vision][unit]") {
  const Tensor grey = flashmotion::wan::clip_preprocess(torch::zeros({1, 3, 30, 50}), 28);
  REQUIRE(grey.sizes() == at::IntArrayRef({1, 3, 28, 28}));
  const Tensor want = torch::tensor(
      {(0.5F - 0.48145466F) / 0.26862954F, (0.5F - 0.4578275F) / 0.26130258F, (0.5F - 0.40821073F) / 0.27577711F});
  CHECK_THAT(grey, close_to(want.view({1, 3, 1, 1}).expand_as(grey)));
}

TEST_CASE("wrong pictures and configurations are told", "[wan][clip_vision][message]") {
  ClipVisionConfig config;
  config.image_size = 28;
  config.width = 16;
  config.heads = 2;
  config.blocks = 2;
  const ClipVision tower(config);
  CHECK_THROWS_WITH(tower.encode(torch::zeros({1, 3, 28, 30})),
                    "The pixels of a vision tower are [B, 3, 28, 28]; prepare pictures of another size with "
                    "'clip_preprocess'");
  CHECK_THROWS_AS(tower.embed(torch::zeros({3, 28, 28})), flashmotion::ShapeError);
  config.patch = 13;
  CHECK_THROWS_WITH(ClipVision(config), "'patch' is 13 and does not divide 'image_size' 28");
}

}  // namespace clip_vision_test
