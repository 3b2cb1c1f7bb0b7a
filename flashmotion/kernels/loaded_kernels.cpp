#include "flashmotion/kernels/loaded_kernels.hpp"

#include "flashmotion/base/sibling_library.hpp"

namespace flashmotion::cuda {
namespace {

const KernelTable* find_table() {
  using Entry = const KernelTable* (*)();
  const auto entry = reinterpret_cast<Entry>(sibling_function("libflashmotion_cuda.so", "flashmotion_cuda_kernels"));
  const KernelTable* table = entry == nullptr ? nullptr : entry();
  return table != nullptr && table->version == kTableVersion ? table : nullptr;
}

}  // namespace

const KernelTable* loaded_kernels() {
  static const KernelTable* found = find_table();
  return found;
}

}  // namespace flashmotion::cuda
