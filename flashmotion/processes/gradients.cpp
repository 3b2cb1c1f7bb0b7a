#include "flashmotion/processes/gradients.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cstddef>

namespace flashmotion {
namespace gradients_detail {

// Fills a bucket with the gradients of [begin, end), sends it and takes them back.
void send(Processes& processes, const NamedTensors& like, std::vector<Tensor>& gradients,
          const std::vector<bool>& somewhere, std::size_t begin, std::size_t end) {
  std::int64_t numbers = 0;
  for (std::size_t i = begin; i < end; ++i) numbers += somewhere[i] ? like[i].tensor.numel() : 0;
  if (numbers == 0) return;
  // Gathered where the gradients are: one bucket goes on its way, not each of them.
  const Tensor flat = torch::zeros({numbers}, torch::device(like[begin].tensor.device()).dtype(torch::kFloat));
  const auto each = [&](auto&& use) {
    std::int64_t at = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (!somewhere[i]) continue;
      const std::int64_t count = like[i].tensor.numel();
      use(i, flat.narrow(0, at, count).view(like[i].tensor.sizes()));
      at += count;
    }
  };
  each([&](std::size_t i, const Tensor& part) {
    if (gradients[i].defined()) part.copy_(gradients[i]);
  });
  processes.sum_(flat);
  flat.div_(static_cast<double>(processes.size()));
  each([&](std::size_t i, const Tensor& part) {
    if (gradients[i].defined() && gradients[i].scalar_type() == torch::kFloat && gradients[i].is_contiguous()) {
      gradients[i].copy_(part);
    } else {
      gradients[i] = part.to(like[i].tensor.device(), torch::kFloat, /*non_blocking=*/false, /*copy=*/true);
    }
  });
}

}  // namespace gradients_detail

void mean_gradients(Processes& processes, const NamedTensors& like, std::vector<Tensor>& gradients,
                    std::int64_t bucket) {
  if (processes.alone() || like.empty()) return;
  const torch::NoGradGuard no_grad;
  const Tensor flags = torch::zeros({static_cast<std::int64_t>(like.size())}, torch::kLong);
  auto* const flag = flags.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < like.size(); ++i) flag[i] = gradients[i].defined() ? 1 : 0;
  processes.max_(flags);
  const std::vector<bool> somewhere(flag, flag + like.size());
  std::size_t begin = 0;
  while (begin < like.size()) {
    std::size_t end = begin;
    std::int64_t numbers = 0;
    while (end < like.size() && (end == begin || numbers + like[end].tensor.numel() <= bucket)) {
      numbers += somewhere[end] ? like[end].tensor.numel() : 0;
      ++end;
    }
    gradients_detail::send(processes, like, gradients, somewhere, begin, end);
    begin = end;
  }
}

}  // namespace flashmotion
