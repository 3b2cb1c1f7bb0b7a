#include "flashmotion/train/generate.hpp"

#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/train/run_clip_maker.hpp"
#include "flashmotion/train/run_device.hpp"
#include "flashmotion/trajectory/overlay.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <algorithm>

namespace flashmotion {

void generate_clip(const GenerateRequest& request, const Recipe& recipe, const Catalog& catalog, const StopFlag& stop,
                   const Logger& log) {
  const c10::Device device =
      open_run_device(request.device.empty() ? recipe.config.run.device : request.device, OneProcess());
  const Trajectory trajectory = read_trajectory(request.trajectory);
  const Tensor image = read_image(request.image);
  const RunClipMaker maker(request.run, recipe, catalog, request.variant, log, device);
  const ClipSpec spec = maker.spec();
  if (image.size(1) != spec.height || image.size(2) != spec.width) {
    log.info("the picture is resized from {}x{} to {}x{}", image.size(2), image.size(1), spec.width, spec.height);
  }
  ProgressBar bar("denoising", 1, request.progress);
  const Tensor video =
      maker.make({image, trajectory, request.prompt.value_or(prompt(trajectory)), request.seed}, stop, bar).video;
  const std::int64_t scale = std::max<std::int64_t>(1, 256 / std::max(spec.width, spec.height));
  write_video(request.out, video, trajectory.fps, {.scale = scale});
  if (!request.overlay.empty()) {
    OverlayOptions overlay;
    for (const TrajectoryObject& object : trajectory.objects) overlay.names.push_back(object.name);
    write_video(request.overlay, draw_overlay(video, maker.boxes(trajectory), colours(trajectory), overlay),
                trajectory.fps);
  }
}

}  // namespace flashmotion
