#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>

// Sums over GPUs, in a library of its own that is loaded when processes compute on GPUs: LibTorch's NCCL lies in its
// CUDA side, which the toolkit's library does not link.

namespace flashmotion::nccl {

inline constexpr const char* kLibrary = "libflashmotion_nccl.so";
inline constexpr const char* kFunction = "flashmotion_make_nccl";

/// What is needed of the other side.
struct Meeting {
  c10::intrusive_ptr<c10d::Store> store;  // where the processes meet
  int rank;
  int size;
  std::chrono::milliseconds exchange;  // the longest that one sum may take
};

/// The library's only function, `flashmotion_make_nccl`: NCCL over these processes, one reference to it, as
/// `intrusive_ptr::release` gives it. Nothing is sent before the first sum. Throws c10::Error.
using MakeFunction = c10d::Backend* (*)(const Meeting&);

}  // namespace flashmotion::nccl
