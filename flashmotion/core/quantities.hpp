#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string_view>

namespace flashmotion {

/// What a training step can supply. A step computes only what its objectives declare.
enum class Quantity : std::uint8_t {
  clean,                   // [B, C, T, H, W] real latent
  sigma,                   // [B] noise level of the prediction
  velocity_prediction,     // [B, C, T, H, W] output of the trained network
  velocity_target,         // [B, C, T, H, W] noise - clean
  clean_prediction,        // [B, C, T, H, W] estimate of the clean latent made from the prediction
  student_sample,          // [B, C, T, H, W] few-step sample, with gradient
  real_score,              // [B, C, T, H, W] clean estimate of the frozen teacher on the re-noised sample
  fake_score,              // [B, C, T, H, W] clean estimate of the fake score on the re-noised sample
  real_logits,             // [B, P] discriminator on the noised real latent
  fake_logits,             // [B, P] discriminator on the noised generated latent
  live_real_score,         // [B, C, T, H, W] as real_score, with gradient to the student's sample
  live_fake_score,         // [B, C, T, H, W] as fake_score, with gradient to the student's sample
  real_slope,              // [B, P] change of real_logits for each unit of noise added to the noised latent
  fake_slope,              // [B, P] the same of fake_logits
  object_cover,            // [B, 1, T, H, W] share of each latent cell that objects cover, by their boxes
  consistency_prediction,  // [B, C, T, H, W] clean estimate of the student at the noisier of two levels, with gradient
  consistency_target,      // [B, C, T, H, W] clean estimate after one step of the teacher to the other level
  real_features,           // [K, B, N, D] hidden states of the discriminator's K blocks on the noised real latent
  fake_features,           // [K, B, N, D] the same of the generated latent, with the same noise, with gradient
  real_gradient,  // [B, C, T, H, W] gradient of each clip's mean real logit by the noised latent, differentiable
  fake_gradient,  // [B, C, T, H, W] the same of fake logits
  mask_logits,    // [B, 1, T, H, W] logit of each latent cell that objects cover it, by a head on features
  count_          // number of quantities; not a quantity
};

/// Name for messages.
[[nodiscard]] constexpr std::string_view to_string(Quantity quantity) {
  constexpr std::string_view names[] = {"clean",
                                        "sigma",
                                        "velocity_prediction",
                                        "velocity_target",
                                        "clean_prediction",
                                        "student_sample",
                                        "real_score",
                                        "fake_score",
                                        "real_logits",
                                        "fake_logits",
                                        "live_real_score",
                                        "live_fake_score",
                                        "real_slope",
                                        "fake_slope",
                                        "object_cover",
                                        "consistency_prediction",
                                        "consistency_target",
                                        "real_features",
                                        "fake_features",
                                        "real_gradient",
                                        "fake_gradient",
                                        "mask_logits"};
  static_assert(std::size(names) == static_cast<std::size_t>(Quantity::count_));
  return names[static_cast<std::size_t>(quantity)];
}

/// A set of quantities.
class Quantities {
 public:
  constexpr Quantities() = default;
  constexpr Quantities(std::initializer_list<Quantity> list) {
    for (const Quantity q : list) bits_ |= bit(q);
  }
  [[nodiscard]] constexpr bool contains(Quantity q) const { return (bits_ & bit(q)) != 0; }
  [[nodiscard]] constexpr bool contains(Quantities other) const { return (bits_ & other.bits_) == other.bits_; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr Quantities operator|(Quantities other) const {
    Quantities both;
    both.bits_ = bits_ | other.bits_;
    return both;
  }
  constexpr bool operator==(const Quantities&) const = default;

 private:
  static constexpr std::uint32_t bit(Quantity q) { return 1U << static_cast<unsigned>(q); }
  std::uint32_t bits_ = 0;
};

}  // namespace flashmotion
