#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// A TorchScript program, as `torch.jit.save` writes it: a network with its code, which runs without Python. It runs on
/// the CPU, in evaluation mode, without gradients, and unoptimised, so that its first call gives what all later ones
/// give. A program can do what TorchScript can, so take it from those whom you trust. Copies share.
class FLASHMOTION_EXPORT ScriptModule {
 public:
  /// A value by the name of its argument.
  using Flags = std::vector<std::pair<std::string, bool>>;

  /// Reads a file whole and checks its checksums before LibTorch sees it. Throws InputError when it is missing,
  /// damaged, not TorchScript (with the way out where it holds weights alone) or a program without `forward`.
  explicit ScriptModule(const std::filesystem::path& file);

  [[nodiscard]] const std::filesystem::path& path() const noexcept;
  /// Digest of the file's bytes.
  [[nodiscard]] const std::string& sha256() const noexcept;
  /// Whether `forward` has an argument of this name.
  [[nodiscard]] bool takes(std::string_view argument) const;
  /// `forward` of some tensors and flags. Throws InputError with the program's own words when it fails, or returns
  /// anything but one tensor of numbers.
  [[nodiscard]] Tensor operator()(const std::vector<Tensor>& inputs, const Flags& flags = {}) const;

  /// Whether a file is an archive with a program in it, to go by its directory; damaged files are not.
  [[nodiscard]] static bool is_program(const std::filesystem::path& file);

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

}  // namespace flashmotion
