#include "flashmotion/wan/dit_experts.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/laws.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <limits>

namespace dit_experts_test {

using flashmotion::DenoiseRequest;
using flashmotion::Tensor;
using flashmotion::wan::DitExperts;
using flashmotion::wan::DitGenerator;

DitGenerator filled(double a) {
  DitGenerator dit(tiny_dit::config(), 1);
  tiny_dit::fill_(dit.named_tensors(), a);
  return dit;
}

DenoiseRequest request_at(const Tensor& sigma) {
  DenoiseRequest request;
  request.latent = tiny_dit::latent().expand({sigma.size(0), -1, -1, -1, -1});
  request.sigma = sigma;
  request.text.tokens = tiny_dit::text().expand({sigma.size(0), -1, -1});
  return request;
}

TEST_CASE("the expert for high noise is used from the boundary on", "[wan][unit]") {
  auto high = filled(0.05);
  auto low = filled(0.08);
  DitExperts experts(high, low, 0.9);
  for (const float sigma : {1.0F, 0.95F, 0.9F, 0.899F, 0.5F, 0.0F}) {
    INFO(sigma);
    const auto request = request_at(torch::full({1}, sigma));
    auto& wanted = sigma >= 0.9F ? high : low;
    CHECK_THAT(experts.denoise(request).prediction, compare::equal_to(wanted.denoise(request).prediction));
  }
  const auto image = request_at(torch::tensor({0.0F, 0.95F, 0.95F}).unsqueeze(0));
  CHECK_THAT(experts.denoise(image).prediction, compare::equal_to(high.denoise(image).prediction));
}

TEST_CASE("the expert that is not in use is not touched", "[wan][unit]") {
  auto high = filled(0.05);
  auto low = filled(0.08);
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : low.named_tensors()) tensor.fill_(std::numeric_limits<float>::quiet_NaN());
  DitExperts experts(high, low, 0.875);
  CHECK(experts.denoise(request_at(torch::full({2}, 0.875F))).prediction.isfinite().all().item<bool>());
  CHECK(experts.denoise(request_at(torch::full({2}, 0.874F))).prediction.isnan().all().item<bool>());
}

TEST_CASE("two experts have one layout and twice the tensors", "[wan][unit]") {
  const auto high = filled(0.05);
  const DitExperts experts(high, filled(0.08), 0.9);
  CHECK((experts.spec().sites == high.spec().sites));
  const auto tensors = experts.named_tensors();
  REQUIRE(tensors.size() == 2 * high.named_tensors().size());
  CHECK(tensors.front().name == "high_noise_model.patch_embedding.weight");
  CHECK(tensors.back().name == "low_noise_model.head.head.bias");
}

TEST_CASE("a batch on both sides of the boundary and unlike experts are told", "[wan][message]") {
  DitExperts experts(filled(0.05), filled(0.08), 0.9);
  CHECK_THROWS_WITH(experts.denoise(request_at(torch::tensor({0.95F, 0.5F}))),
                    "the clips of a batch have noise levels on both sides of 0.9, where the experts change; draw the "
                    "levels of a batch from one side");
  auto config = tiny_dit::config();
  config.ffn_width = 44;
  CHECK_THROWS_AS(DitExperts(filled(0.05), DitGenerator(config, 1), 0.9), flashmotion::InputError);
}

}  // namespace dit_experts_test
