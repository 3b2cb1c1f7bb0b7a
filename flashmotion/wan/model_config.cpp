#include "flashmotion/wan/model_config.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <numeric>
#include <string_view>
#include <vector>

namespace flashmotion::wan {
namespace model_config_detail {

constexpr std::int64_t kHeadWidth = 128;  // of every released transformer

// What a component's tensors and its config.json say.
class Facts {
 public:
  explicit Facts(const CheckpointComponent& component) : component_(component) {}

  [[nodiscard]] bool has(const std::string& name) const { return component_.find(name) != nullptr; }

  // The extent of a tensor's axis.
  [[nodiscard]] std::int64_t extent(const std::string& name, std::size_t axis) const {
    const CheckpointTensor* tensor = component_.find(name);
    const std::vector<std::int64_t> shape = tensor == nullptr ? std::vector<std::int64_t>() : tensor->shape();
    if (axis < shape.size() && shape[axis] > 0) return shape[axis];
    throw InputError(
        fmt::format("'{}' does not tell the configuration of its {}: tensor '{}' {}", component_.path.string(),
                    to_string(component_.kind), name,
                    tensor == nullptr ? "is missing" : fmt::format("has the shape [{}]", fmt::join(shape, ", "))));
  }

  // How many numbers from 0 on stand in the names `before N after`.
  [[nodiscard]] std::int64_t count(std::string_view before, std::string_view after) const {
    std::int64_t n = 0;
    while (has(fmt::format("{}{}{}", before, n, after))) ++n;
    return n;
  }

  // config.json's value under the name of its layout; none without config.json or with an empty name.
  [[nodiscard]] std::optional<JsonValue> setting(std::string_view original, std::string_view diffusers) const {
    if (!component_.config) return std::nullopt;
    const std::string_view name = from_diffusers() ? diffusers : original;
    if (name.empty()) return std::nullopt;
    if (auto value = component_.config->find(name)) return value;
    const auto inner = component_.config->find("vision_config");  // of a whole CLIP model
    return inner && inner->is_object() ? inner->find(name) : std::nullopt;
  }

  // config.json must say the same as the tensors, where it says something.
  void same(std::string_view original, std::string_view diffusers, std::int64_t from_tensors) const {
    const auto value = setting(original, diffusers);
    if (value && value->whole() != from_tensors) {
      value->fail(
          fmt::format("is {}, but the tensors of '{}' say {}", value->whole(), component_.path.string(), from_tensors));
    }
  }
  void same(std::string_view original, std::string_view diffusers,
            const std::vector<std::int64_t>& from_tensors) const {
    const auto value = setting(original, diffusers);
    if (value && value->wholes() != from_tensors) {
      value->fail(fmt::format("is {}, but the tensors of '{}' say [{}]", value->dump(), component_.path.string(),
                              fmt::join(from_tensors, ", ")));
    }
  }
  void must_be(std::string_view original, std::string_view diffusers, std::string_view wanted) const {
    const auto value = setting(original, diffusers);
    if (value && value->dump() != wanted) value->fail(fmt::format("is {}; only {} is known", value->dump(), wanted));
  }

  [[nodiscard]] double number(std::string_view original, std::string_view diffusers, double otherwise) const {
    const auto value = setting(original, diffusers);
    const double found = value ? value->number() : otherwise;
    if (!(found > 0) || !std::isfinite(found)) value->fail(fmt::format("must be above 0, found {}", value->dump()));
    return found;
  }

  // `otherwise` 0: there is no telling.
  [[nodiscard]] std::int64_t heads(std::string_view original, std::string_view diffusers, std::int64_t width,
                                   std::int64_t otherwise) const {
    const auto value = setting(original, diffusers);
    const std::int64_t heads = value ? value->whole(1, width) : otherwise;
    if (heads == 0) {
      throw InputError(
          fmt::format("'{}': nothing tells the number of attention heads of a {} of width {}; put its "
                      "config.json beside it",
                      component_.path.string(), to_string(component_.kind), width));
    }
    if (width % heads != 0) value->fail(fmt::format("is {}, which does not divide the width {}", heads, width));
    return heads;
  }

  // Whether config.json has Diffusers' fields. It may be in the other layout than the tensors.
  [[nodiscard]] bool from_diffusers() const {
    if (!component_.config) return false;
    const JsonValue& json = *component_.config;
    for (const std::string_view field :
         {"num_attention_heads", "base_dim", "d_model", "hidden_size", "vision_config"}) {
      if (json.find(field)) return true;
    }
    for (const std::string_view field : {"num_heads", "dim", "dim_mult", "vocab"}) {
      if (json.find(field)) return false;
    }
    return component_.layout == KeyLayout::diffusers;
  }

 private:
  const CheckpointComponent& component_;
};

void need(const CheckpointComponent& component, ModelKind kind, ModelKind other, std::string_view wanted) {
  if (component.kind == kind || component.kind == other) return;
  throw InputError(fmt::format("'{}' is a {}, not a {}", component.path.string(), to_string(component.kind), wanted));
}

// Statistics of latents: the released ones where the layout states none.
void read_statistics(const Facts& facts, VaeConfig& config) {
  const VaeConfig released = config.version == VaeVersion::wan22 ? vae22() : vae21();
  if (config.z_dim == released.z_dim) {
    config.latents_mean = released.latents_mean;
    config.latents_std = released.latents_std;
  }
  for (const auto& [name, values] :
       {std::pair{"latents_mean", &config.latents_mean}, {"latents_std", &config.latents_std}}) {
    const auto value = facts.setting(name, name);
    if (!value) continue;
    *values = value->numbers();
    if (static_cast<std::int64_t>(values->size()) != config.z_dim) {
      value->fail(fmt::format("has {} entries, but the latent has {} channels", values->size(), config.z_dim));
    }
  }
}

}  // namespace model_config_detail

DitConfig dit_config(const CheckpointComponent& component) {
  using namespace model_config_detail;
  need(component, ModelKind::transformer, ModelKind::transformer, "transformer");
  const Facts facts(component);
  DitConfig c;
  const std::string embedding = "patch_embedding.weight";
  c.width = facts.extent(embedding, 0);
  for (std::size_t i = 0; i < 3; ++i) c.patch.at(i) = facts.extent(embedding, i + 2);
  const std::int64_t in = facts.extent(embedding, 1);
  const std::int64_t pixels = c.patch[0] * c.patch[1] * c.patch[2];
  c.latent_channels = facts.extent("head.head.weight", 0) / pixels;
  if (c.latent_channels < 1 || c.latent_channels > in ||
      c.latent_channels * pixels != facts.extent("head.head.weight", 0)) {
    throw InputError(
        fmt::format("'{}': the transformer takes {} channels and gives {} numbers a patch of {}, which do "
                    "not fit together",
                    component.path.string(), in, facts.extent("head.head.weight", 0), pixels));
  }
  c.condition_channels = in - c.latent_channels;
  c.blocks = facts.count("blocks.", ".modulation");
  c.ffn_width = facts.extent("blocks.0.ffn.0.weight", 0);
  c.text_width = facts.extent("text_embedding.0.weight", 1);
  c.frequency_width = facts.extent("time_embedding.0.weight", 1);
  c.image_width = facts.has("img_emb.proj.1.weight") ? facts.extent("img_emb.proj.1.weight", 1) : 0;
  const bool even = c.width % kHeadWidth == 0;
  if (facts.from_diffusers()) {
    const auto width = facts.setting("", "attention_head_dim");
    c.heads = facts.heads("", "num_attention_heads", c.width, even ? c.width / kHeadWidth : 0);
    if (width && width->whole() * c.heads != c.width) {
      width->fail(fmt::format("is {}, but the width {} has {} heads", width->whole(), c.width, c.heads));
    }
  } else {
    c.heads = facts.heads("num_heads", "", c.width, even ? c.width / kHeadWidth : 0);
  }
  c.epsilon = facts.number("eps", "eps", c.epsilon);

  facts.same("dim", "", c.width);
  facts.same("in_dim", "in_channels", in);
  facts.same("out_dim", "out_channels", c.latent_channels);
  facts.same("ffn_dim", "ffn_dim", c.ffn_width);
  facts.same("freq_dim", "freq_dim", c.frequency_width);
  facts.same("text_dim", "text_dim", c.text_width);
  facts.same("num_layers", "num_layers", c.blocks);
  facts.same("patch_size", "patch_size", {c.patch.begin(), c.patch.end()});
  facts.same("", "image_dim", c.image_width);
  facts.must_be("qk_norm", "", "true");
  facts.must_be("", "qk_norm", "\"rms_norm_across_heads\"");
  facts.must_be("cross_attn_norm", "cross_attn_norm", "true");
  facts.must_be("window_size", "", "[-1,-1]");
  return c;
}

VaeConfig vae_config(const CheckpointComponent& component) {
  using namespace model_config_detail;
  need(component, ModelKind::vae21, ModelKind::vae22, "vae");
  const Facts facts(component);
  const bool wan22 = component.kind == ModelKind::vae22;
  VaeConfig c;
  c.version = wan22 ? VaeVersion::wan22 : VaeVersion::wan21;
  c.dim = facts.extent("encoder.conv1.weight", 0);
  c.decoder_dim = facts.extent("decoder.head.0.gamma", 0);
  c.z_dim = facts.extent("conv2.weight", 0);
  const std::string first = wan22 ? "encoder.downsamples.0.downsamples." : "encoder.downsamples.";
  c.num_res_blocks = facts.count(first, ".residual.0.gamma");
  c.dim_mult.clear();
  c.temporal_downsample.clear();
  for (std::int64_t level = 0;; ++level) {
    const auto part = [&](std::int64_t i) {
      return wan22 ? fmt::format("encoder.downsamples.{}.downsamples.{}", level, i)
                   : fmt::format("encoder.downsamples.{}", level * (c.num_res_blocks + 1) + i);
    };
    c.dim_mult.push_back(facts.extent(part(0) + ".residual.2.weight", 0) / c.dim);
    if (!facts.has(part(c.num_res_blocks) + ".resample.1.weight")) break;
    c.temporal_downsample.push_back(facts.has(part(c.num_res_blocks) + ".time_conv.weight"));
  }
  read_statistics(facts, c);

  facts.same("dim", "base_dim", c.dim);
  facts.same("dec_dim", "decoder_base_dim", c.decoder_dim);
  facts.same("z_dim", "z_dim", c.z_dim);
  facts.same("num_res_blocks", "num_res_blocks", c.num_res_blocks);
  facts.same("dim_mult", "dim_mult", c.dim_mult);
  facts.must_be("attn_scales", "attn_scales", "[]");
  facts.must_be("", "is_residual", wan22 ? "true" : "false");
  if (const auto value = facts.setting("temperal_downsample", "temperal_downsample")) {
    std::vector<bool> stated;
    for (const JsonValue& entry : value->elements()) stated.push_back(entry.boolean());
    if (stated != c.temporal_downsample) {
      value->fail(fmt::format("is {}, but the tensors of '{}' say otherwise", value->dump(), component.path.string()));
    }
  }
  validate(c);
  return c;
}

Umt5Config umt5_config(const CheckpointComponent& component) {
  using namespace model_config_detail;
  need(component, ModelKind::text_encoder, ModelKind::text_encoder, "text encoder");
  const Facts facts(component);
  Umt5Config c;
  c.vocabulary = facts.extent("token_embedding.weight", 0);
  c.width = facts.extent("token_embedding.weight", 1);
  c.attention_width = facts.extent("blocks.0.attn.q.weight", 0);
  c.ffn_width = facts.extent("blocks.0.ffn.fc1.weight", 0);
  c.buckets = facts.extent("blocks.0.pos_embedding.embedding.weight", 0);
  c.heads = facts.extent("blocks.0.pos_embedding.embedding.weight", 1);
  c.blocks = facts.count("blocks.", ".norm1.weight");
  if (const auto value = facts.setting("", "relative_attention_max_distance"))
    c.max_distance = value->whole(2, 1 << 20);
  c.epsilon = facts.number("", "layer_norm_epsilon", c.epsilon);

  facts.same("vocab", "vocab_size", c.vocabulary);
  facts.same("dim", "d_model", c.width);
  facts.same("dim_attn", "", c.attention_width);
  facts.same("dim_ffn", "d_ff", c.ffn_width);
  facts.same("num_heads", "num_heads", c.heads);
  facts.same("num_layers", "num_layers", c.blocks);
  facts.same("num_buckets", "relative_attention_num_buckets", c.buckets);
  if (c.attention_width % c.heads == 0) facts.same("", "d_kv", c.attention_width / c.heads);
  facts.must_be("shared_pos", "", "false");
  facts.must_be("", "feed_forward_proj", "\"gated-gelu\"");
  return c;
}

ClipVisionConfig clip_vision_config(const CheckpointComponent& component) {
  using namespace model_config_detail;
  need(component, ModelKind::image_encoder, ModelKind::image_encoder, "image encoder");
  const Facts facts(component);
  ClipVisionConfig c;
  const std::int64_t released_width = c.width;
  const std::int64_t released_heads = c.heads;
  c.width = facts.extent("visual.patch_embedding.weight", 0);
  c.patch = facts.extent("visual.patch_embedding.weight", 2);
  const auto side = static_cast<std::int64_t>(
      std::llround(std::sqrt(static_cast<double>(facts.extent("visual.pos_embedding", 1) - 1))));
  c.image_size = side * c.patch;
  c.ffn_width = facts.extent("visual.transformer.0.mlp.0.weight", 0);
  c.blocks = facts.count("visual.transformer.", ".norm1.weight");
  c.heads = facts.heads("num_heads", "num_attention_heads", c.width, c.width == released_width ? released_heads : 0);
  if (facts.has("visual.head")) {
    c.output_width = facts.extent("visual.head", 1);
    facts.same("", "projection_dim", c.output_width);
  } else if (const auto value = facts.setting("embed_dim", "projection_dim")) {
    c.output_width = value->whole(1, 65536);
  }
  c.epsilon = facts.number("norm_eps", "layer_norm_eps", c.epsilon);

  facts.same("dim", "hidden_size", c.width);
  facts.same("image_size", "image_size", c.image_size);
  facts.same("patch_size", "patch_size", c.patch);
  facts.same("", "intermediate_size", c.ffn_width);
  facts.same("num_layers", "num_hidden_layers", c.blocks);
  facts.must_be("", "hidden_act", "\"gelu\"");
  return c;
}

}  // namespace flashmotion::wan
