#include "flashmotion/data/word_embedder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <string>
#include <vector>

namespace word_embedder_test {

using flashmotion::WordEmbedder;
static_assert(flashmotion::Configurable<WordEmbedder>);

torch::Tensor embed(const std::vector<std::string>& prompts) { return WordEmbedder().embed(prompts); }

TEST_CASE("texts are split into lower-case words", "[data][unit]") {
  CHECK(flashmotion::split_words(" Red disc,BLUE-square 2x") ==
        std::vector<std::string>{"red", "disc", "blue", "square", "2x"});
  CHECK(flashmotion::split_words(", .").empty());
  CHECK(flashmotion::split_words("K\xc3\xa4se").size() == 1);
}

TEST_CASE("prompts become padded rows of tokens", "[data][unit]") {
  const auto tokens = embed({"red disc, blue square", "", "a b c d e f g h i j"});
  CHECK(tokens.sizes() == at::IntArrayRef({3, 8, 32}));
  CHECK(tokens[0].slice(0, 4).abs().sum().item<float>() == 0);
  CHECK(tokens[0].slice(0, 0, 4).abs().sum(1).min().item<float>() > 1);
  CHECK(tokens[1].abs().sum().item<float>() == 0);
  CHECK(tokens[2].abs().sum(1).min().item<float>() > 1);
}

TEST_CASE("a word has the same vector everywhere but for its position", "[data][unit]") {
  const auto one = embed({"red disc"}), two = embed({"RED square", "disc red"});
  CHECK(one[0][0].equal(two[0][0]));
  CHECK_FALSE(one[0][1].equal(two[0][1]));
  const auto shift = one[0][1] - two[1][0];  // "disc" at 1 and at 0
  CHECK((shift - (two[1][1] - two[0][0])).abs().max().item<float>() < 1e-5F);
  CHECK(shift.abs().sum().item<float>() > 1);
}

TEST_CASE("token vectors have the stated variance", "[data][unit]") {
  std::vector<std::string> prompts;
  for (int i = 0; i < 400; ++i) prompts.push_back("word" + std::to_string(i));
  const auto first = embed(prompts).select(1, 0);
  CHECK((first - first.mean(0)).square().mean().item<double>() == Approx(1).margin(0.05));
}

TEST_CASE("an embedder without room is refused", "[data][message]") {
  CHECK_THROWS_AS(WordEmbedder({.width = 0, .length = 8}), flashmotion::InputError);
}

}  // namespace word_embedder_test
