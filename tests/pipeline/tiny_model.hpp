#pragma once

#include "flashmotion/base/log.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "flashmotion/pipeline/clip_maker.hpp"
#include "flashmotion/train/recipe.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_fixtures.hpp"
#include "tests/wan/tiny_checkpoints.hpp"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

// A tiny TI2V checkpoint in both layouts, and what a user gives beside it.

namespace tiny_model {

namespace fs = std::filesystem;
using flashmotion::Tensor;

/// A file as PyTorch writes it.
inline void write_pickle(const fs::path& file, const flashmotion::NamedTensors& tensors) {
  std::vector<flashmotion::TensorOutline> outlines;
  for (const auto& [name, tensor] : tensors) outlines.push_back({name, tensor.scalar_type(), tensor.sizes().vec()});
  flashmotion::TorchPickleWriter writer(file, outlines);
  for (const auto& [name, tensor] : tensors) writer.write(tensor.detach());
  writer.finish();
}

/// The tiny checkpoint of the fixtures in a layout, `original` or `diffusers`, as `folder/LAYOUT`, with an autoencoder
/// of two blocks a level as the released ones have.
inline fs::path copy(const TempFolder& folder, const std::string& layout) {
  namespace wan = flashmotion::wan;
  const fs::path model = folder / layout;
  fs::copy(kept_fixture("checkpoint/" + layout), model, fs::copy_options::recursive);
  const flashmotion::NamedTensors vae = tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan22)).named_tensors();
  if (layout == "diffusers") {
    fs::remove_all(model / "vae");
    tiny_checkpoints::write(model / "vae/diffusion_pytorch_model.safetensors",
                            tiny_checkpoints::as_diffusers(wan::ModelKind::vae22, vae));
    tiny_checkpoints::write_text(model / "vae/config.json", R"({"_class_name": "AutoencoderKLWan", "base_dim": 8,
"decoder_base_dim": 8, "z_dim": 4, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2, "is_residual": true,
"temperal_downsample": [false, true, true]})");
  } else {
    write_pickle(model / "Wan2.2_VAE.pth", vae);
  }
  return model;
}

inline std::string plugin(const std::string& name) {
  return std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins/" + name + ".so";
}

/// A picture with a gradient and a square.
inline fs::path picture(const TempFolder& folder, std::int64_t width = 48, std::int64_t height = 32) {
  const Tensor x = torch::linspace(-1, 1, width).expand({height, width});
  const Tensor y = torch::linspace(-1, 1, height).unsqueeze(1).expand({height, width});
  const fs::path file = folder / "first.png";
  flashmotion::write_png(file, torch::stack({x, y, (x * y).neg()}));
  return file;
}

inline fs::path trajectory(const TempFolder& folder, std::int64_t frames = 9) {
  flashmotion::Trajectory made;
  made.frames = frames;
  made.width = 32;
  made.height = 32;
  made.prompt = "a red ball";
  flashmotion::TrajectoryObject ball;
  ball.name = "ball";
  ball.colour = flashmotion::object_colour(0);
  ball.keys = {{.frame = 0, .box = flashmotion::Box{0.1, 0.1, 0.5, 0.5}},
               {.frame = frames - 1, .box = flashmotion::Box{0.5, 0.5, 0.9, 0.9}}};
  made.objects.push_back(ball);
  const fs::path file = folder / "ball.traj.json";
  flashmotion::write_trajectory(file, made);
  return file;
}

/// The injection adapter for a generator of this width, with numbers that are not zero, as a stage leaves it.
inline fs::path adapter(const TempFolder& folder, std::int64_t width = 24, const std::string& kind = "injection") {
  using namespace flashmotion;
  Catalog catalog = builtin_catalog();
  PluginHost host({{plugin("injection_adapter")}, {}});
  host.load_files(catalog);
  wan::DitConfig dit;
  dit.latent_channels = 4;
  dit.width = width;
  dit.heads = 2;
  dit.blocks = 2;
  dit.ffn_width = 40;
  dit.text_width = 16;
  dit.frequency_width = 16;
  BuildContext context;
  context.generator = wan::spec_of(dit);
  ComponentNode node;
  node.use = "injection";
  const AnyAdapter made(catalog.adapters.make(node, context));
  const torch::NoGradGuard no_grad;
  NamedTensors tensors = made.named_tensors();
  for (auto& [name, tensor] : tensors) tensor.copy_(Rng(3, name).normal(tensor.sizes()) * 0.1);
  const fs::path file = folder / (kind + ".adapter.safetensors");
  write_sealed_safetensors(file, tensors,
                           {{"format", "flashmotion"},
                            {"role", "adapter"},
                            {"parts", "[adapter]\nuse = \"" + kind + "\"\n\n[trajectory]\nuse = \"fill\"\n"}});
  return file;
}

/// Two steps, a small clip.
inline flashmotion::PipelineRequest request(const fs::path& model, const fs::path& out) {
  flashmotion::PipelineRequest asked;
  asked.model.folder = model;
  asked.size = flashmotion::PixelSize{32, 32};
  asked.frames = 9;
  asked.steps = 2;
  asked.arithmetic.dtype = at::kFloat;
  asked.arithmetic.vae_dtype = at::kFloat;
  asked.keep_latents = true;
  asked.progress.quiet = true;
  asked.cases.push_back({{}, "a cat", {}, 7, out});
  return asked;
}

/// Lines of a log.
struct Lines {
  std::vector<std::string> text;
  [[nodiscard]] flashmotion::Logger logger() {
    return flashmotion::Logger(flashmotion::LogLevel::info,
                               [this](flashmotion::LogLevel, std::string_view line) { text.emplace_back(line); });
  }
  [[nodiscard]] bool say(const std::string& words) const {
    for (const std::string& line : text) {
      if (line.find(words) != std::string::npos) return true;
    }
    return false;
  }
};

/// Makes what is asked for.
inline void run(const flashmotion::PipelineRequest& asked, Lines& lines) {
  const flashmotion::Logger log = lines.logger();
  flashmotion::Catalog catalog = flashmotion::builtin_catalog();
  flashmotion::PluginHost host({{plugin("injection_adapter")}, {}});
  flashmotion::ClipMaker maker(asked, catalog, host, log);
  const flashmotion::StopFlag stop;
  maker.run(stop);
}

/// The memory that this takes.
inline std::vector<flashmotion::PlannedPhase> plan(const flashmotion::PipelineRequest& asked, Lines& lines) {
  const flashmotion::Logger log = lines.logger();
  flashmotion::Catalog catalog = flashmotion::builtin_catalog();
  flashmotion::PluginHost host({{plugin("injection_adapter")}, {}});
  return flashmotion::ClipMaker(asked, catalog, host, log).plan();
}

}  // namespace tiny_model
