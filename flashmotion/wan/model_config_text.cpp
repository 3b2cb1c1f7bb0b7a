#include "flashmotion/base/json.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <string_view>
#include <vector>

namespace flashmotion::wan {
namespace model_config_text_detail {

std::string transformer_text(const DitConfig& c, KeyLayout layout) {
  JsonWriter json(2);
  json.begin_object();
  const std::int64_t in = c.latent_channels + c.condition_channels;
  const std::vector<std::int64_t> patch(c.patch.begin(), c.patch.end());
  if (layout == KeyLayout::original) {
    constexpr std::int64_t kText = 4096;
    constexpr std::int64_t kLatent22 = 48;
    const std::string_view type = c.condition_channels > 0 ? "i2v" : c.latent_channels == kLatent22 ? "ti2v" : "t2v";
    json.field("_class_name", "WanModel").field("_diffusers_version", "0.33.0");
    json.field("dim", c.width)
        .field("eps", c.epsilon)
        .field("ffn_dim", c.ffn_width)
        .field("freq_dim", c.frequency_width);
    json.field("in_dim", in).field("model_type", std::string(type)).field("num_heads", c.heads);
    json.field("num_layers", c.blocks).field("out_dim", c.latent_channels).field("text_len", 512);
    // The releases leave out what never varies.
    if (c.text_width != kText) json.field("text_dim", c.text_width);
    if (patch != std::vector<std::int64_t>{1, 2, 2}) json.field("patch_size", patch);
    return json.end_object().text() + "\n";
  }
  json.field("_class_name", "WanTransformer3DModel").field("_diffusers_version", "0.33.0");
  json.key("added_kv_proj_dim");
  c.image_width > 0 ? json.value(c.width) : json.value(nullptr);
  json.field("attention_head_dim", c.width / c.heads).field("cross_attn_norm", true).field("eps", c.epsilon);
  json.field("ffn_dim", c.ffn_width).field("freq_dim", c.frequency_width).key("image_dim");
  c.image_width > 0 ? json.value(c.image_width) : json.value(nullptr);
  json.field("in_channels", in).field("num_attention_heads", c.heads).field("num_layers", c.blocks);
  json.field("out_channels", c.latent_channels).field("patch_size", patch);
  json.field("pos_embed_seq_len", nullptr).field("qk_norm", "rms_norm_across_heads").field("rope_max_seq_len", 1024);
  json.field("text_dim", c.text_width);
  return json.end_object().text() + "\n";
}

std::string vae_text(const VaeConfig& c, KeyLayout layout) {
  JsonWriter json(2);
  const bool wan22 = c.version == VaeVersion::wan22;
  json.begin_object().field("_class_name", layout == KeyLayout::original ? "WanVAE" : "AutoencoderKLWan");
  json.key("attn_scales").begin_array().end_array();
  json.field(layout == KeyLayout::original ? "dim" : "base_dim", c.dim);
  if (wan22) json.field(layout == KeyLayout::original ? "dec_dim" : "decoder_base_dim", c.decoder_dim);
  json.field("dim_mult", c.dim_mult).field("dropout", 0.0);
  if (layout == KeyLayout::diffusers) {
    json.field("in_channels", wan22 ? 12 : 3).field("is_residual", wan22).field("out_channels", wan22 ? 12 : 3);
    json.key("patch_size");
    wan22 ? json.value(2) : json.value(nullptr);
    json.field("scale_factor_spatial", c.spatial_factor()).field("scale_factor_temporal", c.temporal_factor());
  }
  if (!c.latents_mean.empty()) json.field("latents_mean", c.latents_mean);
  if (!c.latents_std.empty()) json.field("latents_std", c.latents_std);
  json.field("num_res_blocks", c.num_res_blocks).key("temperal_downsample").begin_array();  // so spelt there
  for (const bool halves : c.temporal_downsample) json.value(halves);
  json.end_array().field("z_dim", c.z_dim);
  return json.end_object().text() + "\n";
}

std::string text_encoder_text(const Umt5Config& c, KeyLayout layout) {
  JsonWriter json(2);
  json.begin_object();
  if (layout == KeyLayout::original) {
    json.field("vocab", c.vocabulary).field("dim", c.width).field("dim_attn", c.attention_width);
    json.field("dim_ffn", c.ffn_width).field("num_heads", c.heads).field("num_layers", c.blocks);
    json.field("num_buckets", c.buckets).field("shared_pos", false);
    return json.end_object().text() + "\n";
  }
  json.field("architectures", std::vector<std::string>{"UMT5EncoderModel"}).field("d_ff", c.ffn_width);
  json.field("d_kv", c.attention_width / c.heads).field("d_model", c.width).field("decoder_start_token_id", 0);
  json.field("dense_act_fn", "gelu_new").field("dropout_rate", 0.1).field("eos_token_id", 1);
  json.field("feed_forward_proj", "gated-gelu").field("is_encoder_decoder", true).field("is_gated_act", true);
  json.field("layer_norm_epsilon", c.epsilon).field("model_type", "umt5").field("num_decoder_layers", c.blocks);
  json.field("num_heads", c.heads).field("num_layers", c.blocks).field("pad_token_id", 0);
  json.field("relative_attention_max_distance", c.max_distance).field("relative_attention_num_buckets", c.buckets);
  json.field("scalable_attention", true).field("tie_word_embeddings", false).field("vocab_size", c.vocabulary);
  return json.end_object().text() + "\n";
}

std::string image_encoder_text(const ClipVisionConfig& c, KeyLayout layout) {
  JsonWriter json(2);
  json.begin_object();
  if (layout == KeyLayout::original) {
    json.field("dim", c.width).field("num_heads", c.heads).field("num_layers", c.blocks).field("patch_size", c.patch);
    json.field("image_size", c.image_size).field("embed_dim", c.output_width).field("norm_eps", c.epsilon);
    return json.end_object().text() + "\n";
  }
  json.field("architectures", std::vector<std::string>{"CLIPVisionModel"}).field("attention_dropout", 0.0);
  json.field("hidden_act", "gelu").field("hidden_size", c.width).field("image_size", c.image_size);
  json.field("intermediate_size", c.ffn_width)
      .field("layer_norm_eps", c.epsilon)
      .field("model_type", "clip_vision_model");
  json.field("num_attention_heads", c.heads).field("num_channels", 3).field("num_hidden_layers", c.blocks);
  json.field("patch_size", c.patch).field("projection_dim", c.output_width);
  return json.end_object().text() + "\n";
}

}  // namespace model_config_text_detail

std::string config_text(const CheckpointComponent& component, KeyLayout layout) {
  using namespace model_config_text_detail;
  std::string text;
  switch (component.kind) {
    case ModelKind::transformer:
      text = transformer_text(dit_config(component), layout);
      break;
    case ModelKind::vae21:
    case ModelKind::vae22:
      text = vae_text(vae_config(component), layout);
      break;
    case ModelKind::text_encoder:
      text = text_encoder_text(umt5_config(component), layout);
      break;
    case ModelKind::image_encoder:
      text = image_encoder_text(clip_vision_config(component), layout);
      break;
  }
  return component.config && component.layout == layout ? component.config->dump() + "\n" : text;
}

}  // namespace flashmotion::wan
