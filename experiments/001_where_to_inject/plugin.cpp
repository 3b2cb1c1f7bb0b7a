// The light injection adapter with a choice of the generator blocks after which its features are added.
#include <flashmotion/base/enum_names.hpp>
#include <flashmotion/base/error.hpp>
#include <flashmotion/nn/conv.hpp>
#include <flashmotion/nn/initialise.hpp>
#include <flashmotion/nn/linear.hpp>
#include <flashmotion/nn/video_transformer.hpp>
#include <flashmotion/plugin/export.hpp>

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace where_to_inject {

enum class Where { every_block, every_second, first_half };

}  // namespace where_to_inject

template <>
struct flashmotion::EnumNames<where_to_inject::Where> {
  static constexpr std::array values{std::pair{where_to_inject::Where::every_block, std::string_view("every_block")},
                                     std::pair{where_to_inject::Where::every_second, std::string_view("every_second")},
                                     std::pair{where_to_inject::Where::first_half, std::string_view("first_half")}};
};

namespace where_to_inject {

namespace nn = flashmotion::nn;
using flashmotion::Tensor;

struct Config {
  std::int64_t width = 96;
  std::int64_t blocks = 3;
  Where where = Where::every_block;

  static void fields(auto& f, auto& c) {
    f("width", c.width, flashmotion::Range{1, 4096}, "channels of the residual blocks");
    f("blocks", c.blocks, flashmotion::Range{0, 64}, "residual blocks, two 3x3 convolutions each");
    f("where", c.where, flashmotion::Choices<Where>{}, "generator blocks after which features are added");
  }
};

// Second, fourth, … for `every_second`: the last block is among them.
std::vector<flashmotion::Site> chosen(Where where, std::int64_t blocks) {
  std::vector<flashmotion::Site> sites;
  for (std::int64_t i = 0; i < blocks; ++i) {
    const bool taken = where == Where::every_block || (where == Where::every_second && i % 2 == 1) ||
                       (where == Where::first_half && 2 * i < blocks);
    if (taken) sites.push_back({flashmotion::SiteKind::after_block, i});
  }
  return sites;
}

// x + conv(silu(conv(silu(x)))).
class ResidualImpl : public torch::nn::Module {
 public:
  explicit ResidualImpl(std::int64_t width) : first_(width, width, 3), second_(width, width, 3) {
    register_module("first", first_);
    register_module("second", second_);
  }
  Tensor forward(const Tensor& x) { return x + second_(at::silu(first_(at::silu(x)))); }

 private:
  nn::Conv2d first_, second_;
};
TORCH_MODULE(Residual);

class Network : public torch::nn::Module {
 public:
  Network(const Config& config, const flashmotion::BuildContext& context)
      : spec_(context.generator),
        sites_(chosen(config.where, spec_.blocks)),
        embedding_(spec_.latent_channels, config.width, spec_.patch) {
    register_module("embedding", embedding_);
    for (std::int64_t i = 0; i < config.blocks; ++i) blocks_->push_back(Residual(config.width));
    register_module("blocks", blocks_);
    for (std::size_t i = 0; i < sites_.size(); ++i) outputs_->push_back(nn::Linear(config.width, spec_.width));
    register_module("outputs", outputs_);
    nn::fan_in_initialise(*this, context.seed);
    nn::zero_initialise(*outputs_);
  }

  [[nodiscard]] const std::vector<flashmotion::Site>& sites() const { return sites_; }

  flashmotion::SiteEdits forward(const Tensor& control) {
    const flashmotion::Grid grid = spec_.grid(control);
    Tensor x = embedding_(control).view({-1, grid.height, grid.width, embedding_->weight.size(0)});
    x = x.permute({0, 3, 1, 2});  // [B T, width, H, W]
    for (const auto& block : *blocks_) x = block->as<Residual>()->forward(x);
    const Tensor tokens = at::silu(x).permute({0, 2, 3, 1}).reshape({control.size(0), grid.tokens(), -1});
    flashmotion::SiteEdits edits;
    for (std::size_t i = 0; i < sites_.size(); ++i)
      edits.add.push_back({sites_[i], outputs_->at<nn::LinearImpl>(i).forward(tokens)});
    return edits;
  }

 private:
  flashmotion::GeneratorSpec spec_;
  std::vector<flashmotion::Site> sites_;
  nn::PatchEmbedding embedding_;
  torch::nn::ModuleList blocks_, outputs_;
};

class Adapter {
 public:
  using Config = where_to_inject::Config;

  Adapter(const Config& config, const flashmotion::BuildContext& context)
      : network_(std::make_shared<Network>(config, context)) {
    network_->to(context.device);
  }

  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return nn::named_tensors(*network_); }
  void set_training(bool on) { network_->train(on); }
  [[nodiscard]] std::vector<flashmotion::Site> sites(const flashmotion::GeneratorSpec& /*spec*/) const {
    return network_->sites();
  }
  [[nodiscard]] bool depends_on_noise() const { return false; }
  void initialise_from(const flashmotion::NamedTensors& /*generator*/) {}
  [[nodiscard]] flashmotion::SiteEdits edits(const flashmotion::AdapterRequest& request) {
    if (!request.control.defined())
      throw flashmotion::Error("the adapter 'where_to_inject' got no control latent; give the clip a trajectory");
    return network_->forward(request.control);
  }

 private:
  std::shared_ptr<Network> network_;
};
static_assert(flashmotion::Adapter<Adapter>);

}  // namespace where_to_inject

FLASHMOTION_PLUGIN("where_to_inject", "0.1.0",
                   flashmotion::adapter<where_to_inject::Adapter>(
                       "where_to_inject",
                       "the injection adapter after every, every second or the first half of blocks"));
