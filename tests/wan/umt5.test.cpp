#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/nn/storage.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/test_fixtures.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <set>
#include <string>
#include <vector>

namespace umt5_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::SafetensorsFile;
using flashmotion::Tensor;
using flashmotion::wan::Umt5Config;
using flashmotion::wan::Umt5Encoder;
using flashmotion::wan::Umt5Request;

Umt5Config golden_config() {
  Umt5Config c;
  c.vocabulary = 20;
  c.width = 16;
  c.attention_width = 16;
  c.ffn_width = 24;
  c.heads = 4;
  c.blocks = 2;
  return c;
}

Umt5Request golden_request() {
  Umt5Request request;
  request.ids = torch::tensor({{3, 7, 1, 12, 19, 5, 1, 0, 0, 0}}, torch::kLong);
  request.mask = request.ids.ne(0).to(torch::kLong);
  return request;
}

Umt5Encoder golden_encoder() {
  Umt5Encoder encoder(golden_config());
  tiny_dit::fill_(encoder.named_tensors());
  return encoder;
}

TEST_CASE("distances fall into the buckets of the reference", "[wan][umt5][golden]") {
  const Tensor distance = torch::tensor(
      {-200, -128, -100, -64, -20, -16, -12, -8, -7, -1, 0, 1, 7, 8, 12, 16, 20, 64, 100, 128, 200}, torch::kLong);
  const Tensor want =
      torch::tensor({15, 15, 15, 14, 10, 10, 9, 8, 7, 1, 0, 17, 23, 24, 25, 26, 26, 30, 31, 31, 31}, torch::kLong);
  CHECK_THAT(flashmotion::wan::relative_position_bucket(distance, 32, 128), equal_to(want));
}

TEST_CASE("the tiny encoder gives the golden vector", "[wan][umt5][golden]") {
  const Tensor rows = golden_encoder().encode(golden_request()).hidden[0].narrow(0, 0, 7);
  CHECK(rows.sum().item<double>() == Approx(4.518513).margin(1e-3));
  CHECK(rows.abs().sum().item<double>() == Approx(98.526145).margin(1e-3));
  const Tensor first =
      torch::tensor({.282536F, .382737F, .840790F, 1.554217F, .983857F, 1.678006F, .835419F, .783717F});
  CHECK_THAT(rows.flatten().narrow(0, 0, 8), close_to(first, {2e-5, 0}));
}

TEST_CASE("the encoder agrees with the public reference", "[wan][umt5][golden]") {
  const auto folder = test_fixtures("umt5_original_keys");
  if (!folder) FLASHMOTION_SKIP("the numeric fixtures are not there");
  Umt5Config config;
  config.vocabulary = 61;
  config.width = 32;
  config.attention_width = 24;
  config.ffn_width = 44;
  config.heads = 4;
  config.blocks = 2;
  const Umt5Encoder encoder(config);
  flashmotion::load_into(SafetensorsFile(*folder / "model.safetensors"), encoder.named_tensors());
  const SafetensorsFile inputs(*folder / "inputs.safetensors");
  const SafetensorsFile expected(*folder / "expected.safetensors");
  constexpr compare::Tolerance kTolerance{5e-5, 1e-4};  // stated by the fixture

  Umt5Request request{inputs.tensor("input_ids"), inputs.tensor("attention_mask"), true, true};
  const auto full = encoder.encode(request);
  REQUIRE(full.blocks.size() == 2);
  CHECK_THAT(full.blocks[0], close_to(expected.tensor("block.0"), kTolerance));
  CHECK_THAT(full.blocks[1], close_to(expected.tensor("block.1"), kTolerance));
  CHECK_THAT(full.hidden, close_to(expected.tensor("last_hidden_state"), kTolerance));
  CHECK_THAT(full.zeroed, close_to(expected.tensor("last_hidden_state_zeroed"), kTolerance));

  request.padding_rows = request.block_outputs = false;
  const auto trimmed = encoder.encode(request);
  CHECK_THAT(trimmed.hidden, close_to(expected.tensor("last_hidden_state_zeroed"), kTolerance));
  CHECK_THAT(trimmed.zeroed, equal_to(trimmed.hidden));
}

TEST_CASE("leaving out padding changes no token", "[wan][umt5][law]") {
  const Umt5Encoder encoder = golden_encoder();
  Umt5Request request = golden_request();
  // Two prompts of other lengths, a gap amid the tokens, and nothing but padding.
  request.ids = torch::cat({request.ids, torch::full({3, 10}, 4, torch::kLong)});
  request.mask = torch::tensor({{1, 1, 1, 1, 1, 1, 1, 0, 0, 0},
                                {1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
                                {1, 0, 1, 1, 0, 1, 0, 0, 0, 0},
                                {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
                               torch::kLong);
  const Tensor trimmed = encoder.encode(request).zeroed;
  request.padding_rows = true;
  CHECK_THAT(trimmed, close_to(encoder.encode(request).zeroed));
  CHECK_THAT(trimmed[3], equal_to(torch::zeros({10, 16})));
}

TEST_CASE("the encoder computes in the type of its weights", "[wan][umt5][unit]") {
  const Umt5Encoder encoder = golden_encoder();
  const Tensor wide = encoder.encode(golden_request()).zeroed;
  for (auto& [name, tensor] : encoder.named_tensors()) tensor.set_data(tensor.to(torch::kBFloat16));
  const Tensor narrow = encoder.encode(golden_request()).zeroed;
  CHECK_THAT(narrow, close_to(wide.to(torch::kBFloat16), {5e-2, 5e-2}));
}

TEST_CASE("names and count are those of the released text encoder", "[wan][umt5][unit]") {
  const Umt5Config c;
  const auto tensors = Umt5Encoder(c, flashmotion::nn::Storage::deferred).named_tensors();
  std::set<std::string> want{"token_embedding.weight", "norm.weight"};
  for (int i = 0; i < 24; ++i) {
    for (const char* part : {"norm1", "attn.q", "attn.k", "attn.v", "attn.o", "norm2", "ffn.gate.0", "ffn.fc1",
                             "ffn.fc2", "pos_embedding.embedding"}) {
      want.insert("blocks." + std::to_string(i) + "." + part + ".weight");
    }
  }
  std::set<std::string> have;
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors) {
    have.insert(name);
    count += tensor.numel();
  }
  CHECK(tensors.size() == 242);
  CHECK(have == want);
  const std::int64_t block = 4 * c.width * c.attention_width + 3 * c.width * c.ffn_width + 2 * c.width + 32 * 64;
  CHECK(count == c.vocabulary * c.width + 24 * block + c.width);
  CHECK(count == 5'680'910'336);
}

TEST_CASE("wrong text input is told", "[wan][umt5][message]") {
  const Umt5Encoder encoder = golden_encoder();
  Umt5Request request = golden_request();
  request.ids = request.ids + 1;
  CHECK_THROWS_WITH(
      encoder.encode(request),
      "Token id 20 lies outside of the vocabulary of 20; tokenizer and text encoder do not belong together");
  request.mask = request.mask.narrow(1, 0, 4);
  CHECK_THROWS_AS(encoder.encode(request), flashmotion::ShapeError);
  Umt5Config config = golden_config();
  config.heads = 3;
  CHECK_THROWS_WITH(Umt5Encoder(config), "'heads' is 3 and does not divide 'attention_width' 16; change one of them");
}

}  // namespace umt5_test
