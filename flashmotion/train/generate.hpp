#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/train/recipe.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace flashmotion {

/// A clip that a user asks for.
struct GenerateRequest {
  std::string run;         // folder of a finished run
  std::string image;       // first frame
  std::string trajectory;  // *.traj.json
  std::string out;         // *.mp4
  std::string overlay;     // *.mp4 with boxes and paths; empty: none
  std::string variant;     // of the recipe; empty: the last
  std::optional<std::string> prompt;
  std::uint64_t seed = 0;
  std::string device;  // `auto`, `cpu`, `cuda`, `cuda:NUMBER`; empty: the recipe's
  ProgressOptions progress;
};

/// Makes one clip with the networks of a run. `recipe` is that run's resolved recipe. The picture is resized to the
/// run's clips, the trajectory is retimed to their length. Throws InputError when something that was given is wrong.
FLASHMOTION_EXPORT void generate_clip(const GenerateRequest& request, const Recipe& recipe, const Catalog& catalog,
                                      const StopFlag& stop, const Logger& log);

}  // namespace flashmotion
