#pragma once

#include "flashmotion/trajectory/trajectory.hpp"

namespace flashmotion {

/// Makes an object of a short description: its name, its box in the first frame, the steps it goes and how fast.
///
///   "fox: 0.1 0.4 0.3 0.7, right 0.4, up 0.2 right 0.1, wait 0.2, smooth"
///
/// Numbers are shares of the picture or of the clip, or per cent (`40%`). A step is one or more of `right`, `left`,
/// `up`, `down` D, or `to X Y` (the middle of the box), and `grow` or `shrink` F; steps take time by how far they go,
/// `wait` D takes its share of the clip. Speed is `linear`, `smooth`, `slow start`, `slow end` or `bezier x1 y1 x2 y2`,
/// over the whole way. `colour #rrggbb` and `prompt WORDS` may stand between the commas too. Without a step the object
/// is an anchor. `index` is the object's number, for its colour. `frames`, `width` and `height` are the clip's. Throws
/// InputError, which names the part that was not understood.
[[nodiscard]] FLASHMOTION_EXPORT TrajectoryObject object_of_words(std::string_view words, std::size_t index,
                                                                  const Trajectory& clip);

/// The camera's keys of such a description: `pan X Y` and `zoom F` at the end of the clip, and a speed.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<CameraKey> camera_of_words(std::string_view words, const Trajectory& clip);

}  // namespace flashmotion
