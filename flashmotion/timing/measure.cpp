#include "flashmotion/timing/measure.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/peak_memory.hpp"
#include "flashmotion/timing/flop_counter.hpp"

#include <ATen/DeviceAccelerator.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <chrono>

namespace flashmotion::timing {
namespace measure_detail {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.empty() ? 0.0 : *middle;
}

}  // namespace measure_detail

double Measurement::median() const { return measure_detail::median_of(seconds); }

Measurement measure(Workload& work, const c10::Device& device, std::int64_t runs, const StopFlag& stop,
                    const std::function<void()>& after) {
  using namespace measure_detail;
  Measurement found;
  {
    const FlopCounter counter;
    work.run();
    synchronise(device);
    found.flops = FlopCounter::count();
  }
  stop.throw_if_stopped();
  work.run();
  synchronise(device);
  forget_peak_memory(device);
  std::vector<Parts> parts;
  std::vector<double> given;
  for (std::int64_t i = 0; i < runs; ++i) {
    stop.throw_if_stopped();
    const double began = now();
    work.run();
    given.push_back(now() - began);
    synchronise(device);
    found.seconds.push_back(now() - began);
    parts.push_back(work.parts());
    after();
  }
  found.peak_memory = flashmotion::peak_memory(device);
  found.enqueue = median_of(given);
  for (std::size_t p = 0; !parts.empty() && p < parts.front().size(); ++p) {
    std::vector<double> values;
    values.reserve(parts.size());
    for (const Parts& run : parts) values.push_back(run[p].second);
    found.parts.emplace_back(parts.front()[p].first, median_of(values));
  }
  return found;
}

double matrix_peak(const c10::Device& device, at::ScalarType dtype) {
  using namespace measure_detail;
  const at::NoGradGuard no_grad;
  const std::int64_t size = device.is_cpu() ? 2048 : 8192;
  const auto options = at::TensorOptions().device(device).dtype(dtype);
  const Tensor a = at::randn({size, size}, options), b = at::randn({size, size}, options);
  const int products = device.is_cpu() ? 1 : 10;  // between two looks at the clock
  double best = 0.0;
  for (int round = 0; round < 6; ++round) {
    const double began = now();
    for (int i = 0; i < products; ++i) static_cast<void>(at::matmul(a, b));
    synchronise(device);
    const auto side = static_cast<double>(size);
    if (round > 0) best = std::max(best, products * 2.0 * side * side * side / (now() - began));
  }
  return best;
}

}  // namespace flashmotion::timing
