#include "flashmotion/wan/presets.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace presets_test {

using flashmotion::wan::DitConfig;
using flashmotion::wan::DitGenerator;
using flashmotion::wan::preset;
using Shape = std::vector<std::int64_t>;

// The names of the original releases, with their shapes.
std::map<std::string, Shape> released_tensors(const DitConfig& c, std::int64_t input_channels) {
  std::map<std::string, Shape> all;
  const auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out) {
    all[name + ".weight"] = {out, in};
    all[name + ".bias"] = {out};
  };
  const auto norm = [&](const std::string& name, std::int64_t width) {
    all[name + ".weight"] = {width};
    all[name + ".bias"] = {width};
  };
  const std::int64_t d = c.width;
  all["patch_embedding.weight"] = {d, input_channels, 1, 2, 2};
  all["patch_embedding.bias"] = {d};
  linear("text_embedding.0", 4096, d);
  linear("text_embedding.2", d, d);
  linear("time_embedding.0", 256, d);
  linear("time_embedding.2", d, d);
  linear("time_projection.1", d, 6 * d);
  for (std::int64_t i = 0; i < c.blocks; ++i) {
    const std::string block = fmt::format("blocks.{}.", i);
    all[block + "modulation"] = {1, 6, d};
    for (const char* attention : {"self_attn.", "cross_attn."}) {
      for (const char* name : {"q", "k", "v", "o"}) linear(block + attention + name, d, d);
      all[block + attention + "norm_q.weight"] = {d};
      all[block + attention + "norm_k.weight"] = {d};
    }
    norm(block + "norm3", d);
    linear(block + "ffn.0", d, c.ffn_width);
    linear(block + "ffn.2", c.ffn_width, d);
    if (c.image_width == 0) continue;
    linear(block + "cross_attn.k_img", d, d);
    linear(block + "cross_attn.v_img", d, d);
    all[block + "cross_attn.norm_k_img.weight"] = {d};
  }
  all["head.modulation"] = {1, 2, d};
  linear("head.head", d, 4 * c.latent_channels);
  if (c.image_width > 0) {
    norm("img_emb.proj.0", c.image_width);
    linear("img_emb.proj.1", c.image_width, c.image_width);
    linear("img_emb.proj.3", c.image_width, d);
    norm("img_emb.proj.4", d);
  }
  return all;
}

struct Count {
  const char* name;
  std::int64_t input_channels;
  std::size_t tensors;
  std::int64_t parameters;
};

TEST_CASE("names, shapes and counts at real size are those of the releases", "[wan][golden]") {
  const auto want =
      GENERATE(Count{"wan21_t2v_1_3b", 16, 825, 1'418'996'800},   //
               Count{"wan21_t2v_14b", 16, 1095, 14'288'491'584},  //
               Count{"wan21_i2v_14b", 36, 1303, 16'394'878'784},  //
               Count{"wan22_ti2v_5b", 48, 825, 4'999'787'712},    //
               Count{"wan22_t2v_a14b", 16, 1095, 14'288'491'584}, Count{"wan22_i2v_a14b", 36, 1095, 14'288'901'184});
  INFO(want.name);
  const DitConfig& config = preset(want.name).dit;
  const auto tensors = DitGenerator(config, flashmotion::nn::Storage::deferred).named_tensors();
  CHECK(tensors.size() == want.tensors);
  std::map<std::string, Shape> have;
  std::int64_t parameters = 0;
  for (const auto& [name, tensor] : tensors) {
    have[name] = tensor.sizes().vec();
    parameters += tensor.numel();
    CHECK(tensor.storage().nbytes() == 4);
  }
  CHECK(parameters == want.parameters);
  CHECK(have == released_tensors(config, want.input_channels));
}

TEST_CASE("a preset says what its authors sample with", "[wan][unit]") {
  CHECK(flashmotion::wan::presets().size() == 6);
  CHECK(preset("wan22_ti2v_5b").frames == 121);
  CHECK(preset("wan22_ti2v_5b").fps == 24);
  CHECK(preset("wan22_ti2v_5b").guidance_high_noise == 5.0);
  CHECK(preset("wan22_t2v_a14b").boundary == 0.875);
  CHECK(preset("wan22_t2v_a14b").shift == 12.0);
  CHECK(preset("wan22_i2v_a14b").boundary == 0.9);
  CHECK_FALSE(preset("wan21_t2v_14b").boundary.has_value());
}

TEST_CASE("an unknown model is told with the nearest name", "[wan][message]") {
  CHECK_THROWS_WITH(preset("wan22_ti2v_5B"), "no model named 'wan22_ti2v_5B'; did you mean 'wan22_ti2v_5b'?");
}

}  // namespace presets_test
