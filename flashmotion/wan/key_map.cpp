#include "flashmotion/wan/key_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace flashmotion::wan {
namespace key_map_detail {

// Two patterns for one tensor: '#' stands for a number, the same on both sides, and '*' for `weight` or `bias`.
struct Row {
  std::string original;
  std::string diffusers;
  KeyChange change{};
};
using Rows = std::vector<Row>;
struct Pair {
  std::string_view original;
  std::string_view diffusers;
};

constexpr std::array<Pair, 13> kTransformer = {{
    {"patch_embedding.*", "patch_embedding.*"},
    {"text_embedding.0.*", "condition_embedder.text_embedder.linear_1.*"},
    {"text_embedding.2.*", "condition_embedder.text_embedder.linear_2.*"},
    {"time_embedding.0.*", "condition_embedder.time_embedder.linear_1.*"},
    {"time_embedding.2.*", "condition_embedder.time_embedder.linear_2.*"},
    {"time_projection.1.*", "condition_embedder.time_proj.*"},
    {"img_emb.proj.0.*", "condition_embedder.image_embedder.norm1.*"},
    {"img_emb.proj.1.*", "condition_embedder.image_embedder.ff.net.0.proj.*"},
    {"img_emb.proj.3.*", "condition_embedder.image_embedder.ff.net.2.*"},
    {"img_emb.proj.4.*", "condition_embedder.image_embedder.norm2.*"},
    {"img_emb.emb_pos", "condition_embedder.image_embedder.pos_embed"},
    {"head.modulation", "scale_shift_table"},
    {"head.head.*", "proj_out.*"},
}};
constexpr std::array<Pair, 19> kTransformerBlock = {{
    {"modulation", "scale_shift_table"},
    {"norm3.*", "norm2.*"},  // before the cross attention; the other norms have no numbers
    {"self_attn.q.*", "attn1.to_q.*"},
    {"self_attn.k.*", "attn1.to_k.*"},
    {"self_attn.v.*", "attn1.to_v.*"},
    {"self_attn.o.*", "attn1.to_out.0.*"},
    {"self_attn.norm_q.weight", "attn1.norm_q.weight"},
    {"self_attn.norm_k.weight", "attn1.norm_k.weight"},
    {"cross_attn.q.*", "attn2.to_q.*"},
    {"cross_attn.k.*", "attn2.to_k.*"},
    {"cross_attn.v.*", "attn2.to_v.*"},
    {"cross_attn.o.*", "attn2.to_out.0.*"},
    {"cross_attn.norm_q.weight", "attn2.norm_q.weight"},
    {"cross_attn.norm_k.weight", "attn2.norm_k.weight"},
    {"cross_attn.k_img.*", "attn2.add_k_proj.*"},
    {"cross_attn.v_img.*", "attn2.add_v_proj.*"},
    {"cross_attn.norm_k_img.weight", "attn2.norm_added_k.weight"},
    {"ffn.0.*", "ffn.net.0.proj.*"},
    {"ffn.2.*", "ffn.net.2.*"},
}};

constexpr std::array<Pair, 5> kResidual = {{
    {"residual.0.gamma", "norm1.gamma"},
    {"residual.2.*", "conv1.*"},
    {"residual.3.gamma", "norm2.gamma"},
    {"residual.6.*", "conv2.*"},
    {"shortcut.*", "conv_shortcut.*"},
}};
constexpr std::array<Pair, 2> kResample = {{{"resample.1.*", "resample.1.*"}, {"time_conv.*", "time_conv.*"}}};
constexpr std::array<Pair, 3> kAttention = {{
    {"norm.gamma", "norm.gamma"},
    {"to_qkv.*", "to_qkv.*"},
    {"proj.*", "proj.*"},
}};
constexpr std::array<Pair, 8> kVaeEnds = {{
    {"conv1.*", "quant_conv.*"},
    {"conv2.*", "post_quant_conv.*"},
    {"encoder.conv1.*", "encoder.conv_in.*"},
    {"decoder.conv1.*", "decoder.conv_in.*"},
    {"encoder.head.0.gamma", "encoder.norm_out.gamma"},
    {"decoder.head.0.gamma", "decoder.norm_out.gamma"},
    {"encoder.head.2.*", "encoder.conv_out.*"},
    {"decoder.head.2.*", "decoder.conv_out.*"},
}};

constexpr std::array<Pair, 12> kTextEncoder = {{
    {"token_embedding.weight", "shared.weight"},
    {"norm.weight", "encoder.final_layer_norm.weight"},
    {"blocks.#.norm1.weight", "encoder.block.#.layer.0.layer_norm.weight"},
    {"blocks.#.attn.q.weight", "encoder.block.#.layer.0.SelfAttention.q.weight"},
    {"blocks.#.attn.k.weight", "encoder.block.#.layer.0.SelfAttention.k.weight"},
    {"blocks.#.attn.v.weight", "encoder.block.#.layer.0.SelfAttention.v.weight"},
    {"blocks.#.attn.o.weight", "encoder.block.#.layer.0.SelfAttention.o.weight"},
    {"blocks.#.pos_embedding.embedding.weight", "encoder.block.#.layer.0.SelfAttention.relative_attention_bias.weight"},
    {"blocks.#.norm2.weight", "encoder.block.#.layer.1.layer_norm.weight"},
    {"blocks.#.ffn.gate.0.weight", "encoder.block.#.layer.1.DenseReluDense.wi_0.weight"},
    {"blocks.#.ffn.fc1.weight", "encoder.block.#.layer.1.DenseReluDense.wi_1.weight"},
    {"blocks.#.ffn.fc2.weight", "encoder.block.#.layer.1.DenseReluDense.wo.weight"},
}};

constexpr std::array<Pair, 8> kImageEncoder = {{
    {"visual.patch_embedding.weight", "vision_model.embeddings.patch_embedding.weight"},
    {"visual.pre_norm.*", "vision_model.pre_layrnorm.*"},  // so spelt there
    {"visual.post_norm.*", "vision_model.post_layernorm.*"},
    {"visual.transformer.#.norm1.*", "vision_model.encoder.layers.#.layer_norm1.*"},
    {"visual.transformer.#.norm2.*", "vision_model.encoder.layers.#.layer_norm2.*"},
    {"visual.transformer.#.attn.proj.*", "vision_model.encoder.layers.#.self_attn.out_proj.*"},
    {"visual.transformer.#.mlp.0.*", "vision_model.encoder.layers.#.mlp.fc1.*"},
    {"visual.transformer.#.mlp.2.*", "vision_model.encoder.layers.#.mlp.fc2.*"},
}};

template <class Pairs>
void add(Rows& rows, const Pairs& pairs, std::string_view original = "", std::string_view diffusers = "") {
  for (const Pair& pair : pairs) {
    rows.push_back({fmt::format("{}{}", original, pair.original), fmt::format("{}{}", diffusers, pair.diffusers)});
  }
}

Rows transformer_rows() {
  Rows rows;
  add(rows, kTransformer);
  add(rows, kTransformerBlock, "blocks.#.", "blocks.#.");
  return rows;
}

Rows vae_rows(bool wan22) {
  Rows rows;
  add(rows, kVaeEnds);
  for (const std::string_view half : {"encoder.", "decoder."}) {
    const auto middle = [&](const auto& pairs, std::string_view original, std::string_view diffusers) {
      add(rows, pairs, fmt::format("{}middle.{}.", half, original), fmt::format("{}mid_block.{}.", half, diffusers));
    };
    middle(kResidual, "0", "resnets.0");
    middle(kAttention, "1", "attentions.0");
    middle(kResidual, "2", "resnets.1");
  }
  if (wan22) {
    add(rows, kResidual, "encoder.downsamples.#.downsamples.#.", "encoder.down_blocks.#.resnets.#.");
    add(rows, kResample, "encoder.downsamples.#.downsamples.2.", "encoder.down_blocks.#.downsampler.");
    add(rows, kResidual, "decoder.upsamples.#.upsamples.#.", "decoder.up_blocks.#.resnets.#.");
    add(rows, kResample, "decoder.upsamples.#.upsamples.3.", "decoder.up_blocks.#.upsampler.");
    return rows;
  }
  add(rows, kResidual, "encoder.downsamples.#.", "encoder.down_blocks.#.");
  add(rows, kResample, "encoder.downsamples.#.", "encoder.down_blocks.#.");
  // The original numbers the parts of all levels through: three residual blocks, then what enlarges.
  constexpr int kLevels = 8;
  for (int level = 0; level < kLevels; ++level) {
    for (int i = 0; i < 3; ++i) {
      add(rows, kResidual, fmt::format("decoder.upsamples.{}.", 4 * level + i),
          fmt::format("decoder.up_blocks.{}.resnets.{}.", level, i));
    }
    add(rows, kResample, fmt::format("decoder.upsamples.{}.", 4 * level + 3),
        fmt::format("decoder.up_blocks.{}.upsamplers.0.", level));
  }
  return rows;
}

Rows text_encoder_rows() {
  Rows rows;
  add(rows, kTextEncoder);
  return rows;
}

Rows image_encoder_rows() {
  Rows rows;
  add(rows, kImageEncoder);
  constexpr std::array<std::string_view, 3> kParts = {"q", "k", "v"};
  for (int part = 0; part < 3; ++part) {
    const std::string_view name = kParts.at(static_cast<std::size_t>(part));
    rows.push_back({"visual.transformer.#.attn.to_qkv.*",
                    fmt::format("vision_model.encoder.layers.#.self_attn.{}_proj.*", name),
                    {part, 0, false}});
  }
  rows.push_back({"visual.cls_embedding", "vision_model.embeddings.class_embedding", {-1, 2, false}});
  rows.push_back({"visual.pos_embedding", "vision_model.embeddings.position_embedding.weight", {-1, 1, false}});
  rows.push_back({"visual.head", "visual_projection.weight", {-1, 0, true}});
  return rows;
}

const Rows& rows_of(ModelKind kind) {
  static const Rows kTransformerRows = transformer_rows();
  static const Rows kVae21Rows = vae_rows(false);
  static const Rows kVae22Rows = vae_rows(true);
  static const Rows kTextRows = text_encoder_rows();
  static const Rows kImageRows = image_encoder_rows();
  switch (kind) {
    case ModelKind::transformer:
      return kTransformerRows;
    case ModelKind::vae21:
      return kVae21Rows;
    case ModelKind::vae22:
      return kVae22Rows;
    case ModelKind::text_encoder:
      return kTextRows;
    case ModelKind::image_encoder:
      break;
  }
  return kImageRows;
}

// Whether a name fits a pattern; `found` gets what '#' and '*' stand for, in order.
bool fits(std::string_view pattern, std::string_view name, std::vector<std::string_view>& found) {
  found.clear();
  while (!pattern.empty()) {
    const char want = pattern.front();
    pattern.remove_prefix(1);
    std::size_t length = 1;
    if (want == '#') {
      length = 0;
      while (length < name.size() && std::isdigit(static_cast<unsigned char>(name[length])) != 0) ++length;
      if (length == 0 || (length > 1 && name[0] == '0')) return false;
    } else if (want == '*') {
      if (name != "weight" && name != "bias") return false;
      length = name.size();
    } else if (name.empty() || name.front() != want) {
      return false;
    }
    if (want == '#' || want == '*') found.push_back(name.substr(0, length));
    name.remove_prefix(length);
  }
  return name.empty();
}

std::string filled(std::string_view pattern, const std::vector<std::string_view>& found) {
  std::string name;
  std::size_t next = 0;
  for (const char c : pattern) {
    if (c == '#' || c == '*') {
      name += found.at(next++);
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace key_map_detail

std::optional<MappedKey> original_key(ModelKind kind, std::string_view diffusers) {
  using namespace key_map_detail;
  std::vector<std::string_view> found;
  for (const Row& row : rows_of(kind)) {
    if (fits(row.diffusers, diffusers, found)) return MappedKey{filled(row.original, found), row.change};
  }
  // The table of tokens under the encoder's own name.
  if (kind == ModelKind::text_encoder && diffusers == "encoder.embed_tokens.weight") {
    return MappedKey{"token_embedding.weight", {}};
  }
  return std::nullopt;
}

std::vector<MappedKey> diffusers_keys(ModelKind kind, std::string_view original) {
  using namespace key_map_detail;
  std::vector<MappedKey> keys;
  std::vector<std::string_view> found;
  for (const Row& row : rows_of(kind)) {
    if (fits(row.original, original, found)) keys.push_back({filled(row.diffusers, found), row.change});
  }
  return keys;
}

CleanKey clean_key(std::string_view stored) {
  constexpr std::array<std::string_view, 7> kPrefixes = {"model.diffusion_model.",
                                                         "diffusion_model.",
                                                         "model.",
                                                         "module.",
                                                         "first_stage_model.",
                                                         "vae.",
                                                         "text_encoders.umt5xxl.transformer."};
  constexpr std::array<std::string_view, 3> kFragments = {"_fsdp_wrapped_module.", "_checkpoint_wrapped_module.",
                                                          "_orig_mod."};
  CleanKey key{"", std::string(stored)};
  for (const std::string_view fragment : kFragments) {
    for (auto at = key.name.find(fragment); at != std::string::npos; at = key.name.find(fragment)) {
      key.name.erase(at, fragment.size());
    }
  }
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : kPrefixes) {
      if (!key.name.starts_with(prefix)) continue;
      key.prefix += prefix;
      key.name.erase(0, prefix.size());
      again = true;
      break;
    }
  }
  return key;
}

bool ignorable_key(ModelKind kind, KeyLayout layout, std::string_view name) {
  const bool diffusers = layout == KeyLayout::diffusers;
  switch (kind) {
    case ModelKind::transformer:
      // Branches of a discriminator (behind '_'), tables of the rotary embedding, a norm that old files carry.
      return name.starts_with("_") || name == "freqs" || name.starts_with("rope.") ||
             name.ends_with(".norm_added_q.weight");
    case ModelKind::text_encoder:
      return name == "spiece_model" || (diffusers && (name.starts_with("decoder.") || name == "lm_head.weight"));
    case ModelKind::image_encoder:
      return diffusers ? name == "vision_model.embeddings.position_ids" || name == "logit_scale" ||
                             name.starts_with("text_model.") || name == "text_projection.weight"
                       : name.starts_with("textual.") || name == "log_scale";
    case ModelKind::vae21:
    case ModelKind::vae22:
      break;
  }
  return false;
}

bool optional_key(ModelKind kind, std::string_view original) {
  return kind == ModelKind::image_encoder && (original == "visual.head" || original.starts_with("visual.post_norm."));
}

}  // namespace flashmotion::wan
