#pragma once

#include "flashmotion/base/export.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// What a value of a trajectory file is.
enum class TrajectoryValue {
  whole,
  number,
  flag,
  text,
  colour,         // "#rrggbb"
  box,            // [x0, y0, x1, y1]
  place,          // [x, y]
  places,         // [[x, y], …]
  easing,         // a word, or the handles [x1, y1, x2, y2] of a Bezier curve
  range,          // [begin, end]
  mask,           // runs of COCO: { "size": [height, width], "counts": … }
  object,         // a table of its own
  mask_or_files,  // list of masks, or a table
};

/// A key of a trajectory file: the reader, the schema and the page of the documentation are made of these.
struct TrajectoryField {
  std::string_view table;  // "" for the file itself, "camera", "object", "key", "masks"
  std::string_view key;
  TrajectoryValue type = TrajectoryValue::whole;
  std::int64_t version = 1;  // the first that has it
  bool required = false;
  bool list = false;              // of such values
  bool gaps = false;              // null may stand in the list
  std::string_view inner{};       // table of the values of type `object` and `mask_or_files`
  std::array<double, 2> range{};  // of numbers, both included; equal: none
  std::string_view preset{};      // in words
  std::string_view help{};
};

/// All keys, table by table.
[[nodiscard]] FLASHMOTION_EXPORT std::span<const TrajectoryField> trajectory_fields();

/// Names of the keys that a table has in files of a version.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> trajectory_keys(std::string_view table, std::int64_t version);

/// A key that is there; a bug otherwise.
[[nodiscard]] FLASHMOTION_EXPORT const TrajectoryField& trajectory_field(std::string_view table, std::string_view key);

/// JSON Schema of the file, for editors.
[[nodiscard]] FLASHMOTION_EXPORT std::string trajectory_schema();

/// The keys as Markdown tables.
[[nodiscard]] FLASHMOTION_EXPORT std::string trajectory_reference();

}  // namespace flashmotion
