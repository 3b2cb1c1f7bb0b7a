#include "flashmotion/timing/flop_counter.hpp"

#include <ATen/record_function.h>

#include <atomic>
#include <memory>
#include <string_view>

namespace flashmotion::timing {
namespace flop_counter_detail {

std::atomic<std::int64_t> counted{0};
thread_local int depth = 0;  // of operations that are counted whole, so that what they call is not counted again

std::int64_t numel(const std::vector<std::int64_t>& shape, std::size_t from = 0) {
  std::int64_t product = 1;
  for (std::size_t i = from; i < shape.size(); ++i) product *= shape[i];
  return product;
}

/// The shapes of the tensors among the arguments.
std::vector<std::vector<std::int64_t>> shapes_of(const at::RecordFunction& call) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const c10::IValue& input : call.inputs()) {
    if (input.isTensor() && input.toTensor().defined()) shapes.push_back(input.toTensor().sizes().vec());
  }
  return shapes;
}

bool is_product(std::string_view name) {
  return name == "aten::linear" || name == "aten::matmul" || name == "aten::mm" || name == "aten::bmm" ||
         name == "mkldnn::_linear_pointwise";
}
bool is_biased_product(std::string_view name) { return name == "aten::addmm" || name == "aten::baddbmm"; }
bool is_convolution(std::string_view name) {
  return name == "aten::conv1d" || name == "aten::conv2d" || name == "aten::conv3d" || name == "aten::convolution";
}
bool is_attention(std::string_view name) { return name == "aten::scaled_dot_product_attention"; }
// Their arguments: the incoming gradient first, then queries, keys and values.
bool is_attention_backward(std::string_view name) {
  return name.find("attention_backward") != std::string_view::npos ||
         name.find("attention_for_cpu_backward") != std::string_view::npos;
}

std::int64_t flops_of(std::string_view name, const at::RecordFunction& call) {
  const auto shapes = shapes_of(call);
  if (is_product(name) && shapes.size() > 1) {
    // `linear` takes [out, in], the others [.., in, out]: the numbers of x times the width that comes out.
    const auto& w = shapes[1];
    const bool rows = name == "aten::linear" || name == "mkldnn::_linear_pointwise";
    return 2 * numel(shapes[0]) * (w.size() < 2 ? 1 : rows ? w[0] : w.back());
  }
  if (is_biased_product(name) && shapes.size() > 2) return 2 * numel(shapes[1]) * shapes[2].back();
  if (is_attention(name) && shapes.size() > 2) {
    const auto &q = shapes[0], &k = shapes[1], &v = shapes[2];
    return 2 * (numel(q) * k[k.size() - 2] + numel(q) / q.back() * numel(v, v.size() - 2));
  }
  if (is_attention_backward(name) && shapes.size() > 3) {
    const auto &q = shapes[1], &k = shapes[2];  // five products as large as each of the two of the pass
    return 10 * numel(q) * k[k.size() - 2];
  }
  if (name == "aten::convolution_backward" && shapes.size() > 2) {
    // Of weight and input: for each number that came in as a gradient one kernel, twice.
    return 4 * numel(shapes[0]) * numel(shapes[2], 1);
  }
  return 0;
}

// Of a convolution the result's shape is known only when it has ended, and what went in only when it began.
struct Entered final : at::ObserverContext {
  bool whole = false;
  std::int64_t kernel = 0;  // numbers that each number of the result is made from; 0: counted already
};

bool counts(std::string_view name) {
  return is_product(name) || is_biased_product(name) || is_convolution(name) || is_attention(name) ||
         is_attention_backward(name) || name == "aten::convolution_backward";
}

std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction& call) {
  auto context = std::make_unique<Entered>();
  const std::string_view name = call.name();
  if (!counts(name)) return context;
  context->whole = true;
  if (depth++ > 0) return context;
  if (is_convolution(name)) {
    const auto shapes = shapes_of(call);
    if (shapes.size() > 1) context->kernel = numel(shapes[1], 1);
  } else {
    counted += flops_of(name, call);
  }
  return context;
}

void leave(const at::RecordFunction& call, at::ObserverContext* given) {
  const auto* context = static_cast<Entered*>(given);
  if (!context->whole) return;
  --depth;
  if (context->kernel == 0) return;
  std::int64_t results = 0;
  for (const c10::IValue& output : call.outputs()) {
    if (output.isTensor()) results += output.toTensor().numel();
  }
  counted += 2 * results * context->kernel;
}

}  // namespace flop_counter_detail

FlopCounter::FlopCounter() {
  flop_counter_detail::counted = 0;
  handle_ = at::addGlobalCallback(at::RecordFunctionCallback(flop_counter_detail::enter, flop_counter_detail::leave)
                                      .needsInputs(true)
                                      .needsOutputs(true)
                                      .scopes({at::RecordScope::FUNCTION}));
}

FlopCounter::~FlopCounter() { at::removeCallback(handle_); }

std::int64_t FlopCounter::count() { return flop_counter_detail::counted; }

}  // namespace flashmotion::timing
