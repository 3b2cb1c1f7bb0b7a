#include "flashmotion/wan/checkpoint.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "tests/support/test_fixtures.hpp"
#include "tests/wan/tiny_checkpoints.hpp"

#include <string>

namespace checkpoint_test {

namespace wan = flashmotion::wan;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::NamedTensors;
using flashmotion::Tensor;
using flashmotion::to_string;
using wan::KeyLayout;
using wan::ModelKind;
using wan::Role;
constexpr auto deferred = flashmotion::nn::Storage::deferred;

fs::path fixture(const std::string& name) {
  return fs::path(FLASHMOTION_TEST_SOURCE_DIR) / "tests" / "fixtures" / "checkpoints" / name;
}

// One network's file in the layout, opened.
wan::CheckpointComponent stored(const TempFolder& folder, ModelKind kind, const NamedTensors& tensors,
                                KeyLayout layout) {
  const fs::path file = folder / (std::string(to_string(layout)) + ".safetensors");
  tiny_checkpoints::write(file,
                          layout == KeyLayout::original ? tensors : tiny_checkpoints::as_diffusers(kind, tensors));
  wan::Checkpoint checkpoint = wan::open_checkpoint(file);
  REQUIRE(checkpoint.components.size() == 1);
  CHECK(checkpoint.components[0].kind == kind);
  CHECK(checkpoint.components[0].layout == layout);
  return checkpoint.components[0];
}

// Byte-identical results of both layouts and of the network that they were made of.
template <class Network, class Run>
void check_layouts(ModelKind kind, Network network, const typename Network::Config& config, const Run& run) {
  const TempFolder folder;
  const Tensor want = run(network);
  CHECK(want.abs().max().item<double>() > 0);
  for (const KeyLayout layout : {KeyLayout::original, KeyLayout::diffusers}) {
    INFO(to_string(layout));
    const wan::CheckpointComponent component = stored(folder, kind, network.named_tensors(), layout);
    Network loaded(config, deferred);
    wan::install(component, loaded.named_tensors());
    CHECK(run(loaded).equal(want));
  }
}

TEST_CASE("a transformer gives the same bytes from either layout", "[wan][checkpoint][unit]") {
  const auto run = [](wan::DitGenerator& dit) {
    const torch::NoGradGuard no_grad;
    flashmotion::DenoiseRequest request;
    request.latent = tiny_dit::latent();
    request.sigma = torch::tensor({0.7F});
    request.text.tokens = tiny_dit::text();
    return dit.denoise(request).prediction;
  };
  wan::DitGenerator dit(tiny_dit::config(), flashmotion::nn::Storage::owned);
  tiny_dit::fill_(dit.named_tensors());
  check_layouts(ModelKind::transformer, dit, tiny_dit::config(), run);
}

TEST_CASE("autoencoders give the same bytes from either layout", "[wan][checkpoint][unit]") {
  const Tensor video = torch::sin(torch::arange(3 * 5 * 32 * 32, torch::kFloat) * 0.01).view({1, 3, 5, 32, 32});
  const auto run = [&](const wan::Vae& vae) {
    const torch::NoGradGuard no_grad;
    const Tensor latent = vae.encode(video);
    return torch::cat({latent.flatten(), vae.decode(latent).flatten()});
  };
  for (const auto& [version, kind] :
       {std::pair{wan::VaeVersion::wan21, ModelKind::vae21}, std::pair{wan::VaeVersion::wan22, ModelKind::vae22}}) {
    const wan::VaeConfig config = tiny_vae::config(version);
    check_layouts(kind, tiny_vae::shaken(config), config, run);
  }
}

TEST_CASE("encoders of text and pictures give the same bytes from either layout", "[wan][checkpoint][unit]") {
  wan::Umt5Encoder text(tiny_checkpoints::umt5());
  tiny_dit::fill_(text.named_tensors());
  check_layouts(ModelKind::text_encoder, text, tiny_checkpoints::umt5(), [](const wan::Umt5Encoder& encoder) {
    wan::Umt5Request request;
    request.ids = torch::tensor({{3, 7, 12, 1, 0}}, torch::kLong);
    request.mask = request.ids.ne(0).to(torch::kLong);
    return encoder.encode(request).hidden;
  });
  wan::ClipVision vision(tiny_checkpoints::clip());
  tiny_dit::fill_(vision.named_tensors());
  check_layouts(ModelKind::image_encoder, vision, tiny_checkpoints::clip(), [](const wan::ClipVision& tower) {
    return tower.encode(torch::sin(torch::arange(3 * 28 * 28, torch::kFloat)).view({1, 3, 28, 28}));
  });
}

TEST_CASE("the fixtures of both layouts are the same network", "[wan][checkpoint][golden]") {
  for (const auto& [original, diffusers] :
       {std::pair{"dit_original_keys", "dit_wan22_ti2v"}, std::pair{"dit_wan21_i2v_original_keys", "dit_wan21_i2v"},
        std::pair{"vae_wan21_original_keys", "vae_wan21"}, std::pair{"vae_wan22_original_keys", "vae_wan22"},
        std::pair{"umt5_original_keys", "umt5"}}) {
    INFO(original);
    const auto one = test_fixtures(std::string(original) + "/model.safetensors");
    const auto two = test_fixtures(std::string(diffusers) + "/model.safetensors");
    if (!one || !two) FLASHMOTION_SKIP("the numeric fixtures are not here");
    const wan::CheckpointComponent a = wan::open_checkpoint(*one).components.at(0);
    const wan::CheckpointComponent b = wan::open_checkpoint(*two).components.at(0);
    CHECK(a.layout == KeyLayout::original);
    CHECK(b.layout == KeyLayout::diffusers);
    CHECK(a.kind == b.kind);
    CHECK(a.surplus.size() + b.surplus.size() == 0);
    REQUIRE(a.tensors.size() == b.tensors.size());
    for (std::size_t i = 0; i < a.tensors.size(); ++i) {
      CHECK(a.tensors[i].name == b.tensors[i].name);
      CHECK(a.tensors[i].tensor().equal(b.tensors[i].tensor()));
    }
  }
}

TEST_CASE("an installed tensor is a view of the file, in its type or another", "[wan][checkpoint][unit]") {
  const TempFolder folder;
  wan::DitGenerator dit(tiny_dit::config(), flashmotion::nn::Storage::owned);
  tiny_dit::fill_(dit.named_tensors());
  const auto component = stored(folder, ModelKind::transformer, dit.named_tensors(), KeyLayout::original);
  wan::DitGenerator loaded(tiny_dit::config(), deferred);
  wan::install(component, loaded.named_tensors());
  int views = 0;
  for (const auto& [name, tensor] : loaded.named_tensors()) {
    const void* in_file = component.find(name)->parts[0].view.const_data_ptr();
    CHECK((tensor.const_data_ptr() == in_file) == (reinterpret_cast<std::uintptr_t>(in_file) % 64 == 0));
    views += tensor.const_data_ptr() == in_file ? 1 : 0;
  }
  CHECK(views > 0);
  wan::CheckpointComponent large;
  const at::Tensor odd = torch::zeros({(1 << 18) + 1}).slice(0, 1);
  large.tensors.push_back({"x", {{"x", odd, nullptr}}, {}});
  const NamedTensors target = {{"x", torch::zeros({1}).expand({1 << 18})}};
  wan::install(large, target);
  CHECK(target[0].tensor.const_data_ptr() == odd.const_data_ptr());
  wan::install(component, loaded.named_tensors(), {at::kBFloat16});
  CHECK(loaded.named_tensors()[0].tensor.scalar_type() == at::kBFloat16);

  NamedTensors narrow;
  for (const auto& [name, tensor] : dit.named_tensors()) {
    narrow.push_back({name, tensor.detach().to(at::ScalarType::Float8_e4m3fn)});
  }
  const TempFolder other;
  const auto eight = stored(other, ModelKind::transformer, narrow, KeyLayout::original);
  CHECK(eight.tensors[0].dtype() == at::ScalarType::Float8_e4m3fn);
  wan::install(eight, loaded.named_tensors());
  CHECK(loaded.named_tensors()[0].tensor.scalar_type() == at::kBFloat16);
}

std::string install_error(const wan::CheckpointComponent& component, const NamedTensors& targets) {
  try {
    wan::install(component, targets);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("all that does not fit is told at once, and nothing is installed", "[wan][checkpoint][message]") {
  wan::DitGenerator dit(tiny_dit::config(), flashmotion::nn::Storage::owned);
  tiny_dit::fill_(dit.named_tensors());
  NamedTensors tensors;
  for (const auto& [name, tensor] : dit.named_tensors()) {
    if (name == "blocks.1.norm3.bias") continue;
    tensors.push_back({name, name == "head.head.bias" ? torch::zeros({5}) : tensor.detach()});
    if (name == "blocks.0.ffn.2.bias") tensors.back().tensor = torch::zeros({24}, torch::kLong);
  }
  tensors.push_back({"blocks.2.modulation", torch::zeros({1, 6, 24})});
  tensors.push_back({"blocks.0.odd", torch::zeros({2})});
  const TempFolder folder;
  const auto component = stored(folder, ModelKind::transformer, tensors, KeyLayout::original);
  wan::DitGenerator loaded(tiny_dit::config(), deferred);
  const Tensor before = loaded.named_tensors()[0].tensor.detach();
  const std::string text = install_error(component, loaded.named_tensors());
  const std::string file = (folder / "original.safetensors").string();
  CHECK_THAT(text, Contains("'" + file + "' does not fit the transformer:"));
  CHECK_THAT(text, Contains("tensor 'blocks.1.norm3.bias' is missing, expected with shape [24]"));
  CHECK_THAT(text, Contains("tensor 'head.head.bias' of '" + file + "' has the shape [5], expected [16]"));
  CHECK_THAT(text, Contains("tensor 'blocks.0.ffn.2.bias' of '" + file + "' has the type Long"));
  CHECK_THAT(text, Contains("tensor 'blocks.2.modulation' of '" + file + "' with shape [1, 6, 24] is not expected"));
  CHECK_THAT(text, Contains("tensor 'blocks.0.odd' of"));
  CHECK(loaded.named_tensors()[0].tensor.const_data_ptr() == before.const_data_ptr());

  NamedTensors diffusers = tiny_checkpoints::as_diffusers(ModelKind::transformer, dit.named_tensors());
  std::erase_if(diffusers, [](const auto& item) { return item.name == "blocks.1.norm2.bias"; });
  tiny_checkpoints::write(folder / "d.safetensors", diffusers);
  CHECK_THAT(install_error(wan::open_checkpoint(folder / "d.safetensors").components[0], loaded.named_tensors()),
             Contains("tensor 'blocks.1.norm2.bias' ('blocks.1.norm3.bias') is missing, expected with shape [24]"));

  wan::ClipVision vision(tiny_checkpoints::clip());
  NamedTensors pictures = tiny_checkpoints::as_diffusers(ModelKind::image_encoder, vision.named_tensors());
  std::erase_if(pictures, [](const auto& item) {
    return item.name == "visual_projection.weight" ||
           item.name == "vision_model.encoder.layers.1.self_attn.k_proj.bias";
  });
  tiny_checkpoints::write(folder / "v.safetensors", pictures);
  const std::string joined =
      install_error(wan::open_checkpoint(folder / "v.safetensors").components[0], vision.named_tensors());
  CHECK_THAT(joined, Contains("tensor 'visual.transformer.1.attn.to_qkv.bias' is incomplete"));
  CHECK_THAT(joined, !Contains("visual.head"));
}

TEST_CASE("numbers with scales of their own are refused", "[wan][checkpoint][message]") {
  const TempFolder folder;
  wan::DitGenerator dit(tiny_dit::config(), 3);
  NamedTensors tensors = dit.named_tensors();
  tensors.push_back({"blocks.0.ffn.0.scale_weight", torch::ones({1})});
  const auto component = stored(folder, ModelKind::transformer, tensors, KeyLayout::original);
  CHECK_THAT(install_error(component, dit.named_tensors()), Contains("have scales, which are not known here"));
}

TEST_CASE("of several sets of weights in a file one is taken", "[wan][checkpoint][unit]") {
  const auto value = [](const wan::Checkpoint& checkpoint) {
    const wan::CheckpointTensor* tensor = checkpoint.at(Role::transformer).find("blocks.0.modulation");
    REQUIRE(tensor != nullptr);
    return tensor->tensor().mean().item<double>();
  };
  CHECK(value(wan::open_checkpoint(fixture("few_step.pt"))) == 3.0);
  CHECK(value(wan::open_checkpoint(fixture("few_step.pt"), {"generator"})) == 1.0);
  CHECK(value(wan::open_checkpoint(fixture("few_step.pt"), {"critic"})) == 2.0);
  CHECK_THROWS_WITH(wan::open_checkpoint(fixture("few_step.pt"), {"generater"}),
                    Contains("no set of weights named 'generater'; did you mean 'generator'?"));
}

TEST_CASE("a file with several networks under prefixes gives all of them", "[wan][checkpoint][unit]") {
  const TempFolder folder;
  NamedTensors all;
  const wan::DitGenerator dit(tiny_dit::config(), 3);
  for (const auto& [name, tensor] : dit.named_tensors()) all.push_back({"model.diffusion_model." + name, tensor});
  const wan::Vae vae = tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan22));
  for (const auto& [name, tensor] : vae.named_tensors()) all.push_back({"first_stage_model." + name, tensor});
  tiny_checkpoints::write(folder / "all.safetensors", all);
  const wan::Checkpoint checkpoint = wan::open_checkpoint(folder / "all.safetensors");
  REQUIRE(checkpoint.components.size() == 2);
  CHECK(checkpoint.at(Role::transformer).tensors.size() == dit.named_tensors().size());
  CHECK(checkpoint.at(Role::vae).tensors.size() == vae.named_tensors().size());
  CHECK_THROWS_WITH(checkpoint.at(Role::text_encoder), Contains("has no text_encoder; it has: transformer, vae"));
}

TEST_CASE("folders are read as they lie, and what is wrong with them is told", "[wan][checkpoint][message]") {
  const wan::DitGenerator dit(tiny_dit::config(), 3);
  const TempFolder experts;
  tiny_checkpoints::write(experts / "high_noise_model/diffusion_pytorch_model.safetensors", dit.named_tensors());
  tiny_checkpoints::write(experts / "low_noise_model/diffusion_pytorch_model.safetensors", dit.named_tensors());
  tiny_checkpoints::write_text(experts / "low_noise_model/config.json", tiny_checkpoints::dit_json());
  const wan::Checkpoint two = wan::open_checkpoint(experts.path());
  REQUIRE(two.components.size() == 2);
  CHECK(two.at(Role::transformer).path.parent_path().filename() == "high_noise_model");
  CHECK_FALSE(two.at(Role::transformer).config.has_value());
  CHECK(two.at(Role::transformer_2).config.has_value());

  tiny_checkpoints::write(experts / "other.safetensors", dit.named_tensors());
  CHECK_THROWS_WITH(wan::open_checkpoint(experts.path()), Contains("both hold a transformer; give one of them"));

  const TempFolder run;
  tiny_checkpoints::write(run / "stages/distil/generator.safetensors", dit.named_tensors());
  CHECK_THROWS_WITH(wan::open_checkpoint(run.path()), Contains("give one of this run's:"));
  CHECK(wan::open_checkpoint(run / "stages/distil").components.size() == 1);
  CHECK_THROWS_WITH(wan::open_checkpoint(run / "none"), Contains("there is no checkpoint"));
  tiny_checkpoints::write(run / "codec.safetensors", {{"encode", torch::ones({2})}});
  CHECK_THROWS_WITH(wan::open_checkpoint(run / "codec.safetensors"), Contains("holds no network of the Wan family"));
  tiny_checkpoints::write_text(run / "cut.safetensors", "1234");
  CHECK_THROWS_WITH(wan::open_checkpoint(run / "cut.safetensors"), Contains("the file ends after 4 bytes"));
  tiny_checkpoints::write(run / "twice.safetensors",
                          {{"head.modulation", torch::ones({1})}, {"_orig_mod.head.modulation", torch::ones({1})}});
  CHECK_THROWS_WITH(wan::open_checkpoint(run / "twice.safetensors"), Contains("are the same one under two names"));
}

}  // namespace checkpoint_test
