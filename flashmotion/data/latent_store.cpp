#include "flashmotion/data/latent_store.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/data/clip_folder.hpp"
#include "flashmotion/data/joined_clips.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flashmotion {
namespace latent_store_detail {

// A tensor of one clip as a batch, in memory of its own.
Tensor batched(const SafetensorsFile& file, const char* name, at::IntArrayRef shape, at::ScalarType type) {
  const Tensor stored = file.tensor(name);
  if (stored.sizes() != shape)
    throw InputError(
        fmt::format("'{}': '{}' has the shape [{}], and by index.json it is [{}]; remove the file, and "
                    "'flashmotion cache' makes it anew",
                    file.path().string(), name, fmt::join(stored.sizes(), ", "), fmt::join(shape, ", ")));
  return stored.to(type).clone().unsqueeze(0);
}

}  // namespace latent_store_detail

LatentStore::LatentStore(const LatentStoreConfig& config) : config_(config), index_(read_latent_index(config.folder)) {
  const auto [frames, height, width, most] = index_.clips;
  if (frames != config.frames || height != config.height || width != config.width) {
    throw InputError(
        fmt::format("'{}' holds clips of {} frames of {}x{} (width x height), and data asks for {} of "
                    "{}x{}; change one of them",
                    config.folder, frames, width, height, config.frames, config.width, config.height));
  }
  for (const StoredClip& clip : index_.entries) {
    Part& part = clip.split == Split::train ? train_ : evaluation_;
    part.names.push_back(clip.name);
    part.prompts.push_back(clip.prompt);
    part.windows.push_back(clip.windows);
  }
  if (index_.entries.empty()) throw InputError(fmt::format("'{}' holds no clips", config.folder));
  if (train_.names.empty()) train_ = evaluation_;
}

ClipBatch LatentStore::draw(const ClipRequest& request, Rng& rng) const {
  const Part& part = request.split == Split::train ? train_ : evaluation_;
  std::vector<ClipBatch> drawn;
  for (const ClipPick& pick : pick_clips(part.windows, request, index_.flip, rng))
    drawn.push_back(read(part, pick, request.split == Split::evaluation));
  if (drawn.empty()) throw InputError(no_such_clip_message(config_.folder, request));
  return joined_clips(drawn);
}

ClipBatch LatentStore::read(const Part& part, const ClipPick& pick, bool pixels) const {
  using latent_store_detail::batched;
  const std::string& name = part.names[pick.clip];
  const SafetensorsFile file(window_file(config_.folder, name, pick.start, pick.flip));
  const auto [frames, height, width, most] = index_.clips;
  ClipBatch clip;
  clip.encoded.clean = batched(file, "clean", index_.latent, at::kFloat);
  clip.encoded.control_masks = batched(file, "control_masks", index_.latent, at::kFloat);
  clip.encoded.control_boxes = batched(file, "control_boxes", index_.latent, at::kFloat);
  clip.boxes = batched(file, "boxes", {most, frames, 4}, at::kFloat);
  clip.valid = batched(file, "valid", {most}, at::kBool);
  clip.colours = batched(file, "colours", {most, 3}, at::kFloat);
  const SafetensorsFile text(text_file(config_.folder, name));
  const Tensor tokens = text.tensor("text");
  if (tokens.dim() != 2 || tokens.size(0) > index_.text[0] || tokens.size(1) != index_.text[1])
    throw InputError(
        fmt::format("'{}' holds another text than index.json says; remove the file, and 'flashmotion "
                    "cache' makes it anew",
                    text.path().string()));
  clip.encoded.text = at::zeros({1, index_.text[0], index_.text[1]}, at::kFloat);
  clip.encoded.text[0].narrow(0, 0, tokens.size(0)).copy_(tokens);
  clip.prompts.push_back(part.prompts[pick.clip]);
  if (!pixels) return clip;
  clip.video = from_rgb8(batched(file, "video", {frames, height, width, 3}, at::kByte)[0]).unsqueeze(0);
  const Tensor labels = batched(file, "labels", {frames, height, width}, at::kByte);
  clip.masks = labels.unsqueeze(1).eq(at::arange(1, most + 1, at::kByte).reshape({1, most, 1, 1, 1}));
  return clip;
}

}  // namespace flashmotion
