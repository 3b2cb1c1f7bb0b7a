#pragma once

#include <string>
#include <string_view>
#include <vector>

// SentencePiece, in a library of its own that is loaded when it is first used. Both it and LibTorch's libc10 have a
// variable `FLAGS_minloglevel`, of other types and sizes: loaded side by side, one writes over what follows the other's
// (a mutex that TorchScript takes). The library is therefore loaded so that it finds its own names first.

namespace flashmotion::wan {

/// A SentencePiece model.
class Pieces {
 public:
  Pieces() = default;
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;
  virtual ~Pieces() = default;

  /// What is wrong with the bytes of a model; empty when they were taken.
  [[nodiscard]] virtual std::string load(std::string_view model) = 0;
  [[nodiscard]] virtual int count() const = 0;
  [[nodiscard]] virtual int pad_id() const = 0;
  [[nodiscard]] virtual int end_id() const = 0;
  /// Whether a piece stands for something else than its text.
  [[nodiscard]] virtual bool is_special(int id) const = 0;
  [[nodiscard]] virtual std::string piece(int id) const = 0;
  /// Ids of a text's pieces; what went wrong, empty when nothing did.
  [[nodiscard]] virtual std::string encode(std::string_view text, std::vector<int>& ids) const = 0;
};

/// The library's only function, `flashmotion_make_pieces`: an empty model, for the caller to delete.
using MakePieces = Pieces* (*)();

}  // namespace flashmotion::wan
