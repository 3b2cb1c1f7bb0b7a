#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Event files of TensorBoard: records (TFRecord), each a protobuf message `Event`. Written only; all numbers are little
// endian. A record is its length (uint64), the masked CRC-32C of these eight bytes, the message, and that of the
// message.

namespace flashmotion {

/// A number of a step. Files hold float32; what is not finite stays so.
struct Scalar {
  std::string tag;  // a slash makes groups: `terms/gan`
  double value = 0.0;
};

/// The record that every event file begins with: it names the version of the format.
[[nodiscard]] FLASHMOTION_EXPORT std::string event_file_start();

/// The record of one step's numbers. It holds no time (wall time 0), so that equal numbers give equal bytes.
[[nodiscard]] FLASHMOTION_EXPORT std::string scalar_record(std::int64_t step, std::span<const Scalar> scalars);

/// A message framed as a record.
[[nodiscard]] FLASHMOTION_EXPORT std::string event_record(std::string_view message);

}  // namespace flashmotion
