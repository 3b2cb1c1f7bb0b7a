#include "flashmotion/trajectory/trajectory_fields.hpp"

#include "flashmotion/base/assert.hpp"

#include <algorithm>

namespace flashmotion {
namespace trajectory_fields_detail {

using Value = TrajectoryValue;

constexpr std::array<double, 2> kSide = {1, 16384};

constexpr std::array kFields{
    TrajectoryField{.table = "",
                    .key = "format",
                    .type = Value::text,
                    .required = true,
                    .help = "always \"flashmotion-trajectory\""},
    TrajectoryField{.table = "",
                    .key = "version",
                    .type = Value::whole,
                    .required = true,
                    .range = {1, 2},
                    .help = "1 knows boxes alone; keys marked with 2 need 2"},
    TrajectoryField{.table = "",
                    .key = "frames",
                    .type = Value::whole,
                    .required = true,
                    .range = {1, 10'000},
                    .help = "frames of the clip; they count from 0"},
    TrajectoryField{.table = "",
                    .key = "width",
                    .type = Value::whole,
                    .required = true,
                    .range = kSide,
                    .help = "pixels of the video that was meant; shapes do not depend on it"},
    TrajectoryField{
        .table = "", .key = "height", .type = Value::whole, .required = true, .range = kSide, .help = "the same"},
    TrajectoryField{.table = "",
                    .key = "fps",
                    .type = Value::number,
                    .range = {0.1, 1000},
                    .preset = "8",
                    .help = "frames a second of the video that was meant"},
    TrajectoryField{.table = "",
                    .key = "prompt",
                    .type = Value::text,
                    .version = 2,
                    .preset = "the objects' prompts, joined by commas",
                    .help = "words for the whole clip"},
    TrajectoryField{.table = "",
                    .key = "camera",
                    .type = Value::object,
                    .version = 2,
                    .list = true,
                    .inner = "camera",
                    .preset = "it rests",
                    .help = "keys of a pan and zoom of everything"},
    TrajectoryField{.table = "",
                    .key = "objects",
                    .type = Value::object,
                    .required = true,
                    .list = true,
                    .inner = "object",
                    .help = "1 to 1000; later ones cover earlier ones in control maps"},

    TrajectoryField{.table = "camera",
                    .key = "frame",
                    .type = Value::whole,
                    .version = 2,
                    .required = true,
                    .range = {0, 9999},
                    .help = "below `frames`; rises"},
    TrajectoryField{.table = "camera",
                    .key = "pan",
                    .type = Value::place,
                    .version = 2,
                    .preset = "[0, 0]",
                    .help = "how far the camera has gone to the right and down, as shares of the picture"},
    TrajectoryField{.table = "camera",
                    .key = "zoom",
                    .type = Value::number,
                    .version = 2,
                    .range = {0.01, 100},
                    .preset = "1",
                    .help = "enlargement about the middle of the picture"},
    TrajectoryField{.table = "camera",
                    .key = "easing",
                    .type = Value::easing,
                    .version = 2,
                    .preset = "linear",
                    .help = "curve to the next key"},

    TrajectoryField{
        .table = "object", .key = "name", .type = Value::text, .required = true, .help = "drawn into overlays"},
    TrajectoryField{.table = "object",
                    .key = "colour",
                    .type = Value::colour,
                    .preset = "red, green, blue, yellow, magenta, cyan in turn",
                    .help = "`#rrggbb`, of the object in control maps"},
    TrajectoryField{
        .table = "object", .key = "prompt", .type = Value::text, .preset = "the name", .help = "words for the object"},
    TrajectoryField{.table = "object",
                    .key = "keys",
                    .type = Value::object,
                    .list = true,
                    .inner = "key",
                    .help = "places in single frames, or in their stead one or more of the lists below"},
    TrajectoryField{.table = "object",
                    .key = "boxes",
                    .type = Value::box,
                    .version = 2,
                    .list = true,
                    .gaps = true,
                    .help = "a box for each frame; `null` where there is none"},
    TrajectoryField{.table = "object",
                    .key = "points",
                    .type = Value::places,
                    .version = 2,
                    .list = true,
                    .gaps = true,
                    .help = "points for each frame"},
    TrajectoryField{.table = "object",
                    .key = "polygons",
                    .type = Value::places,
                    .version = 2,
                    .list = true,
                    .gaps = true,
                    .help = "an outline for each frame"},
    TrajectoryField{.table = "object",
                    .key = "masks",
                    .type = Value::mask_or_files,
                    .version = 2,
                    .list = true,
                    .gaps = true,
                    .inner = "masks",
                    .help = "a mask for each frame, or where the masks lie"},
    TrajectoryField{.table = "object",
                    .key = "hidden",
                    .type = Value::range,
                    .version = 2,
                    .list = true,
                    .preset = "always seen",
                    .help = "frames in which the object is not seen, `[begin, end]` without the end"},
    TrajectoryField{.table = "object",
                    .key = "static",
                    .type = Value::flag,
                    .version = 2,
                    .preset = "false",
                    .help = "an anchor: it has one key and stays there, but for the camera"},

    TrajectoryField{.table = "key",
                    .key = "frame",
                    .type = Value::whole,
                    .required = true,
                    .range = {0, 9999},
                    .help = "below `frames`; rises"},
    TrajectoryField{.table = "key",
                    .key = "box",
                    .type = Value::box,
                    .help = "`[x0, y0, x1, y1]`; every key needs this or another shape"},
    TrajectoryField{.table = "key",
                    .key = "points",
                    .type = Value::places,
                    .version = 2,
                    .help = "`[[x, y], …]`, places on the object that are followed"},
    TrajectoryField{.table = "key",
                    .key = "polygon",
                    .type = Value::places,
                    .version = 2,
                    .help = "`[[x, y], …]`, its outline; three corners or more"},
    TrajectoryField{.table = "key",
                    .key = "mask",
                    .type = Value::mask,
                    .version = 2,
                    .help = "runs of COCO: `{ \"size\": [height, width], \"counts\": … }`; stays until the next mask"},
    TrajectoryField{.table = "key",
                    .key = "easing",
                    .type = Value::easing,
                    .version = 2,
                    .preset = "linear",
                    .help = "curve to the next key"},

    TrajectoryField{.table = "masks",
                    .key = "path",
                    .type = Value::text,
                    .version = 2,
                    .required = true,
                    .help = "folder of pictures or a video, relative to this file; a picture for each frame"},
    TrajectoryField{.table = "masks",
                    .key = "label",
                    .type = Value::whole,
                    .version = 2,
                    .range = {1, 255},
                    .help = "the object's palette index or grey value"},
    TrajectoryField{.table = "masks",
                    .key = "colour",
                    .type = Value::colour,
                    .version = 2,
                    .help = "or its colour, in RGB pictures and videos"},
};

}  // namespace trajectory_fields_detail

std::span<const TrajectoryField> trajectory_fields() { return trajectory_fields_detail::kFields; }

std::vector<std::string> trajectory_keys(std::string_view table, std::int64_t version) {
  std::vector<std::string> keys;
  for (const TrajectoryField& field : trajectory_fields()) {
    if (field.table == table && field.version <= version) keys.emplace_back(field.key);
  }
  return keys;
}

const TrajectoryField& trajectory_field(std::string_view table, std::string_view key) {
  const auto fields = trajectory_fields();
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const TrajectoryField& field) {
    return field.table == table && field.key == key;
  });
  FLASHMOTION_ASSERT(found != fields.end());
  return *found;
}

}  // namespace flashmotion
