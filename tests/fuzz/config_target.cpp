#include "flashmotion/base/error.hpp"
#include "flashmotion/io/json_value.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {
namespace {

void walk(const flashmotion::JsonValue& value) {
  if (value.is_object()) {
    for (const std::string& key : value.keys()) {
      if (const auto inner = value.find(key)) walk(*inner);
    }
  } else if (value.is_array()) {
    for (const flashmotion::JsonValue& inner : value.elements()) walk(inner);
  }
  for (int i = 0; i < 4; ++i) {
    try {
      if (i == 0) static_cast<void>(value.whole(0, 1000));
      if (i == 1) static_cast<void>(value.numbers());
      if (i == 2) static_cast<void>(value.text());
      if (i == 3) static_cast<void>(value.at("a").boolean());
    } catch (const flashmotion::InputError&) {  // what a wrong value gives
    }
  }
}

}  // namespace

void run_config(std::string_view bytes) {
  if (bytes.size() > 4096) return;  // each mistake is looked for in the whole text
  try {
    walk(flashmotion::JsonValue::parse(std::string(bytes), "config.json"));
  } catch (const flashmotion::InputError&) {  // what a wrong text gives
  }
}

std::vector<std::string> config_seeds() {
  return {
      "{}",
      R"({"_class_name": "WanModel", "dim": 40, "eps": 1e-06, "ffn_dim": 72, "freq_dim": 24, "in_dim": 12, )"
      R"("model_type": "ti2v", "num_heads": 2, "num_layers": 2, "out_dim": 12, "text_len": 9})",
      R"({"_class_name": "AutoencoderKLWan", "base_dim": 4, "z_dim": 4, "dim_mult": [1, 2, 4, 4], "attn_scales": [], )"
      R"("temperal_downsample": [false, true, true], "latents_mean": [0.5, -0.5, 1, 2], "patch_size": null})",
      R"({"a": {"b": [1, "\u00e4\n", {"c": -1.5e3}]}})",
  };
}

}  // namespace fuzz
