#include "flashmotion/train/batch.hpp"

#include "flashmotion/trajectory/object_cover.hpp"

#include <ATen/core/grad_mode.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace flashmotion {

LatentBatch on_device(const LatentBatch& batch, const c10::Device& device) {
  const auto moved = [&](const Tensor& x) { return x.defined() ? x.to(device) : x; };
  const Condition& given = batch.condition;
  return {moved(batch.clean),
          {{moved(given.text.tokens)},
           {moved(given.image.first_frame), moved(given.image.channels), moved(given.image.tokens)},
           moved(given.control)},
          moved(batch.cover)};
}

BatchSource::BatchSource(AnyDataset dataset, AnyCodec codec, PromptEncoder text, std::string negative,
                         std::uint64_t seed, AnyTrajectoryEncoder trajectory, c10::Device device)
    : dataset_(std::move(dataset)),
      codec_(std::move(codec)),
      text_(std::move(text)),
      negative_(std::move(negative)),
      seed_(seed),
      trajectory_(std::move(trajectory)),
      device_(device) {}

LatentBatch BatchSource::draw(const std::string& stream, std::int64_t step, std::int64_t count,
                              ControlKind control) const {
  return draw(stream, step, RowShare{0, count, count}, control);
}

LatentBatch BatchSource::draw(const std::string& stream, std::int64_t step, const RowShare& rows,
                              ControlKind control) const {
  Rng rng(seed_, "data." + stream, static_cast<std::uint64_t>(step), rows);
  return on_device(encode(dataset_.draw({.count = rows.count, .objects = {}, .split = Split::train}, rng), control),
                   device_);
}

LatentBatch BatchSource::encode(const ClipBatch& clips, ControlKind control) const {
  const at::NoGradGuard no_grad;
  LatentBatch batch;
  if (const EncodedClips& encoded = clips.encoded; encoded.clean.defined()) {
    batch.clean = encoded.clean;
    batch.condition.text.tokens = encoded.text;
    batch.condition.control = control == ControlKind::mask ? encoded.control_masks : encoded.control_boxes;
  } else {
    batch.clean = codec_.encode(clips.video);
    batch.condition.text.tokens = text_(clips.prompts);
    batch.condition.control = codec_.encode(control_maps(clips, control));
  }
  batch.condition.image.first_frame = batch.clean.narrow(2, 0, 1);
  batch.cover = object_cover(clips.boxes, clips.valid, batch.clean.size(3), batch.clean.size(4));
  return batch;
}

Tensor BatchSource::control_maps(const ClipBatch& clips, ControlKind control) const {
  return trajectory_.encode(trajectory_request(clips, control));
}

TextContext BatchSource::negative_text(std::int64_t count) const {
  return {text_(std::vector<std::string>(static_cast<std::size_t>(count), negative_)).to(device_)};
}

}  // namespace flashmotion
