#include "flashmotion/processes/equality.hpp"

#include <torch/torch.h>

#include <bit>
#include <cstddef>
#include <cstring>

namespace flashmotion {

std::uint64_t quick_digest(const Tensor& tensor) {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15ULL;
  const Tensor flat = tensor.detach().cpu().contiguous();
  const auto* bytes = static_cast<const unsigned char*>(flat.const_data_ptr());
  std::size_t left = flat.nbytes();
  std::uint64_t hash = kPrime ^ left;
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), bytes += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    hash = std::rotl((hash ^ word) * kPrime, 29);
  }
  for (; left > 0; --left, ++bytes) hash = std::rotl((hash ^ *bytes) * kPrime, 29);
  return (hash ^ (hash >> 32U)) * kPrime;
}

std::string first_difference(Processes& processes, const NamedTensors& tensors) {
  if (processes.alone() || tensors.empty()) return {};
  const auto count = static_cast<std::int64_t>(tensors.size());
  // The largest digest and the largest of their complements: equal in one process only if equal in all.
  const Tensor both = torch::zeros({2, count}, torch::kLong);
  auto* const digest = both.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    digest[i] = static_cast<std::int64_t>(quick_digest(tensors[i].tensor));
    digest[tensors.size() + i] = ~digest[i];
  }
  processes.max_(both);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (digest[i] != ~digest[tensors.size() + i]) return tensors[i].name;
  return {};
}

void broadcast_values(Processes& processes, const NamedTensors& tensors) {
  if (processes.alone()) return;
  const torch::NoGradGuard no_grad;
  for (const NamedTensor& item : tensors) {
    if (item.tensor.numel() == 0) continue;
    const Tensor flat = item.tensor.detach().cpu().contiguous().reshape({-1});
    processes.broadcast_(flat.view(torch::kByte));
    Tensor target = item.tensor.detach();
    target.copy_(flat.view(item.tensor.sizes()));
  }
}

}  // namespace flashmotion
