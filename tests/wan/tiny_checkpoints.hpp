#pragma once

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/nn/parameter.hpp"
#include "flashmotion/wan/clip_vision.hpp"
#include "flashmotion/wan/key_map.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/wan/tiny_dit.hpp"
#include "tests/wan/tiny_vae.hpp"

#include <filesystem>
#include <string>

// Tiny networks with numbers of their own, and files of them in either layout.

namespace tiny_checkpoints {

namespace wan = flashmotion::wan;
using flashmotion::NamedTensors;
using flashmotion::Tensor;

inline wan::DitConfig image_dit() {
  wan::DitConfig c = tiny_dit::config();
  c.condition_channels = 3;
  c.image_width = 14;
  return c;
}

inline wan::Umt5Config umt5() {
  wan::Umt5Config c;
  c.vocabulary = 20;
  c.width = 16;
  c.attention_width = 16;
  c.ffn_width = 24;
  c.heads = 4;
  c.blocks = 2;
  return c;
}

inline wan::ClipVisionConfig clip() {
  wan::ClipVisionConfig c;
  c.image_size = 28;
  c.width = 16;
  c.ffn_width = 24;
  c.heads = 2;
  c.blocks = 3;
  c.output_width = 6;
  return c;
}

/// The tensors under their Diffusers names, cut and turned as the map says, each with memory of its own.
inline NamedTensors as_diffusers(wan::ModelKind kind, const NamedTensors& original) {
  NamedTensors all;
  for (const auto& [name, tensor] : original) {
    for (const wan::MappedKey& key : wan::diffusers_keys(kind, name)) {
      Tensor t = tensor.detach();
      if (key.change.part >= 0) t = t.chunk(3, 0).at(static_cast<std::size_t>(key.change.part));
      if (key.change.unit_axes > 0) t = t.flatten(0, key.change.unit_axes);
      if (key.change.transposed) t = t.t();
      all.push_back({key.name, t.contiguous()});
    }
  }
  return all;
}

inline void write(const std::filesystem::path& file, const NamedTensors& tensors) {
  std::filesystem::create_directories(file.parent_path());
  flashmotion::write_safetensors(file, tensors);
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  flashmotion::write_file_atomically(file.string(), text);
}

/// What config.json says of `tiny_dit::config()` in the original layout.
inline const char* dit_json() {
  return R"({"_class_name": "WanModel", "dim": 24, "ffn_dim": 40, "freq_dim": 16, "in_dim": 4, "out_dim": 4,
"num_heads": 2, "num_layers": 2, "eps": 1e-6, "model_type": "t2v", "text_len": 512})";
}

}  // namespace tiny_checkpoints
