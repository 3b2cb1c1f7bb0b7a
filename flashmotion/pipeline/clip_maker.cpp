#include "flashmotion/pipeline/clip_maker.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/all_finite.hpp"
#include "flashmotion/core/peak_memory.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/pipeline/clip_output.hpp"
#include "flashmotion/pipeline/decode_clip.hpp"
#include "flashmotion/samplers/sample.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "flashmotion/wan/prompt_text.hpp"
#include "flashmotion/wan/tiled_decode.hpp"
#include "flashmotion/wan/tokenizer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace flashmotion {
namespace clip_maker_detail {

std::int64_t pixels(const PreparedClip& clip) { return clip.size.width * clip.size.height; }

std::string decode_command(const PreparedClip& clip, const WanFolder& folder, std::int64_t tile) {
  return fmt::format("flashmotion decode {} --model {} --out {}{}", clip.latents.string(), folder.files.folder.string(),
                     clip.asked.out.string(), tile > 0 ? fmt::format(" --decode-tile {}", tile) : std::string());
}

// Time and memory from its making on.
class Watch {
 public:
  explicit Watch(const c10::Device& device) : device_(device) { forget_peak_memory(device); }
  [[nodiscard]] ClipCost cost() const {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began_;
    return {seconds.count(), peak_memory(device_)};
  }

 private:
  c10::Device device_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace clip_maker_detail

ClipMaker::ClipMaker(PipelineRequest request, Catalog& catalog, PluginHost& host, const Logger& log)
    : request_(std::move(request)), log_(log), folder_(open_wan_folder(request_.model)) {
  host.load_files(catalog);
  wan::check_tile(request_.decode_tile, folder_.vae);
  settings_ = settings_of(request_, folder_, catalog, host, log);
  if (!request_.adapter.empty()) {
    const GeneratorSpec spec = wan::spec_of(dit_config_for(folder_.dit, request_.arithmetic));
    adapter_ = open_adapter(request_.adapter, spec, folder_.files.folder.string(), catalog, host);
  }
  clips_ = prepare_clips(request_, folder_, settings_, adapter_ ? adapter_->digest : std::string(), log);
  phases_ = planned();
  if (!clips_.empty()) warn_of_tiles(largest_size(), request_.decode_tile, log_);
}

PixelSize ClipMaker::largest_size() const {
  if (clips_.empty()) return request_.size.value_or(folder_.sizes.front());
  using clip_maker_detail::pixels;
  return std::max_element(clips_.begin(), clips_.end(),
                          [](const PreparedClip& a, const PreparedClip& b) { return pixels(a) < pixels(b); })
      ->size;
}

std::vector<PlannedPhase> ClipMaker::planned() const {
  PlannedClip largest;
  largest.size = largest_size();
  largest.frames = settings_.frames;
  largest.guidance = settings_.guided();
  largest.decode_tile = request_.decode_tile;
  for (const PreparedClip& clip : clips_) largest.image = largest.image || !clip.asked.image.empty();
  if (adapter_) {
    const GeneratorSpec spec = wan::spec_of(dit_config_for(folder_.dit, request_.arithmetic));
    largest.adapter = {parameters_of(adapter_->adapter.named_tensors()),
                       static_cast<std::int64_t>(adapter_->adapter.sites(spec).size())};
  }
  return plan_memory(folder_, request_.arithmetic, largest, request_.memory);
}

void ClipMaker::run(const StopFlag& stop) {
  const torch::NoGradGuard no_grad;
  stop.throw_if_stopped();
  if (!std::all_of(clips_.begin(), clips_.end(), [](const PreparedClip& clip) { return clip.denoised; })) {
    encode_texts(stop);
    forget_weights(folder_.checkpoint.at(wan::Role::text_encoder));
    encode_pictures(stop);
    forget_weights(folder_.checkpoint.at(wan::Role::vae));
    denoise(stop);
    for (const wan::CheckpointComponent& component : folder_.transformer.components) forget_weights(component);
  }
  decode(stop);
}

void ClipMaker::encode_texts(const StopFlag& stop) {
  std::map<std::string, Tensor> texts;
  for (const PreparedClip& clip : clips_) {
    if (!clip.denoised) texts[clip.prompt];
  }
  if (settings_.guided()) texts[settings_.negative];
  const wan::Tokenizer tokenizer(folder_.tokenizer);
  const wan::Umt5Encoder encoder = load_text_encoder(folder_, request_.arithmetic,
                                                     placement_of(phases_, "text", request_.memory), request_.progress);
  ProgressBar bar("reading the text, prompts", static_cast<std::int64_t>(texts.size()), request_.progress);
  for (auto& [prompt, tokens] : texts) {
    stop.throw_if_stopped();
    const std::string clean = wan::clean_prompt(prompt);
    const auto length = static_cast<std::int64_t>(tokenizer.tokenize(clean).size());
    if (length > tokenizer.length()) {
      log_.warning("a prompt has {} tokens; the model reads {} of them", length, tokenizer.length());
    }
    const wan::TokenBatch batch = tokenizer.encode(std::vector<std::string>{clean});
    wan::Umt5Request request;
    request.ids = batch.ids.to(request_.arithmetic.device);
    request.mask = batch.mask.to(request_.arithmetic.device);
    tokens = encoder.encode(request).zeroed.to(at::kCPU);
    bar.advance();
  }
  texts_ = std::move(texts);
}

Tensor ClipMaker::control_maps(const PreparedClip& clip) const {
  // Boxes go to the device, so that the pixels need not.
  const c10::Device& device = request_.arithmetic.device;
  const Tensor colour = colours(*clip.trajectory).unsqueeze(0).to(device);
  TrajectoryRequest request;
  request.boxes = boxes(*clip.trajectory, settings_.frames).unsqueeze(0).to(device);
  request.valid = torch::ones({1, colour.size(1)}, colour.options().dtype(torch::kBool));
  request.colours = colour;
  request.height = clip.size.height;
  request.width = clip.size.width;
  return with_place([] { return "drawing a trajectory"; }, [&] { return adapter_->trajectory.encode(request); });
}

void ClipMaker::encode_pictures(const StopFlag& stop) {
  encoded_.assign(clips_.size(), {});
  std::int64_t count = 0;
  for (const PreparedClip& clip : clips_) {
    if (!clip.denoised) count += (clip.asked.image.empty() ? 0 : 1) + (clip.trajectory ? 1 : 0);
  }
  if (count == 0) return;
  const Arithmetic& arithmetic = request_.arithmetic;
  const wan::Vae vae = load_vae(folder_.checkpoint.at(wan::Role::vae), arithmetic, request_.progress);
  ProgressBar bar("encoding pictures and trajectories", count, request_.progress);
  const auto encode = [&](const Tensor& video) {
    // In its own type: the autoencoder rounds a chunk at a time.
    Tensor latent = vae.encode(video.to(arithmetic.device)).to(at::kCPU, at::kFloat);
    stop.throw_if_stopped();
    bar.advance();
    return latent;
  };
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    const PreparedClip& clip = clips_[i];
    if (clip.denoised) continue;
    if (!clip.asked.image.empty()) {
      const Tensor picture = fitted_picture(read_image_rgb8(clip.asked.image), clip.size);
      encoded_[i].first_frame = encode(picture.unsqueeze(1).unsqueeze(0));
    }
    if (clip.trajectory) encoded_[i].control = encode(control_maps(clip));
  }
}

Tensor ClipMaker::denoise_one(const PreparedClip& clip, const Encoded& encoded, AnyGenerator& generator,
                              const StopFlag& stop, ProgressBar& bar) {
  const Arithmetic& arithmetic = request_.arithmetic;
  const auto placed = [&](const Tensor& tensor, at::ScalarType dtype) {
    return tensor.defined() ? tensor.to(arithmetic.device, dtype) : tensor;
  };
  Condition condition;
  condition.text.tokens = placed(texts_.at(clip.prompt), arithmetic.dtype);
  condition.image.first_frame = placed(encoded.first_frame, at::kFloat);
  condition.control = placed(encoded.control, arithmetic.dtype);
  Guidance guidance;
  if (settings_.guided()) {
    guidance.scale = settings_.guidance;
    guidance.negative.tokens = placed(texts_.at(settings_.negative), arithmetic.dtype);
    if (settings_.boundary) {
      guidance.high_scale = settings_.guidance_high_noise;
      guidance.boundary = *settings_.boundary;
    }
  }
  Conditioned<AnyGenerator, AnyAdapter> network(generator, adapter_ ? &adapter_->adapter : nullptr,
                                                std::move(condition), std::move(guidance));
  const Tensor noise =
      Rng(clip.asked.seed, "noise").normal(folder_.latent_shape(clip.size, settings_.frames)).to(arithmetic.device);
  Rng rng(clip.asked.seed, "renoise");
  Tensor latent = with_place([] { return "denoising a clip"; },
                             [&] {
                               return sample(settings_.sampler, network, noise, rng, [&](std::size_t, std::size_t) {
                                 stop.throw_if_stopped();
                                 bar.advance();
                               });
                             });
  if (all_finite(latent)) return latent.to(at::kCPU, at::kFloat);
  throw Error(
      fmt::format("'{}' came out with infinities or NaNs; the weights are damaged, or their numbers are too "
                  "large for this arithmetic: try --dtype fp32 or --regime wan_bf16",
                  clip.asked.out.string()));
}

void ClipMaker::denoise(const StopFlag& stop) {
  const auto count =
      std::count_if(clips_.begin(), clips_.end(), [](const PreparedClip& clip) { return !clip.denoised; });
  AnyGenerator generator = load_transformer(folder_, request_.arithmetic,
                                            placement_of(phases_, "denoise", request_.memory), request_.progress);
  if (adapter_) place_adapter(*adapter_, request_.arithmetic);
  const auto steps = static_cast<std::int64_t>(settings_.sampler.sigmas().size()) - 1;
  ProgressBar bar("denoising, steps", count * steps, request_.progress);
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    PreparedClip& clip = clips_[i];
    if (clip.denoised) continue;
    ClipLatents made;
    const clip_maker_detail::Watch watch(request_.arithmetic.device);
    made.latent = denoise_one(clip, encoded_[i], generator, stop, bar);
    made.size = clip.size;
    made.frames = settings_.frames;
    made.fps = settings_.fps;
    made.seed = clip.asked.seed;
    made.prompt = clip.prompt;
    made.model = folder_.files.folder.string();
    made.inputs = clip.inputs;
    made.vae_dtype = request_.arithmetic.vae_dtype;
    write_latents(clip.latents, made);
    clip.denoised = true;
    clip.cost = watch.cost();
    encoded_[i] = {};
  }
  adapter_.reset();
  texts_.clear();
}

void ClipMaker::decode(const StopFlag& stop) {
  if (clips_.empty()) return;
  const PreparedClip* now = nullptr;
  try {
    const wan::Vae vae = load_vae(folder_.checkpoint.at(wan::Role::vae), request_.arithmetic, request_.progress);
    for (const PreparedClip& clip : clips_) {
      now = &clip;
      const clip_maker_detail::Watch watch(request_.arithmetic.device);
      const std::string codec = decode_clip(vae, read_latents(clip.latents), clip.asked.out, request_.arithmetic.device,
                                            stop, request_.progress, request_.decode_tile);
      warn_of_codec(codec, clip.asked.out, log_);
      std::error_code ignored;
      if (!request_.keep_latents) std::filesystem::remove(clip.latents, ignored);
      if (request_.finished) {
        const ClipCost decoded = watch.cost();
        request_.finished(clip.asked, {clip.cost.seconds > 0 ? clip.cost.seconds + decoded.seconds : 0.0,
                                       std::max(clip.cost.peak_memory, decoded.peak_memory)});
      }
      log_.info("clip: {}, {} frames of {}, seed {}", clip.asked.out.string(), settings_.frames, size_text(clip.size),
                clip.asked.seed);
    }
  } catch (const Interrupted&) {
    log_.info("the denoised clip is kept; go on with '{}'",
              clip_maker_detail::decode_command(now != nullptr ? *now : clips_.front(), folder_, request_.decode_tile));
    throw;
  } catch (Error& problem) {
    problem.add_context(fmt::format(
        "decoding; the denoised clip is kept, go on with '{}'",
        clip_maker_detail::decode_command(now != nullptr ? *now : clips_.front(), folder_, request_.decode_tile)));
    throw;
  }
}

}  // namespace flashmotion
