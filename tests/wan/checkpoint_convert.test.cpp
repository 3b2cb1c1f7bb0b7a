#include "flashmotion/wan/checkpoint_convert.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "tests/wan/tiny_checkpoints.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace checkpoint_convert_test {

namespace wan = flashmotion::wan;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::NamedTensors;
using flashmotion::Tensor;
using wan::FolderLayout;
using wan::ModelKind;
using wan::Role;

// A release with every network, in mixed types.
void write_release(const fs::path& root) {
  NamedTensors dit;
  for (const auto& [name, tensor] : wan::DitGenerator(tiny_checkpoints::image_dit(), 3).named_tensors()) {
    const bool narrow = name.find("ffn") != std::string::npos;
    const auto type = narrow ? at::ScalarType::Float8_e4m3fn : name.ends_with("bias") ? at::kFloat : at::kBFloat16;
    dit.push_back({name, tensor.detach().to(type)});
  }
  tiny_checkpoints::write(root / "diffusion_pytorch_model.safetensors", dit);
  tiny_checkpoints::write_text(root / "config.json",
                               R"({"_class_name": "WanModel", "num_heads": 2, "dim": 24, "eps": 1e-6})");
  tiny_checkpoints::write(root / "Wan2.1_VAE.safetensors",
                          tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan21)).named_tensors());
  wan::Umt5Encoder text(tiny_checkpoints::umt5());
  tiny_dit::fill_(text.named_tensors());
  tiny_checkpoints::write(root / "models_t5_umt5-xxl-enc-bf16.safetensors", text.named_tensors());
  wan::ClipVision vision(tiny_checkpoints::clip());
  tiny_dit::fill_(vision.named_tensors());
  tiny_checkpoints::write(root / "models_clip.safetensors", vision.named_tensors());
  tiny_checkpoints::write_text(root / "models_clip.json", R"({"num_heads": 2})");
  tiny_checkpoints::write_text(root / "google/umt5-xxl/spiece.model", "pieces");
}

// Whether two checkpoints hold the same bytes under the same names.
void check_same(const fs::path& a, const fs::path& b) {
  const wan::Checkpoint one = wan::open_checkpoint(a);
  const wan::Checkpoint two = wan::open_checkpoint(b);
  REQUIRE(one.components.size() == two.components.size());
  for (const wan::CheckpointComponent& component : one.components) {
    const wan::CheckpointComponent& other = two.at(component.role);
    CHECK(component.kind == other.kind);
    REQUIRE(component.tensors.size() == other.tensors.size());
    for (std::size_t i = 0; i < component.tensors.size(); ++i) {
      INFO(component.tensors[i].name);
      const Tensor x = component.tensors[i].tensor().contiguous();
      const Tensor y = other.tensors[i].tensor().contiguous();
      CHECK(component.tensors[i].name == other.tensors[i].name);
      CHECK(x.scalar_type() == y.scalar_type());
      CHECK(x.sizes() == y.sizes());
      CHECK(x.view(at::kByte).equal(y.view(at::kByte)));
    }
  }
}

TEST_CASE("a release goes to every layout and back with the same bytes", "[wan][checkpoint][unit]") {
  const TempFolder folder;
  write_release(folder / "release");
  wan::ConvertOptions options;
  const auto convert = [&](const char* from, const char* to, FolderLayout layout) {
    options.layout = layout;
    return wan::convert_checkpoint(wan::open_checkpoint(folder / from), folder / to, options);
  };
  const auto files = convert("release", "diffusers", FolderLayout::diffusers);
  CHECK(std::all_of(files.begin(), files.end(), [](const fs::path& file) { return fs::exists(file); }));
  for (const char* file :
       {"model_index.json", "scheduler/scheduler_config.json", "transformer/config.json",
        "transformer/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors", "image_encoder/model.safetensors", "tokenizer/spiece.model"}) {
    INFO(file);
    CHECK(fs::exists(folder / "diffusers" / file));
  }
  convert("diffusers", "own", FolderLayout::flashmotion);
  CHECK(fs::exists(folder / "own/transformer.safetensors"));
  CHECK(fs::exists(folder / "own/vae.json"));
  convert("own", "back", FolderLayout::original);
  for (const char* file : {"config.json", "diffusion_pytorch_model.safetensors", "Wan2.1_VAE.pth",
                           "models_t5_umt5-xxl-enc-fp32.pth", "google/umt5-xxl/spiece.model"}) {
    INFO(file);
    CHECK(fs::exists(folder / "back" / file));
  }
  for (const char* other : {"diffusers", "own", "back"}) {
    INFO(other);
    check_same(folder / "release", folder / other);
    const wan::Checkpoint checkpoint = wan::open_checkpoint(folder / other);
    CHECK(wan::dit_config(checkpoint.at(Role::transformer)).image_width == 14);
    CHECK(wan::clip_vision_config(checkpoint.at(Role::image_encoder)).heads == 2);
  }
  // Once more to Diffusers: the very same files.
  convert("back", "again", FolderLayout::diffusers);
  for (const char* file : {"transformer/diffusion_pytorch_model.safetensors", "image_encoder/model.safetensors"}) {
    CHECK(flashmotion::read_file((folder / "diffusers" / file).string()) ==
          flashmotion::read_file((folder / "again" / file).string()));
  }
}

TEST_CASE("parts have at most the size that was asked for, and an index", "[wan][checkpoint][unit]") {
  const TempFolder folder;
  const wan::DitGenerator dit(tiny_dit::config(), 3);
  tiny_checkpoints::write(folder / "in/diffusion_pytorch_model.safetensors", dit.named_tensors());
  tiny_checkpoints::write_text(folder / "in/config.json", tiny_checkpoints::dit_json());
  wan::ConvertOptions options;
  options.layout = FolderLayout::diffusers;
  options.shard_bytes = 20'000;
  options.dtype = at::kHalf;
  std::uint64_t told = 0;
  options.written = [&](std::uint64_t bytes) { told += bytes; };
  const wan::Checkpoint checkpoint = wan::open_checkpoint(folder / "in");
  const auto files = wan::convert_checkpoint(checkpoint, folder / "out", options);
  CHECK(files.size() > 4);
  CHECK(told == wan::converted_bytes(checkpoint, options));
  CHECK(fs::exists(folder / "out/transformer/diffusion_pytorch_model.safetensors.index.json"));
  for (const fs::path& file : files) {
    if (file.extension() == ".safetensors") CHECK(fs::file_size(file) < 26'000);
  }
  const wan::Checkpoint out = wan::open_checkpoint(folder / "out");
  CHECK(out.at(Role::transformer).tensors.size() == dit.named_tensors().size());
  CHECK(out.at(Role::transformer).tensors[0].dtype() == at::kHalf);
  fs::remove(folder / "out/transformer/diffusion_pytorch_model.safetensors.index.json");
  CHECK(wan::open_checkpoint(folder / "out").at(Role::transformer).tensors.size() == dit.named_tensors().size());
}

TEST_CASE("settings that are not the released ones survive", "[wan][checkpoint][unit]") {
  const TempFolder folder;
  wan::VaeConfig config = tiny_vae::config(wan::VaeVersion::wan22);
  config.latents_mean = {0.5, -0.25, 0.0, 1.0};
  tiny_checkpoints::write(folder / "in/vae/diffusion_pytorch_model.safetensors",
                          tiny_checkpoints::as_diffusers(ModelKind::vae22, tiny_vae::shaken(config).named_tensors()));
  tiny_checkpoints::write_text(folder / "in/vae/config.json",
                               R"({"z_dim": 4, "latents_mean": [0.5, -0.25, 0.0, 1.0]})");
  wan::ConvertOptions options;
  wan::convert_checkpoint(wan::open_checkpoint(folder / "in"), folder / "original", options);
  options.layout = FolderLayout::diffusers;
  wan::convert_checkpoint(wan::open_checkpoint(folder / "original"), folder / "diffusers", options);
  CHECK(wan::vae_config(wan::open_checkpoint(folder / "diffusers").at(Role::vae)).latents_mean == config.latents_mean);
}

TEST_CASE("what is there is not overwritten unless it may be", "[wan][checkpoint][message]") {
  const TempFolder folder;
  const wan::DitGenerator dit(tiny_dit::config(), 3);
  tiny_checkpoints::write(folder / "in/diffusion_pytorch_model.safetensors", dit.named_tensors());
  tiny_checkpoints::write_text(folder / "in/config.json", tiny_checkpoints::dit_json());
  const wan::Checkpoint checkpoint = wan::open_checkpoint(folder / "in");
  wan::ConvertOptions options;
  options.layout = FolderLayout::diffusers;
  wan::convert_checkpoint(checkpoint, folder / "out", options);
  CHECK_THROWS_WITH(wan::convert_checkpoint(checkpoint, folder / "out", options), Contains("is there already"));
  options.overwrite = true;
  options.layout = FolderLayout::original;
  wan::convert_checkpoint(checkpoint, folder / "out/", options);
  CHECK(fs::exists(folder / "out/diffusion_pytorch_model.safetensors"));
  CHECK_FALSE(fs::exists(folder / "out/transformer"));
  CHECK_THROWS_WITH(wan::convert_checkpoint(checkpoint, folder / "in", options),
                    Contains("is, or holds, what is read"));
  CHECK_THROWS_WITH(wan::convert_checkpoint(checkpoint, folder.path(), options),
                    Contains("is, or holds, what is read"));
  tiny_checkpoints::write_text(folder / "papers/thesis.txt", "important");
  CHECK_THROWS_WITH(wan::convert_checkpoint(checkpoint, folder / "papers", options),
                    Contains("is no checkpoint and is not"));
  CHECK(fs::exists(folder / "papers/thesis.txt"));

  // Stopped in the middle, nothing is left behind.
  options.written = [](std::uint64_t) { throw flashmotion::Interrupted(2); };
  CHECK_THROWS_AS(wan::convert_checkpoint(checkpoint, folder / "stopped", options), flashmotion::Interrupted);
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) left.insert(entry.path().filename().string());
  CHECK(left == std::set<std::string>{"in", "out", "papers"});
}

TEST_CASE("a single network goes into a single file; unknown tensors are not lost in silence",
          "[wan][checkpoint][message]") {
  const TempFolder folder;
  const wan::DitGenerator dit(tiny_dit::config(), 3);
  NamedTensors tensors;
  for (const auto& [name, tensor] : dit.named_tensors()) tensors.push_back({"model." + name, tensor});
  tiny_checkpoints::write(folder / "in.safetensors", tensors);
  wan::ConvertOptions options;
  options.layout = FolderLayout::diffusers;
  wan::convert_checkpoint(wan::open_checkpoint(folder / "in.safetensors"), folder / "out.safetensors", options);
  CHECK(flashmotion::SafetensorsFile(folder / "out.safetensors").contains("blocks.0.attn1.to_q.weight"));

  tensors.push_back({"model.blocks.0.odd", torch::ones({2})});
  tiny_checkpoints::write(folder / "odd.safetensors", tensors);
  const wan::Checkpoint odd = wan::open_checkpoint(folder / "odd.safetensors");
  CHECK_THROWS_WITH(wan::convert_checkpoint(odd, folder / "odd", options),
                    Contains("tensor 'model.blocks.0.odd' of") && Contains("belongs to no transformer"));
  CHECK_FALSE(fs::exists(folder / "odd"));
}

}  // namespace checkpoint_convert_test
