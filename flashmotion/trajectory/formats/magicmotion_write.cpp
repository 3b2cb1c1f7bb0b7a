#include "flashmotion/io/clip_writer.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"

#include <fmt/format.h>

namespace flashmotion {

ForeignNotes write_magicmotion(const std::filesystem::path& path, const Trajectory& trajectory, MapStyle style) {
  ForeignNotes notes;
  const MapPainter painter(trajectory, style);
  ClipWriter writer(path, trajectory.fps, "annotated_frame_");
  for (std::int64_t t = 0; t < trajectory.frames; ++t) writer.add(painter.frame(t));
  writer.finish();
  notes.push_back(fmt::format("a trajectory of the kind '{}'; names and prompts are not in it", to_string(style)));
  if (path.extension() == ".mp4" && (trajectory.width % 2 != 0 || trajectory.height % 2 != 0))
    notes.emplace_back("an odd side was padded by one pixel, as videos have even sides");
  return notes;
}

}  // namespace flashmotion
