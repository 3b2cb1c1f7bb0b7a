#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::wan {

/// A padded batch, as the text encoder takes it.
struct TokenBatch {
  Tensor ids;   // [B, L] int64
  Tensor mask;  // [B, L] int64, 1 for a token, 0 for padding
};

/// The SentencePiece tokenizer of UMT5: pieces, then the end id 1, then padding with id 0. Ids are those of the model
/// file; what it has no piece for becomes bytes when the file has byte pieces, and the unknown id otherwise. A piece
/// for control, such as `</s>`, or a sentinel `<extra_id_N>` that stands in the text counts as that token, as in the
/// reference. Copies share the model.
class FLASHMOTION_EXPORT Tokenizer {
 public:
  /// `path` is a SentencePiece file or a folder that holds `spiece.model`. Prompts become `length` tokens. Throws
  /// InputError when the file is missing, is damaged, or is no SentencePiece model with these ids.
  explicit Tokenizer(const std::filesystem::path& path, std::int64_t length = 512, std::int64_t sentinels = 300);

  /// Ids of one prompt, the end id included; neither cut nor padded. Throws InputError when the text is not UTF-8 or
  /// holds a NUL byte.
  [[nodiscard]] std::vector<std::int64_t> tokenize(std::string_view text) const;

  /// One row a prompt. One that has more than `length` tokens keeps the first `length - 1` and the end id, as in the
  /// reference. Texts are taken as they are: clean them first with `clean_prompt`.
  [[nodiscard]] TokenBatch encode(std::span<const std::string> prompts) const;

  /// Rows that the text encoder's token table needs at least: the pieces and the sentinels.
  [[nodiscard]] std::int64_t vocabulary() const;
  [[nodiscard]] std::int64_t length() const { return length_; }

 private:
  struct Model;
  std::shared_ptr<const Model> model_;
  std::int64_t length_;
};

}  // namespace flashmotion::wan
