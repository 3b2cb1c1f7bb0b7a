#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/recipe/rules.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Settings of the toy text encoder.
struct WordEmbedderConfig {
  std::int64_t width = 32;  // numbers a token
  std::int64_t length = 8;  // tokens a prompt

  static void fields(auto& f, auto& c) {
    f("width", c.width, AtLeast{1}, "numbers a token");
    f("length", c.length, AtLeast{1}, "tokens a prompt");
  }
};

/// Text encoder of the toy world, without anything learned: every word is a fixed random vector of
/// unit variance, plus half of a fixed vector of its position. Any word has a vector, so there is no vocabulary.
class FLASHMOTION_EXPORT WordEmbedder {
 public:
  using Config = WordEmbedderConfig;

  /// Throws InputError when width or length is below 1.
  explicit WordEmbedder(const WordEmbedderConfig& config = {});

  [[nodiscard]] const WordEmbedderConfig& config() const { return config_; }
  /// One row of tokens a prompt, [B, length, width] float32. Short prompts end in rows of zeros, long ones are cut;
  /// an empty prompt is all zeros.
  [[nodiscard]] Tensor embed(std::span<const std::string> prompts) const;
  [[nodiscard]] Tensor operator()(std::span<const std::string> prompts) const { return embed(prompts); }

 private:
  WordEmbedderConfig config_;
};

/// Words of a text, in lower case, split at everything that is no ASCII letter or digit; bytes above 127
/// count as letters, so that words of other scripts stay whole.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> split_words(std::string_view text);

}  // namespace flashmotion
