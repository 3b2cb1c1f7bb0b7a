#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/abi_stamp.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flashmotion {

/// Where the stamp lies in a file, or why there is none.
struct FoundStamp {
  std::optional<AbiStamp> stamp;  // zeros behind what an older struct had
  std::uint64_t offset = 0;       // of the stamp in the file
  std::string reason;             // a sentence about the file when there is no stamp: `it is …`
};

/// Gate 1: finds the stamp in the bytes of a shared library. Loads nothing and trusts nothing: every offset is compared
/// with the size of the file.
[[nodiscard]] FLASHMOTION_EXPORT FoundStamp find_stamp(std::span<const char> bytes);

/// The stamp of this library.
[[nodiscard]] FLASHMOTION_EXPORT const AbiStamp& host_stamp();

/// Gate 2: one sentence for each difference that forbids loading; empty when the plugin fits. When the ABI number
/// differs this is the only difference looked at.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> stamp_differences(const AbiStamp& plugin,
                                                                            const AbiStamp& host);
/// Differences that are worth a word and do no harm: another patch release of LibTorch.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> stamp_warnings(const AbiStamp& plugin, const AbiStamp& host);

/// A fixed-size text of a stamp, up to its first zero; bytes that are not printable ASCII become `?`, line breaks stay.
[[nodiscard]] FLASHMOTION_EXPORT std::string stamp_text(std::span<const char> field);

}  // namespace flashmotion
