#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "tests/fuzz/target.hpp"

#include <ATen/ops/empty.h>

#include <utility>

namespace fuzz {
namespace {

namespace wan = flashmotion::wan;
using flashmotion::InputError;
using flashmotion::JsonValue;

void walk(const JsonValue& value) {
  if (value.is_object()) {
    for (const std::string& key : value.keys()) {
      if (const auto inner = value.find(key)) walk(*inner);
    }
  } else if (value.is_array()) {
    for (const JsonValue& inner : value.elements()) walk(inner);
  }
  for (int i = 0; i < 4; ++i) {
    try {
      if (i == 0) static_cast<void>(value.whole(0, 1000));
      if (i == 1) static_cast<void>(value.numbers());
      if (i == 2) static_cast<void>(value.text());
      if (i == 3) static_cast<void>(value.at("a").boolean());
    } catch (const InputError&) {  // what a wrong value gives
    }
  }
}

// What tells the sizes of a tiny network of each kind.
std::vector<wan::CheckpointComponent> components() {
  using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
  const std::pair<wan::ModelKind, Shapes> networks[] = {
      {wan::ModelKind::transformer,
       {{"blocks.0.ffn.0.weight", {72, 40}},
        {"blocks.0.modulation", {1, 6, 40}},
        {"head.head.weight", {48, 40}},
        {"patch_embedding.weight", {40, 12, 1, 2, 2}},
        {"text_embedding.0.weight", {40, 18}},
        {"time_embedding.0.weight", {40, 24}}}},
      {wan::ModelKind::vae22,
       {{"conv2.weight", {4, 4, 1, 1, 1}},
        {"decoder.head.0.gamma", {4, 1, 1, 1}},
        {"encoder.conv1.weight", {4, 12, 3, 3, 3}},
        {"encoder.downsamples.0.downsamples.0.residual.0.gamma", {4, 1, 1, 1}},
        {"encoder.downsamples.0.downsamples.0.residual.2.weight", {4, 4, 3, 3, 3}}}},
      {wan::ModelKind::text_encoder,
       {{"blocks.0.attn.q.weight", {16, 16}},
        {"blocks.0.ffn.fc1.weight", {24, 16}},
        {"blocks.0.norm1.weight", {16}},
        {"blocks.0.pos_embedding.embedding.weight", {32, 4}},
        {"token_embedding.weight", {20, 16}}}},
      {wan::ModelKind::image_encoder,
       {{"visual.patch_embedding.weight", {16, 3, 14, 14}},
        {"visual.pos_embedding", {1, 5, 16}},
        {"visual.transformer.0.mlp.0.weight", {24, 16}},
        {"visual.transformer.0.norm1.weight", {16}}}},
  };
  std::vector<wan::CheckpointComponent> all;
  for (const auto& [kind, shapes] : networks) {
    wan::CheckpointComponent component;
    component.kind = kind;
    component.path = "x.safetensors";
    for (const auto& [name, shape] : shapes)
      component.tensors.push_back({name, {{name, at::empty(shape), nullptr}}, {}});
    all.push_back(std::move(component));
  }
  return all;
}

}  // namespace

void run_config(std::string_view bytes) {
  constexpr std::size_t kMost = 4096;  // each mistake is looked for in the whole text
  if (bytes.size() > kMost) return;
  try {
    const JsonValue json = JsonValue::parse(std::string(bytes), "config.json");
    walk(json);
    for (wan::CheckpointComponent& component : components()) {
      component.config = json;
      for (const wan::KeyLayout layout : {wan::KeyLayout::original, wan::KeyLayout::diffusers}) {
        component.layout = layout;
        try {
          // What was read can be written and is JSON.
          const std::string text = wan::config_text(component, wan::KeyLayout::original);
          static_cast<void>(JsonValue::parse(text, "written.json"));
        } catch (const InputError&) {  // what a contradiction gives
        }
      }
    }
  } catch (const InputError&) {  // what a wrong text gives
  }
}

std::vector<std::string> config_seeds() {
  return {
      "{}",
      R"({"_class_name": "WanModel", "dim": 40, "eps": 1e-06, "ffn_dim": 72, "freq_dim": 24, "in_dim": 12, )"
      R"("model_type": "ti2v", "num_heads": 2, "num_layers": 1, "out_dim": 12, "text_len": 9})",
      R"({"attention_head_dim": 20, "num_attention_heads": 2, "in_channels": 12, "image_dim": null, "eps": 1e-6, )"
      R"("patch_size": [1, 2, 2], "qk_norm": "rms_norm_across_heads", "cross_attn_norm": true})",
      R"({"_class_name": "AutoencoderKLWan", "base_dim": 4, "z_dim": 4, "dim_mult": [1], "attn_scales": [], )"
      R"("temperal_downsample": [], "latents_mean": [0.5, -0.5, 1, 2], "patch_size": 2, "is_residual": true})",
      R"({"d_model": 16, "d_kv": 4, "d_ff": 24, "num_heads": 4, "relative_attention_max_distance": 128})",
      R"({"vision_config": {"hidden_size": 16, "num_attention_heads": 2, "hidden_act": "gelu", "patch_size": 14}})",
      R"({"a": {"b": [1, "\u00e4\n", {"c": -1.5e3}]}})",
  };
}

}  // namespace fuzz
