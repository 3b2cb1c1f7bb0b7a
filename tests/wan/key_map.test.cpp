#include "flashmotion/wan/key_map.hpp"

#include "flashmotion/nn/parameter.hpp"
#include "flashmotion/wan/clip_vision.hpp"
#include "flashmotion/wan/presets.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae.hpp"
#include "tests/support/catch.hpp"

#include <set>
#include <string>

namespace key_map_test {

namespace wan = flashmotion::wan;
using flashmotion::NamedTensors;
using wan::KeyLayout;
using wan::ModelKind;

std::string other_name(ModelKind kind, const std::string& original) {
  const auto keys = wan::diffusers_keys(kind, original);
  return keys.size() == 1 ? keys[0].name : "";
}

// Every name goes to the other layout and back, and no two meet there.
void check_names(ModelKind kind, const NamedTensors& tensors) {
  std::set<std::string> seen;
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    const auto keys = wan::diffusers_keys(kind, name);
    REQUIRE_FALSE(keys.empty());
    for (const wan::MappedKey& key : keys) {
      CHECK(seen.insert(key.name).second);
      const auto back = wan::original_key(kind, key.name);
      REQUIRE(back.has_value());
      CHECK(back->name == name);
      CHECK(back->change == key.change);
    }
  }
  const auto has = [&](KeyLayout layout) {
    return wan::detect_keys([&, layout](std::string_view wanted) {
      if (layout == KeyLayout::diffusers) return seen.contains(std::string(wanted));
      return std::any_of(tensors.begin(), tensors.end(), [&](const auto& item) { return item.name == wanted; });
    });
  };
  for (const KeyLayout layout : {KeyLayout::original, KeyLayout::diffusers}) {
    REQUIRE(has(layout).has_value());
    CHECK(has(layout)->first == kind);
    CHECK(has(layout)->second == layout);
  }
}

TEST_CASE("all names of all real models go to the other layout and back", "[wan][key_map][law]") {
  constexpr auto deferred = flashmotion::nn::Storage::deferred;
  for (const char* name : {"wan22_ti2v_5b", "wan21_i2v_14b"}) {
    check_names(ModelKind::transformer, wan::DitGenerator(wan::preset(name).dit, deferred).named_tensors());
  }
  check_names(ModelKind::vae21, wan::Vae(wan::vae21(), deferred).named_tensors());
  check_names(ModelKind::vae22, wan::Vae(wan::vae22(), deferred).named_tensors());
  check_names(ModelKind::text_encoder, wan::Umt5Encoder({}, deferred).named_tensors());
  check_names(ModelKind::image_encoder, wan::ClipVision({}, deferred).named_tensors());
}

TEST_CASE("names are those of Diffusers and Transformers", "[wan][key_map][golden]") {
  const auto t = ModelKind::transformer;
  CHECK(other_name(t, "blocks.7.norm3.weight") == "blocks.7.norm2.weight");
  CHECK(other_name(t, "blocks.12.cross_attn.norm_k_img.weight") == "blocks.12.attn2.norm_added_k.weight");
  CHECK(other_name(t, "time_projection.1.bias") == "condition_embedder.time_proj.bias");
  CHECK(other_name(t, "head.modulation") == "scale_shift_table");
  CHECK(other_name(t, "blocks.0.modulation") == "blocks.0.scale_shift_table");
  CHECK(other_name(t, "head.head.weight") == "proj_out.weight");
  CHECK(other_name(t, "blocks.0.ffn.0.weight") == "blocks.0.ffn.net.0.proj.weight");
  CHECK(other_name(ModelKind::vae21, "decoder.upsamples.11.resample.1.weight") ==
        "decoder.up_blocks.2.upsamplers.0.resample.1.weight");
  CHECK(other_name(ModelKind::vae21, "decoder.upsamples.4.shortcut.bias") ==
        "decoder.up_blocks.1.resnets.0.conv_shortcut.bias");
  CHECK(other_name(ModelKind::vae21, "encoder.downsamples.5.time_conv.weight") ==
        "encoder.down_blocks.5.time_conv.weight");
  CHECK(other_name(ModelKind::vae22, "encoder.downsamples.1.downsamples.2.time_conv.bias") ==
        "encoder.down_blocks.1.downsampler.time_conv.bias");
  CHECK(other_name(ModelKind::vae22, "decoder.upsamples.3.upsamples.2.residual.6.weight") ==
        "decoder.up_blocks.3.resnets.2.conv2.weight");
  CHECK(other_name(ModelKind::vae22, "conv2.weight") == "post_quant_conv.weight");
  CHECK(other_name(ModelKind::text_encoder, "blocks.3.ffn.gate.0.weight") ==
        "encoder.block.3.layer.1.DenseReluDense.wi_0.weight");
  CHECK(wan::original_key(ModelKind::text_encoder, "encoder.embed_tokens.weight")->name == "token_embedding.weight");
  const auto joined = wan::diffusers_keys(ModelKind::image_encoder, "visual.transformer.5.attn.to_qkv.weight");
  REQUIRE(joined.size() == 3);
  CHECK(joined[1].name == "vision_model.encoder.layers.5.self_attn.k_proj.weight");
  CHECK(joined[1].change.part == 1);
}

TEST_CASE("names of no network have no other name", "[wan][key_map][unit]") {
  for (const char* name : {"", "blocks..modulation", "blocks.x.modulation", "blocks.01.modulation",
                           "blocks.0.modulation.x", "head.head.scale_weight", "patch_embedding."}) {
    INFO(name);
    CHECK(wan::diffusers_keys(ModelKind::transformer, name).empty());
    CHECK_FALSE(wan::original_key(ModelKind::transformer, name).has_value());
  }
  CHECK_FALSE(wan::detect_keys([](std::string_view) { return false; }).has_value());
}

TEST_CASE("what wrappers add to names is taken away", "[wan][key_map][unit]") {
  const auto clean = [](std::string_view name) { return wan::clean_key(name).name; };
  CHECK(clean("model.diffusion_model.head.modulation") == "head.modulation");
  CHECK(clean("diffusion_model.head.modulation") == "head.modulation");
  CHECK(clean("model.head.modulation") == "head.modulation");
  CHECK(clean("module.model.head.modulation") == "head.modulation");
  CHECK(clean("model._fsdp_wrapped_module.blocks.0._checkpoint_wrapped_module.modulation") == "blocks.0.modulation");
  CHECK(clean("_orig_mod.model.blocks.0.norm3.weight") == "blocks.0.norm3.weight");
  CHECK(clean("blocks.0.modulation") == "blocks.0.modulation");
  CHECK(wan::clean_key("model.diffusion_model.a").prefix == "model.diffusion_model.");
  CHECK(wan::clean_key("a").prefix.empty());
}

TEST_CASE("tensors that nothing computes with can be left out", "[wan][key_map][unit]") {
  CHECK(wan::ignorable_key(ModelKind::transformer, KeyLayout::diffusers, "blocks.0.attn2.norm_added_q.weight"));
  CHECK(wan::ignorable_key(ModelKind::transformer, KeyLayout::original, "_register_tokens.register_tokens"));
  CHECK_FALSE(wan::ignorable_key(ModelKind::transformer, KeyLayout::original, "blocks.0.modulation"));
  CHECK(wan::ignorable_key(ModelKind::image_encoder, KeyLayout::original, "textual.token_embedding.weight"));
  CHECK(wan::ignorable_key(ModelKind::image_encoder, KeyLayout::diffusers, "vision_model.embeddings.position_ids"));
  CHECK(wan::ignorable_key(ModelKind::text_encoder, KeyLayout::original, "spiece_model"));
  CHECK(wan::optional_key(ModelKind::image_encoder, "visual.head"));
  CHECK_FALSE(wan::optional_key(ModelKind::transformer, "head.head.weight"));
}

}  // namespace key_map_test
