#include "flashmotion/nn/block.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <torch/torch.h>

#include <vector>

// Golden G4: the classification branch that Self-Forcing puts on the transformer, built from the library's pieces. Our
// own heads are of another design; this proves what they stand on, the taps and the pieces.

namespace dit_gan_test {

using flashmotion::Tensor;
namespace nn = flashmotion::nn;

// A token asks the hidden state of one block.
class GanAttentionBlockImpl : public torch::nn::Module {
 public:
  GanAttentionBlockImpl() : norm3_(24, 1e-6), cross_attn_(24, 2, 1e-6) {
    register_module("norm3", norm3_);
    register_module("cross_attn", cross_attn_);
    ffn_->push_back(nn::Linear(24, 40));
    ffn_->push_back(torch::nn::GELU(torch::nn::GELUOptions().approximate("tanh")));
    ffn_->push_back(nn::Linear(40, 24));
    register_module("ffn", ffn_);
  }
  Tensor forward(const Tensor& token, const Tensor& hidden) {
    const Tensor asked = token + cross_attn_(token, nn::AttentionInput{.context = norm3_(hidden)});
    const Tensor inner = ffn_->at<nn::LinearImpl>(0).forward(at::layer_norm(asked, {24}, {}, {}, 1e-6));
    return asked + ffn_->at<nn::LinearImpl>(2).forward(at::gelu(inner, "tanh"));
  }

 private:
  nn::LayerNorm norm3_;
  nn::Attention cross_attn_;
  torch::nn::ModuleList ffn_;
};
TORCH_MODULE(GanAttentionBlock);

class GanBranch : public torch::nn::Module {
 public:
  GanBranch() : rms_norm_(24, 1e-6) {
    const auto registers = register_module("_register_tokens", std::make_shared<torch::nn::Module>());
    tokens_ = registers->register_parameter("register_tokens", torch::zeros({3, 24}));
    registers->register_module("rms_norm", rms_norm_);
    for (int i = 0; i < 3; ++i) blocks_->push_back(GanAttentionBlock());
    register_module("_gan_ca_blocks", blocks_);
    prediction_->push_back(nn::LayerNorm(72, 1e-5));
    prediction_->push_back(nn::Linear(72, 24));
    prediction_->push_back(torch::nn::SiLU());
    prediction_->push_back(nn::Linear(24, 1));
    register_module("_cls_pred_branch", prediction_);
  }
  Tensor forward(const std::vector<Tensor>& taps) {
    const Tensor tokens = rms_norm_(tokens_);
    std::vector<Tensor> found;
    for (std::size_t i = 0; i < 3; ++i) {
      const Tensor token = tokens[static_cast<std::int64_t>(i)].expand({taps[i].size(0), 1, 24});
      found.push_back(blocks_->at<GanAttentionBlockImpl>(i).forward(token, taps[i]));
    }
    const Tensor all = prediction_->at<nn::LayerNormImpl>(0).forward(at::cat(found, 1).flatten(1));
    return prediction_->at<nn::LinearImpl>(3).forward(at::silu(prediction_->at<nn::LinearImpl>(1).forward(all)));
  }

 private:
  nn::RmsNorm rms_norm_;
  Tensor tokens_;  // [3, D]
  torch::nn::ModuleList blocks_, prediction_;
};

TEST_CASE("golden G4: logits of a classification branch on blocks 13, 21 and 29", "[wan][golden]") {
  auto config = tiny_dit::config();
  config.blocks = 30;
  flashmotion::wan::DitGenerator dit(config, 1);
  tiny_dit::fill_(dit.named_tensors(), 0.05);
  GanBranch branch;
  tiny_dit::fill_(nn::named_tensors(branch), 0.3);

  flashmotion::DenoiseRequest request;
  request.latent = torch::cat({tiny_dit::latent(), tiny_dit::seq({1, 4, 3, 4, 6}, 0.07, 0.9)});
  request.sigma = torch::full({2}, 0.624F);
  request.text.tokens = tiny_dit::text().expand({2, -1, -1});
  const std::vector<std::int64_t> taps{13, 21, 29};
  request.taps = taps;
  const torch::NoGradGuard no_grad;
  const auto result = dit.denoise(request);
  CHECK(result.prediction.sum().item<double>() == Approx(18.360646).margin(1e-3));
  CHECK(result.prediction.abs().sum().item<double>() == Approx(274.437068).margin(1e-3));
  CHECK_THAT(branch.forward(result.taps).squeeze(1),
             compare::close_to(torch::tensor({-1.4752238F, -1.4775611F}), {2e-5, 0}));
}

}  // namespace dit_gan_test
