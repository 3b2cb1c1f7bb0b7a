#include "flashmotion/nn/product.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/torch.h>

#include <optional>
#include <string_view>

namespace flashmotion::nn {
namespace product_detail {

// Below this many multiplications the time to look a primitive up tells.
constexpr std::int64_t kLarge = std::int64_t{1} << 25;

bool fits_onednn(const Tensor& x, const Tensor& weight) {
  return x.scalar_type() == torch::kFloat && x.device().is_cpu() && x.numel() * weight.size(0) >= kLarge &&
         at::globalContext().userEnabledMkldnn();
}

// The operator without gradients; `weight` may be a transposed view.
Tensor onednn(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  using Signature = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view,
                           c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>);
  static const auto operation =
      c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_linear_pointwise", "").typed<Signature>();
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  return operation.call(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, "none",
                        c10::List<std::optional<at::Scalar>>{}, "");
}

class OneDnnProduct : public torch::autograd::Function<OneDnnProduct> {
 public:
  // The bias is optional to LibTorch too: it takes no undefined tensor as an argument.
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias) {
    context->save_for_backward({weight.requires_grad() ? x : Tensor(), x.requires_grad() ? weight : Tensor()});
    context->saved_data["bias"] = bias.has_value();
    return onednn(x, weight, bias.value_or(Tensor()));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor gradient = gradients[0];
    Tensor to_x, to_weight, to_bias;
    if (context->needs_input_grad(0)) to_x = product(gradient, saved[1].t(), {});
    if (context->needs_input_grad(1)) {
      to_weight = product(gradient.flatten(0, -2).t(), saved[0].flatten(0, -2).t(), {});
    }
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) to_bias = gradient.flatten(0, -2).sum(0);
    return {to_x, to_weight, to_bias};
  }
};

}  // namespace product_detail

bool records_gradient(const Tensor& x) { return at::GradMode::is_enabled() && x.defined() && x.requires_grad(); }

Tensor in_type_of(const Tensor& parameter, const Tensor& x) {
  return parameter.defined() ? parameter.to(x.scalar_type()) : parameter;
}

Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor w = in_type_of(weight, x);
  const Tensor b = in_type_of(bias, x);
  if (!product_detail::fits_onednn(x, w)) return at::linear(x, w, b);
  const bool with_gradient =
      at::GradMode::is_enabled() && (x.requires_grad() || w.requires_grad() || (b.defined() && b.requires_grad()));
  return with_gradient ? product_detail::OneDnnProduct::apply(x, w, b.defined() ? std::optional(b) : std::nullopt)
                       : product_detail::onednn(x, w, b);
}

}  // namespace flashmotion::nn
