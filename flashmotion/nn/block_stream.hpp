#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"
#include "flashmotion/io/mapped_file.hpp"
#include "flashmotion/nn/packed_weight.hpp"

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace flashmotion::nn {

struct BlockStreamOptions {
  c10::Device device{c10::kCPU};         // that computes
  at::ScalarType dtype = at::kBFloat16;  // that it computes in
  WeightFormat format = WeightFormat::plain;
  std::int64_t resident = 0;  // blocks whose weights stay on the device, evenly spread; the others wait on the host
};

/// Keeps the matrices of a network's blocks packed, away from the device, or both, and brings those of a block to the
/// device before it is run. On a GPU the next block's are on their way while a block computes; on a CPU what lies in a
/// file is asked of the system ahead of time, and given back after use. A block computes with the same numbers wherever
/// they waited.
///
/// The network must run its blocks one at a time. A way back through a block needs its weights as they were in its
/// pass, so it works with activation checkpointing alone.
class FLASHMOTION_EXPORT BlockStream {
 public:
  /// For a network of so many blocks.
  BlockStream(std::int64_t blocks, const BlockStreamOptions& options);
  ~BlockStream();
  BlockStream(const BlockStream&) = delete;
  BlockStream& operator=(const BlockStream&) = delete;

  /// The block that a weight belongs to, `blocks.3.ffn.0.weight`, when it is one of the matrices that are streamed; -1
  /// otherwise.
  [[nodiscard]] static std::int64_t block_of(std::string_view name, const Tensor& weight);

  /// Takes a matrix over: a parameter of a network, which holds numbers on the CPU. `file` is what these are mapped
  /// from, null when they are not. Blocks have the same matrices in the same order. The parameter has numbers only
  /// while its block is run, unless they lie ready in its own type.
  void add(std::int64_t block, const Tensor& parameter, std::shared_ptr<const MappedFile> file);

  /// The block is going to be run: puts its weights into its parameters.
  void enter(std::int64_t block);

  /// Of the weights and of the places that they are brought to.
  [[nodiscard]] std::int64_t bytes_on_device() const;
  [[nodiscard]] std::int64_t bytes_on_host() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What streaming takes on the device for a network of `blocks` blocks with `matrices` numbers in each: packed weights
/// of `resident` blocks, and the places where blocks are brought to.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t streamed_bytes(std::int64_t blocks, std::int64_t matrices,
                                                             const BlockStreamOptions& options);

}  // namespace flashmotion::nn
