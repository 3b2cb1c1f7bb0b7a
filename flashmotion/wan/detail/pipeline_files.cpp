#include "flashmotion/wan/detail/pipeline_files.hpp"

#include "flashmotion/base/json.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/presets.hpp"

#include <string_view>
#include <vector>

namespace flashmotion::wan::checkpoint_detail {
namespace {

// The released model that this one has the sizes of; null when there is none.
const Preset* released(const Checkpoint& checkpoint) {
  const CheckpointComponent* transformer = checkpoint.find(Role::transformer);
  if (transformer == nullptr) return nullptr;
  const DitConfig config = dit_config(*transformer);
  for (const Preset& preset : presets()) {
    if (preset.dit.width == config.width && preset.dit.latent_channels == config.latent_channels &&
        preset.dit.condition_channels == config.condition_channels && preset.dit.image_width == config.image_width &&
        preset.boundary.has_value() == (checkpoint.find(Role::transformer_2) != nullptr)) {
      return &preset;
    }
  }
  return nullptr;
}

}  // namespace

std::string model_index_text(const Checkpoint& checkpoint) {
  constexpr double kBoundary = 0.875;
  JsonWriter json(2);
  const auto entry = [&](Role role, std::string_view library, std::string_view name) {
    json.key(to_string(role)).begin_array();
    if (checkpoint.find(role) == nullptr) {
      json.value(nullptr).value(nullptr);
    } else {
      json.value(library).value(name);
    }
    json.end_array();
  };
  const CheckpointComponent* transformer = checkpoint.find(Role::transformer);
  const DitConfig config = transformer == nullptr ? DitConfig() : dit_config(*transformer);
  const Preset* preset = released(checkpoint);
  json.begin_object();
  json.field("_class_name", config.condition_channels > 0 ? "WanImageToVideoPipeline" : "WanPipeline");
  json.field("_diffusers_version", "0.35.0");
  if (checkpoint.find(Role::transformer_2) != nullptr) {
    json.field("boundary_ratio", preset != nullptr ? preset->boundary.value_or(kBoundary) : kBoundary);
  }
  const CheckpointComponent* vae = checkpoint.find(Role::vae);
  if (vae != nullptr && vae->kind == ModelKind::vae22) json.field("expand_timesteps", true);
  if (checkpoint.find(Role::image_encoder) != nullptr) {
    entry(Role::image_encoder, "transformers", "CLIPVisionModel");
    json.field("image_processor", std::vector<std::string>{"transformers", "CLIPImageProcessor"});
  }
  json.field("scheduler", std::vector<std::string>{"diffusers", "UniPCMultistepScheduler"});
  entry(Role::text_encoder, "transformers", "UMT5EncoderModel");
  json.field("tokenizer", std::vector<std::string>{"transformers", "T5TokenizerFast"});
  entry(Role::transformer, "diffusers", "WanTransformer3DModel");
  entry(Role::transformer_2, "diffusers", "WanTransformer3DModel");
  entry(Role::vae, "diffusers", "AutoencoderKLWan");
  return json.end_object().text() + "\n";
}

std::string scheduler_text(const Checkpoint& checkpoint) {
  constexpr double kShift = 5.0;
  const Preset* preset = released(checkpoint);
  JsonWriter json(2);
  json.begin_object().field("_class_name", "UniPCMultistepScheduler").field("_diffusers_version", "0.35.0");
  json.field("final_sigmas_type", "zero").field("flow_shift", preset != nullptr ? preset->shift : kShift);
  json.field("lower_order_final", true).field("num_train_timesteps", 1000).field("predict_x0", true);
  json.field("prediction_type", "flow_prediction").field("solver_order", 2).field("solver_type", "bh2");
  json.field("timestep_spacing", "linspace").field("use_flow_sigmas", true);
  return json.end_object().text() + "\n";
}

}  // namespace flashmotion::wan::checkpoint_detail
