#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/io/pixels.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <fmt/format.h>

namespace flashmotion {
namespace bench_case_detail {

void check_size(const Tensor& picture, const Bench& bench, const std::filesystem::path& file) {
  if (picture.size(0) == bench.height && picture.size(1) == bench.width) return;
  throw InputError(fmt::format("'{}' is of {}x{} pixels; the benchmark is of {}x{}", file.string(), picture.size(1),
                               picture.size(0), bench.width, bench.height));
}

std::vector<std::filesystem::path> files_in(const Bench& bench, const std::string& path) {
  std::vector<std::filesystem::path> files = pictures_in(bench.folder / path);
  if (files.size() == static_cast<std::size_t>(bench.frames)) return files;
  throw InputError(fmt::format("'{}' holds {} pictures; it needs one for each of the {} frames",
                               (bench.folder / path).string(), files.size(), bench.frames));
}

// [3, F, H, W]
Tensor reference(const Bench& bench, const BenchCase& one) {
  const std::vector<std::filesystem::path> files = files_in(bench, one.reference);
  Tensor video = at::empty({3, bench.frames, bench.height, bench.width}, at::kFloat);
  for (std::int64_t t = 0; t < bench.frames; ++t) {
    const std::filesystem::path& file = files[static_cast<std::size_t>(t)];
    const Tensor picture = read_image_rgb8(file);
    check_size(picture, bench, file);
    if (t == 0) {
      const std::filesystem::path first = bench.folder / one.image;
      const Tensor image = read_image_rgb8(first);
      check_size(image, bench, first);
      if (!image.equal(picture))
        throw InputError(fmt::format("'{}' is another picture than the reference's first frame, '{}'", first.string(),
                                     file.string()));
    }
    video.select(1, t).copy_(from_rgb8(picture));
  }
  return video;
}

// [K, F, H, W] bool
Tensor masks(const Bench& bench, const BenchCase& one, const Trajectory& trajectory, const Tensor& boxes) {
  const auto objects = static_cast<std::int64_t>(trajectory.objects.size());
  const std::vector<std::filesystem::path> files = files_in(bench, one.masks);
  const Tensor shown = boxes.select(2, 2).gt(boxes.select(2, 0));  // [K, F]
  const Tensor names = at::arange(1, objects + 1, at::kByte).reshape({objects, 1, 1});
  Tensor masks = at::empty({objects, bench.frames, bench.height, bench.width}, at::kBool);
  for (std::int64_t t = 0; t < bench.frames; ++t) {
    const std::filesystem::path& file = files[static_cast<std::size_t>(t)];
    const Tensor labels = read_mask_png(file);
    check_size(labels, bench, file);
    const auto most = labels.max().item<std::int64_t>();
    if (most > objects)
      throw InputError(
          fmt::format("'{}' has the label {}; the trajectory has {} objects", file.string(), most, objects));
    const Tensor seen = labels.unsqueeze(0).eq(names);
    masks.select(1, t).copy_(seen);
    const Tensor stray = seen.flatten(1).any(1).logical_and(shown.select(1, t).logical_not());
    if (!stray.any().item<bool>()) continue;
    const auto k = static_cast<std::size_t>(stray.to(at::kByte).argmax().item<std::int64_t>());
    throw InputError(fmt::format("'{}' shows object '{}', which the trajectory hides in frame {}", file.string(),
                                 trajectory.objects[k].name, t));
  }
  const Tensor absent = masks.flatten(1).any(1).logical_not();
  if (absent.any().item<bool>()) {
    const auto k = static_cast<std::size_t>(absent.to(at::kByte).argmax().item<std::int64_t>());
    throw InputError(
        fmt::format("'{}' shows object '{}' in no frame, label {}; take it out of '{}', or give the masks that have it",
                    (bench.folder / one.masks).string(), trajectory.objects[k].name, k + 1,
                    (bench.folder / one.trajectory).string()));
  }
  return masks;
}

}  // namespace bench_case_detail

ClipBatch read_case(const Bench& bench, const BenchCase& one) {
  Trajectory trajectory = read_case_trajectory(bench, one);
  for (TrajectoryObject& object : trajectory.objects) object.masks.reset();  // those of the case are read below
  const auto objects = static_cast<std::int64_t>(trajectory.objects.size());
  ClipBatch clip;
  clip.boxes = boxes(trajectory, bench.frames).unsqueeze(0);
  clip.masks = bench_case_detail::masks(bench, one, trajectory, clip.boxes.select(0, 0)).unsqueeze(0);
  clip.video = bench_case_detail::reference(bench, one).unsqueeze(0);
  clip.valid = at::ones({1, objects}, at::kBool);
  clip.colours = colours(trajectory).unsqueeze(0);
  clip.prompts = {one.prompt};
  return clip;
}

}  // namespace flashmotion
