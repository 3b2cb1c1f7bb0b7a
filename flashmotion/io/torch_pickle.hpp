#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/mapped_file.hpp"
#include "flashmotion/io/tensor_outline.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace flashmotion {

/// A value of a pickled checkpoint: plain values, tensors, and lists and dictionaries of them. Bytes come as a
/// std::string, as texts do. Copies share.
class FLASHMOTION_EXPORT PickleValue {
 public:
  using List = std::vector<PickleValue>;
  /// In the order of the file; no key is there twice. Whole numbers as keys are written out.
  using Dictionary = std::vector<std::pair<std::string, PickleValue>>;
  using Content = std::variant<std::monostate, bool, std::int64_t, double, std::string, Tensor,
                               std::shared_ptr<const List>, std::shared_ptr<const Dictionary>>;

  PickleValue() = default;
  explicit PickleValue(Content content) : content_(std::move(content)) {}

  [[nodiscard]] const Content& content() const noexcept { return content_; }
  /// The tensor, list or dictionary; null when this is something else.
  [[nodiscard]] const Tensor* tensor() const { return std::get_if<Tensor>(&content_); }
  [[nodiscard]] const List* list() const;
  [[nodiscard]] const Dictionary* dictionary() const;
  /// The value of a key; null when there is none or this is no dictionary.
  [[nodiscard]] const PickleValue* find(std::string_view key) const;

 private:
  Content content_;
};

/// A checkpoint as `torch.save` writes it since PyTorch 1.6: a zip archive of a pickle and the numbers of its tensors.
/// The pickle is interpreted, never run: only what builds tensors and plain values is known, and everything else is an
/// InputError that names it and its byte. Tensors are views of the mapped file; those that shared memory when they were
/// saved share it here.
class FLASHMOTION_EXPORT TorchPickleFile {
 public:
  /// Throws InputError when the file is damaged, is in the older format without an archive, or wants something run.
  explicit TorchPickleFile(const std::filesystem::path& path);
  explicit TorchPickleFile(MappedFile file);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }
  /// The map that the tensors view.
  [[nodiscard]] const MappedFile& file() const noexcept { return file_; }
  [[nodiscard]] const PickleValue& root() const noexcept { return root_; }

 private:
  MappedFile file_;
  PickleValue root_;
};

/// An archive as `torch.save` writes it of bytes: what `TorchPickleFile` reads as a std::string.
[[nodiscard]] FLASHMOTION_EXPORT std::string torch_pickle_of_bytes(std::string_view bytes);

/// Writes tensors as `torch.save` writes a dictionary of them, for programs that read nothing else: names in the given
/// order, each tensor contiguous with memory of its own, at a multiple of 64 bytes. No more than one tensor is held in
/// memory; the file appears whole or not at all.
class FLASHMOTION_EXPORT TorchPickleWriter {
 public:
  /// Throws Error for a duplicate name or a type that PyTorch's pickles do not have.
  TorchPickleWriter(const std::filesystem::path& path, std::vector<TensorOutline> tensors);
  TorchPickleWriter(TorchPickleWriter&&) noexcept;
  TorchPickleWriter& operator=(TorchPickleWriter&&) = delete;
  ~TorchPickleWriter();

  /// The numbers of the next tensor, from any device and in any memory layout.
  void write(const Tensor& tensor);
  /// Gives the file its name. All tensors have been written.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flashmotion
