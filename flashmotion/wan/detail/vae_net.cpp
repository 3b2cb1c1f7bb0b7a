#include "flashmotion/wan/detail/vae_net.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace flashmotion::wan::vae_detail {
namespace net {

bool is_wan22(const VaeConfig& c) { return c.version == VaeVersion::wan22; }
std::int64_t pixel_channels(const VaeConfig& c) { return is_wan22(c) ? 12 : 3; }

// Where the layers of a level are registered: Wan 2.1 numbers the layers of all levels through, Wan 2.2 has a folder
// for each level, in which they count from 0.
class LayerNames {
 public:
  LayerNames(torch::nn::Module& owner, std::string name, bool nested)
      : folder_(owner.register_module(name, std::make_shared<Folder>())), name_(std::move(name)), nested_(nested) {}

  void begin_level() {
    if (!nested_) return;
    inner_ = folder_->add(level_++, std::make_shared<Folder>())->register_module(name_, std::make_shared<Folder>());
    next_ = 0;
  }
  template <class Holder>
  Holder add(Holder layer) {
    return (nested_ ? inner_ : folder_)->add(next_++, std::move(layer));
  }

 private:
  std::shared_ptr<Folder> folder_, inner_;
  std::string name_;
  bool nested_;
  std::int64_t level_ = 0;
  std::int64_t next_ = 0;
};

void tell(const Observer& observe, const std::string& name, const torch::Tensor& result) {
  if (observe) observe(name, result);
}

}  // namespace net

EncoderImpl::EncoderImpl(const VaeConfig& c, nn::Storage storage)
    : conv1_(net::pixel_channels(c), c.dim, 3, 3, storage), shortcuts_(net::is_wan22(c)) {
  register_module("conv1", conv1_);
  net::LayerNames names(*this, "downsamples", net::is_wan22(c));
  std::int64_t in = c.dim;
  for (std::size_t l = 0; l < c.dim_mult.size(); ++l) {
    Level level;
    level.channels = c.dim * c.dim_mult[l];
    names.begin_level();
    for (std::int64_t k = 0; k < c.num_res_blocks; ++k) {
      level.blocks.push_back(names.add(ResidualBlock(in, level.channels, storage)));
      in = level.channels;
    }
    if (l + 1 < c.dim_mult.size()) {
      level.time = c.temporal_downsample[l] ? 2 : 1;
      level.down = names.add(Downsample(in, level.time == 2, storage));
    }
    levels_.push_back(std::move(level));
  }
  middle_ = register_module("middle", Middle(in, storage));
  head_ = register_module("head", Head(in, 2 * c.z_dim, storage));
}

torch::Tensor EncoderImpl::run(const Level& level, const torch::Tensor& x, nn::ConvHistory& history) const {
  torch::Tensor y = x;
  for (const ResidualBlock& block : level.blocks) y = block->forward(y, history);
  if (!level.down.is_empty()) y = level.down->forward(y, history);
  if (!shortcuts_) return y;
  return add_to_(std::move(y), average_down(x, level.channels, level.time, level.down.is_empty() ? 1 : 2));
}

torch::Tensor EncoderImpl::forward(const torch::Tensor& x, nn::ConvHistory& history, const Observer& observe) const {
  torch::Tensor y = conv1_->forward(x, history);
  for (const Level& level : levels_) y = run(level, y, history);
  y = middle_->forward(y, history);
  net::tell(observe, "encoder.mid_block", y);
  return head_->forward(y, history);
}

DecoderImpl::DecoderImpl(const VaeConfig& c, nn::Storage storage)
    : conv1_(c.z_dim, c.decoder_dim * c.dim_mult.back(), 3, 3, storage),
      middle_(c.decoder_dim * c.dim_mult.back(), storage),
      shortcuts_(net::is_wan22(c)) {
  register_module("conv1", conv1_);
  register_module("middle", middle_);
  net::LayerNames names(*this, "upsamples", net::is_wan22(c));
  std::int64_t in = c.decoder_dim * c.dim_mult.back();
  for (std::size_t l = c.dim_mult.size(); l-- > 0;) {
    Level level;
    const std::int64_t channels = c.decoder_dim * c.dim_mult[l];
    names.begin_level();
    for (std::int64_t k = 0; k <= c.num_res_blocks; ++k) {
      level.blocks.push_back(names.add(ResidualBlock(in, channels, storage)));
      in = channels;
    }
    if (l > 0) {
      const std::int64_t out = net::is_wan22(c) ? channels : channels / 2;
      level.up = names.add(Upsample(channels, out, c.temporal_downsample[l - 1], storage));
      in = out;
    }
    levels_.push_back(std::move(level));
  }
  head_ = register_module("head", Head(in, net::pixel_channels(c), storage));
}

torch::Tensor DecoderImpl::run(const Level& level, torch::Tensor x, nn::ConvHistory& history) const {
  torch::Tensor y = x;
  if (level.up.is_empty() || !shortcuts_) x.reset();  // the largest tensors: none is held longer than it is needed
  for (const ResidualBlock& block : level.blocks) y = block->forward(y, history);
  if (level.up.is_empty()) return y;
  y = level.up->forward(y, history);
  return shortcuts_ ? add_spread_(std::move(y), x, level.up->temporal() ? 2 : 1, history.first()) : y;
}

torch::Tensor DecoderImpl::forward(const torch::Tensor& z, nn::ConvHistory& history, const Observer& observe) const {
  torch::Tensor y = middle_->forward(conv1_->forward(z, history), history);
  net::tell(observe, "decoder.mid_block", y);
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    y = run(levels_[l], std::move(y), history);
    net::tell(observe, fmt::format("decoder.up_blocks.{}", l), y);
  }
  return head_->forward(y, history);
}

}  // namespace flashmotion::wan::vae_detail
