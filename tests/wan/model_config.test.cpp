#include "flashmotion/wan/model_config.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/presets.hpp"
#include "tests/wan/tiny_checkpoints.hpp"

#include <string>

namespace model_config_test {

namespace wan = flashmotion::wan;
using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::JsonValue;
using flashmotion::NamedTensors;
using wan::KeyLayout;
using wan::ModelKind;
constexpr auto deferred = flashmotion::nn::Storage::deferred;

// A component as a checkpoint would give it, without files.
wan::CheckpointComponent component(ModelKind kind, NamedTensors tensors, const std::string& json = "",
                                   KeyLayout layout = KeyLayout::original) {
  wan::CheckpointComponent c;
  c.kind = kind;
  c.layout = layout;
  c.path = "x.safetensors";
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& [name, tensor] : tensors) c.tensors.push_back({name, {{name, tensor.detach(), nullptr}}, {}});
  if (!json.empty()) c.config = JsonValue::parse(json, "config.json");
  return c;
}

template <class Config>
void check_equal(const Config& have, const Config& want) {
  const auto list = [](const Config& config) {
    std::string text;
    const auto field = [&](std::string_view name, const auto& value, const auto&...) {
      using Value = std::remove_cvref_t<decltype(value)>;
      if constexpr (std::is_enum_v<Value>) {
        text += fmt::format("{} = {}\n", name, static_cast<int>(value));
      } else if constexpr (std::is_arithmetic_v<Value>) {
        text += fmt::format("{} = {}\n", name, value);
      } else {
        for (const auto entry : value) text += fmt::format("{} {}\n", name, static_cast<double>(entry));
      }
    };
    Config::fields(field, config);
    return text;
  };
  CHECK(list(have) == list(want));
}

TEST_CASE("tensors alone tell the released models", "[wan][model_config][unit]") {
  for (const wan::Preset& preset : wan::presets()) {
    INFO(preset.name);
    check_equal(
        wan::dit_config(component(ModelKind::transformer, wan::DitGenerator(preset.dit, deferred).named_tensors())),
        preset.dit);
  }
  check_equal(wan::vae_config(component(ModelKind::vae21, wan::Vae(wan::vae21(), deferred).named_tensors())),
              wan::vae21());
  check_equal(wan::vae_config(component(ModelKind::vae22, wan::Vae(wan::vae22(), deferred).named_tensors())),
              wan::vae22());
  check_equal(wan::umt5_config(component(ModelKind::text_encoder, wan::Umt5Encoder({}, deferred).named_tensors())), {});
  check_equal(
      wan::clip_vision_config(component(ModelKind::image_encoder, wan::ClipVision({}, deferred).named_tensors())), {});
}

// The text in a layout is read back as the same configuration, whatever layout the tensors' names have.
template <class Config, class Read>
void check_text(const wan::CheckpointComponent& source, const Config& want, const Read& read) {
  for (const KeyLayout layout : {KeyLayout::original, KeyLayout::diffusers}) {
    wan::CheckpointComponent again = source;
    again.config = JsonValue::parse(wan::config_text(source, layout), "config.json");
    INFO(again.config->dump());
    again.layout = layout;
    check_equal(read(again), want);
  }
}

TEST_CASE("config.json is written and read in both layouts", "[wan][model_config][unit]") {
  wan::DitConfig dit = tiny_checkpoints::image_dit();
  dit.epsilon = 1e-3;
  const NamedTensors tensors = wan::DitGenerator(dit, deferred).named_tensors();
  const auto source = component(ModelKind::transformer, tensors, R"({"num_heads": 2, "eps": 0.001})");
  check_equal(wan::dit_config(source), dit);
  check_text(
      component(ModelKind::transformer, tensors, R"({"num_attention_heads": 2, "eps": 1e-3})", KeyLayout::diffusers),
      dit, [](const auto& c) { return wan::dit_config(c); });
  wan::VaeConfig vae = tiny_vae::config(wan::VaeVersion::wan22);
  vae.latents_mean = {0.5, -0.25, 0.0, 1.0};
  vae.latents_std = {1.5, 0.25, 2.0, 1.0};
  check_text(component(ModelKind::vae22, wan::Vae(vae, deferred).named_tensors(),
                       R"({"base_dim": 8, "latents_mean": [0.5, -0.25, 0, 1], "latents_std": [1.5, 0.25, 2, 1]})",
                       KeyLayout::diffusers),
             vae, [](const auto& c) { return wan::vae_config(c); });
  const wan::Umt5Config text = tiny_checkpoints::umt5();
  check_text(component(ModelKind::text_encoder, wan::Umt5Encoder(text, deferred).named_tensors()), text,
             [](const auto& c) { return wan::umt5_config(c); });
  const wan::ClipVisionConfig vision = tiny_checkpoints::clip();
  check_text(
      component(ModelKind::image_encoder, wan::ClipVision(vision, deferred).named_tensors(), R"({"num_heads": 2})"),
      vision, [](const auto& c) { return wan::clip_vision_config(c); });
}

std::string refused(const std::string& json, KeyLayout layout = KeyLayout::original) {
  const NamedTensors tensors = wan::DitGenerator(tiny_dit::config(), deferred).named_tensors();
  try {
    static_cast<void>(wan::dit_config(component(ModelKind::transformer, tensors, json, layout)));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a config.json that contradicts the tensors is refused with its place", "[wan][model_config][message]") {
  CHECK(refused(tiny_checkpoints::dit_json()).empty());
  CHECK_THAT(refused(R"({"num_heads": 2, "dim": 32})"),
             Contains("config.json:1:25: 'dim' is 32, but the tensors of 'x.safetensors' say 24"));
  CHECK_THAT(refused(R"({"num_heads": 2, "in_dim": 5})"), Contains("'in_dim' is 5"));
  CHECK_THAT(refused(R"({"num_heads": 5})"), Contains("'num_heads' is 5, which does not divide the width 24"));
  CHECK_THAT(refused(R"({"num_heads": "2"})"), Contains("'num_heads' must be a whole number, found \"2\""));
  CHECK_THAT(refused(R"({"dim": 24})"), Contains("nothing tells the number of attention heads"));
  CHECK_THAT(refused(""), Contains("put its config.json beside it"));
  CHECK_THAT(refused(R"({"num_heads": 2, "eps": 0})"), Contains("'eps' must be above 0"));
  CHECK_THAT(refused(R"({"num_heads": 2, "qk_norm": false})"), Contains("'qk_norm' is false; only true is known"));
  CHECK_THAT(refused(R"({"num_attention_heads": 2, "attention_head_dim": 20})", KeyLayout::diffusers),
             Contains("'attention_head_dim' is 20, but the width 24 has 2 heads"));
  CHECK_THAT(refused(R"([1])"), Contains("must be an object"));
  CHECK_THROWS_WITH(wan::dit_config(component(ModelKind::transformer, {})),
                    Contains("tensor 'patch_embedding.weight' is missing"));
  CHECK_THROWS_WITH(wan::dit_config(component(ModelKind::vae21, {})), Contains("is a vae 2.1, not a transformer"));
}

}  // namespace model_config_test
