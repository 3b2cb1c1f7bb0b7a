#include "flashmotion/base/error.hpp"
#include "flashmotion/cli/trajectory.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"
#include "flashmotion/trajectory/path_words.hpp"

#include <filesystem>

namespace flashmotion::cli {

int make_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names, const Context& context) {
  if (names.size() != 1) throw InputError("give the file to write: flashmotion trajectory make OUT --object '…'");
  const std::vector<std::string> objects = list_of(parsed, "object");
  if (objects.empty()) {
    throw InputError(
        "say at least one object, as in --object 'red ball: 0.1 0.4 0.3 0.7, right 0.5, smooth'; see "
        "'flashmotion trajectory --help'");
  }
  if (parsed.count("overwrite") == 0 && std::filesystem::exists(names[0]))
    throw InputError(fmt::format("'{}' is there already; --overwrite lets it give way", names[0]));
  constexpr TrajectoryLimits kLimits;
  Trajectory trajectory;
  trajectory.frames = parsed.count("frames") > 0 ? parsed["frames"].as<std::int64_t>() : 49;
  if (trajectory.frames < 1 || trajectory.frames > kLimits.frames)
    throw InputError(fmt::format("--frames goes from 1 to {}, found {}", kLimits.frames, trajectory.frames));
  const auto [width, height] = size_option(parsed);
  trajectory.width = width > 0 ? width : 720;
  trajectory.height = height > 0 ? height : 480;
  if (parsed.count("fps") > 0) trajectory.fps = parsed["fps"].as<double>();
  if (!(trajectory.fps >= 0.1 && trajectory.fps <= 1000))
    throw InputError(fmt::format("--fps goes from 0.1 to 1000, found {}", trajectory.fps));
  if (parsed.count("prompt") > 0) trajectory.prompt = parsed["prompt"].as<std::string>();
  if (parsed.count("camera") > 0) trajectory.camera = camera_of_words(parsed["camera"].as<std::string>(), trajectory);
  for (const std::string& words : objects)
    trajectory.objects.push_back(object_of_words(words, trajectory.objects.size(), trajectory));
  write_trajectory(names[0], trajectory);
  if (!is_valid_frame_count(trajectory.frames))
    context.log.warning("{}; a run retimes it", frame_count_message("the clip", trajectory.frames));
  context.log.info("{}: {} objects in {} frames; look at it: flashmotion trajectory overlay {} look.gif", names[0],
                   trajectory.objects.size(), trajectory.frames, names[0]);
  return 0;
}

}  // namespace flashmotion::cli
