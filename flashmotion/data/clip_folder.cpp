#include "flashmotion/data/clip_folder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/data/clip_files.hpp"
#include "flashmotion/data/detail/label_track.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/io/video.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace flashmotion {
namespace clip_folder_detail {

constexpr std::size_t kMaxLabels = 64;
constexpr std::size_t kShownReasons = 12;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::int64_t span(const ClipFolderConfig& config) { return (config.frames - 1) * config.stride + 1; }

}  // namespace clip_folder_detail

/// Fills a ClipFolder from its files.
class ClipFolderLoader {
 public:
  explicit ClipFolderLoader(ClipFolder& out) : out_(out), config_(out.config_) {}

  void load() {
    std::vector<ClipFolder::Clip> good;
    for (const ClipFiles& files : find_clips(config_.folder)) {
      try {
        good.push_back(clip(files));
      } catch (const InputError& error) {
        out_.skipped_.push_back({files.name, clip_folder_detail::first_line(error.message())});
      }
    }
    if (good.empty()) none_left();
    out_.found_ = good.size() + out_.skipped_.size();
    for (std::size_t i = 0; i < good.size(); ++i) {
      const bool last_chance = i + 1 == good.size() && out_.evaluation_.empty() && i > 0;
      const bool kept = (i + 1) % static_cast<std::size_t>(config_.evaluation_every) == 0;
      (kept || last_chance ? out_.evaluation_ : out_.train_).push_back(std::move(good[i]));
    }
    if (out_.evaluation_.empty()) out_.evaluation_ = out_.train_;
  }

 private:
  [[noreturn]] void none_left() const {
    std::string text = fmt::format("'{}' holds no clip that can be used", config_.folder);
    const auto& skipped = out_.skipped_;
    for (std::size_t i = 0; i < std::min(skipped.size(), clip_folder_detail::kShownReasons); ++i) {
      text += fmt::format("\n  {}: {}", skipped[i].clip, skipped[i].reason);
    }
    if (skipped.size() > clip_folder_detail::kShownReasons) {
      text += fmt::format("\n  and {} more", skipped.size() - clip_folder_detail::kShownReasons);
    }
    text +=
        "\nA clip is CLIP/frames/*.jpg (or png) with CLIP/masks/*.png, or CLIP.mp4 with CLIP_masks/*.png or "
        "masks/CLIP/*.png: one mask for each frame, a label for each object";
    throw InputError(text);
  }

  [[nodiscard]] ClipFolder::Clip clip(const ClipFiles& files) const {
    if (!files.problem.empty()) throw InputError(files.problem);
    ClipFolder::Clip clip;
    clip.name = files.name;
    clip.prompt = files.prompt;
    if (files.video.empty()) {
      check_numbers(files);
      check_counts(static_cast<std::int64_t>(files.frames.size()), files);
      clip.frames = pictures(files);
    } else {
      const VideoClip video = read_video(files.video, {.height = config_.height, .width = config_.width});
      if (video.damaged()) throw InputError(fmt::format("the video is damaged: {}", video.damage()));
      check_counts(video.frames.size(0), files);
      clip.frames = video.frames;
    }
    LabelTrack track(config_.height, config_.width);
    std::vector<std::uint32_t> colours;
    for (const auto& path : files.masks) {
      track.add(read_mask_png(path, colours));
      if (track.labels() > clip_folder_detail::kMaxLabels) {
        throw InputError(fmt::format("the masks have more than {} labels; are they pictures, or smoothed?",
                                     clip_folder_detail::kMaxLabels));
      }
    }
    const LabelTrack::Objects objects = track.objects(config_.max_objects, config_.min_object_share);
    if (objects.count == 0) {
      throw InputError(
          fmt::format("the masks show no object of at least {:g} of the picture", config_.min_object_share));
    }
    clip.labels = objects.labels;
    clip.boxes = objects.boxes;
    clip.objects = objects.count;
    count_shown(clip);
    return clip;
  }

  // How many objects each start shows in any of its frames.
  void count_shown(ClipFolder::Clip& clip) const {
    const Tensor steps = at::arange(config_.frames, at::kLong).mul(config_.stride);
    const Tensor seen = clip.boxes.select(2, 2).gt(clip.boxes.select(2, 0));  // [K, T]
    const std::int64_t last = clip.frames.size(0) - clip_folder_detail::span(config_);
    for (std::int64_t start = 0; start <= last; ++start) {
      clip.shown.push_back(seen.index_select(1, steps.add(start)).any(1).sum().item<std::int64_t>());
    }
  }

  void check_counts(std::int64_t frames, const ClipFiles& files) const {
    const std::int64_t needed = clip_folder_detail::span(config_);
    if (frames < needed) {
      throw InputError(fmt::format("it has {} frames; {} frames at stride {} need {}", frames, config_.frames,
                                   config_.stride, needed));
    }
    if (files.masks.size() != static_cast<std::size_t>(frames)) {
      throw InputError(fmt::format("it has {} frames and {} masks; each frame needs one", frames, files.masks.size()));
    }
  }

  [[nodiscard]] Tensor pictures(const ClipFiles& files) const {
    std::vector<Tensor> frames;
    for (const auto& path : files.frames) {
      const Tensor planes = read_image_rgb8(path).movedim(-1, 0);
      frames.push_back(resize_bilinear(planes, config_.height, config_.width).movedim(0, -1));
    }
    return at::stack(frames).contiguous();
  }

  ClipFolder& out_;
  const ClipFolderConfig& config_;
};

ClipFolder::ClipFolder(const ClipFolderConfig& config) : config_(config) {
  if (!is_valid_frame_count(config.frames)) {
    throw InputError(frame_count_message("a clip of the folder", config.frames));
  }
  const auto most = static_cast<std::int64_t>(ToyMotion::kColours.size());
  if (config.stride < 1 || config.evaluation_every < 2 || config.max_objects < 1 || config.max_objects > most ||
      config.height < 1 || config.width < 1) {
    throw InputError(
        fmt::format("the clip folder needs a stride from 1, evaluation_every from 2, 1 to {} objects and a "
                    "size from 1 pixel",
                    most));
  }
  ClipFolderLoader(*this).load();
}

ClipSpec ClipFolder::spec() const { return {config_.frames, config_.height, config_.width, config_.max_objects}; }

std::vector<std::string> ClipFolder::clips(Split split) const {
  std::vector<std::string> names;
  for (const Clip& clip : split == Split::train ? train_ : evaluation_) names.push_back(clip.name);
  return names;
}

ClipBatch ClipFolder::draw(const ClipRequest& request, Rng& rng) const {
  const bool training = request.split == Split::train;
  const std::vector<Clip>& clips = training ? train_ : evaluation_;
  const std::int64_t most = config_.max_objects;
  const Tensor steps = at::arange(config_.frames, at::kLong).mul(config_.stride);

  // Starts of each clip that show as many objects as asked for, or at least one.
  struct Choice {
    const Clip* clip;
    std::vector<std::int64_t> starts;
  };
  std::vector<Choice> choices;
  for (const Clip& clip : clips) {
    Choice choice{&clip, {}};
    for (std::size_t start = 0; start < clip.shown.size(); ++start) {
      if (request.objects ? clip.shown[start] == *request.objects : clip.shown[start] > 0) {
        choice.starts.push_back(static_cast<std::int64_t>(start));
      }
    }
    if (!choice.starts.empty()) choices.push_back(std::move(choice));
  }
  if (choices.empty()) {
    throw InputError(fmt::format("'{}' has no clip for {} that shows {}", config_.folder,
                                 training ? "training" : "evaluation",
                                 request.objects ? fmt::format("exactly {} objects", *request.objects) : "an object"));
  }

  const Tensor colours = ToyMotion::palette().narrow(0, 0, most);
  const auto count = static_cast<std::int64_t>(choices.size());
  std::int64_t turn = training ? 0 : rng.integer(0, count);
  ClipBatch batch;
  std::vector<Tensor> videos;
  std::vector<Tensor> masks;
  std::vector<Tensor> boxes;
  for (std::int64_t b = 0; b < request.count; ++b) {
    const Choice& choice = choices[static_cast<std::size_t>(training ? rng.integer(0, count) : turn++ % count)];
    const Clip& clip = *choice.clip;
    const auto starts = static_cast<std::int64_t>(choice.starts.size());
    const std::int64_t start = choice.starts[static_cast<std::size_t>(training ? rng.integer(0, starts) : starts / 2)];
    const bool flip = training && rng.integer(0, 2) == 1;
    const Tensor when = steps.add(start);

    Tensor video = from_rgb8(clip.frames.index_select(0, when));
    Tensor label = clip.labels.index_select(0, when);
    Tensor box = at::zeros({most, config_.frames, 4}, at::kFloat);
    box.narrow(0, 0, clip.objects).copy_(clip.boxes.index_select(1, when));
    if (flip) {
      video = video.flip({-1});
      label = label.flip({-1});
      const Tensor seen = box.select(2, 2).gt(box.select(2, 0)).unsqueeze(-1);
      const Tensor mirrored =
          at::stack({1.0 - box.select(2, 2), box.select(2, 1), 1.0 - box.select(2, 0), box.select(2, 3)}, 2);
      box = mirrored.mul(seen);  // what is not seen stays zero
    }
    const Tensor names = at::arange(1, most + 1, at::kByte).reshape({most, 1, 1, 1});
    videos.push_back(video);
    masks.push_back(label.unsqueeze(0).eq(names));
    boxes.push_back(box);
    batch.prompts.push_back(clip.prompt);
  }
  batch.video = at::stack(videos);
  batch.masks = at::stack(masks);
  batch.boxes = at::stack(boxes);
  batch.valid = batch.boxes.select(3, 2).gt(batch.boxes.select(3, 0)).any(2);
  batch.colours = colours.unsqueeze(0).expand({request.count, most, 3}).mul(batch.valid.unsqueeze(-1)).contiguous();
  return batch;
}

}  // namespace flashmotion
