#include "flashmotion/data/word_embedder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <utility>

namespace flashmotion {

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 'A' && byte <= 'Z') {
      word += static_cast<char>(byte - 'A' + 'a');
    } else if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte > 127) {
      word += c;
    } else {
      finish();
    }
  }
  finish();
  return words;
}

WordEmbedder::WordEmbedder(const WordEmbedderConfig& config) : config_(config) {
  if (config.width < 1 || config.length < 1) {
    throw InputError(
        fmt::format("width {} and length {} of the word embedder must be 1 or more", config.width, config.length));
  }
}

Tensor WordEmbedder::embed(std::span<const std::string> prompts) const {
  const at::NoGradGuard no_grad;
  auto tokens = at::zeros({static_cast<std::int64_t>(prompts.size()), config_.length, config_.width});
  std::map<std::string, Tensor, std::less<>> known;
  const auto vector_of = [&](const std::string& stream) {
    auto& vector = known[stream];
    if (!vector.defined()) vector = Rng(0, stream).normal({config_.width});
    return vector;
  };
  for (std::size_t b = 0; b < prompts.size(); ++b) {
    const auto words = split_words(prompts[b]);
    const auto count = std::min(words.size(), static_cast<std::size_t>(config_.length));
    for (std::size_t i = 0; i < count; ++i) {
      const auto token = vector_of("word:" + words[i]) + 0.5 * vector_of(fmt::format("position:{}", i));
      tokens[static_cast<std::int64_t>(b)][static_cast<std::int64_t>(i)].copy_(token);
    }
  }
  return tokens;
}

}  // namespace flashmotion
