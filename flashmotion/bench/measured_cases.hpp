#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_meter.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace flashmotion {

/// What was measured of cases, kept in a folder so that a measurement goes on where it was stopped. Numbers come back
/// as they were, to the last bit.
class FLASHMOTION_EXPORT MeasuredCases {
 public:
  /// `tools` are all that a figure depends on besides the files of a case: benchmark, finder, extractors.
  MeasuredCases(std::filesystem::path folder, const Bench& bench, const BenchTools& tools);

  /// The case, when it is kept and was measured from these files as they are now (names, sizes, times). One that cannot
  /// be read counts as not kept.
  [[nodiscard]] std::optional<MeasuredCase> find(const BenchCase& one,
                                                 std::span<const std::filesystem::path> files) const;
  /// Digest of all that a case is going to be measured from. Taken before its files are read, it tells afterwards
  /// whether one was changed meanwhile.
  [[nodiscard]] std::string inputs(const BenchCase& one, std::span<const std::filesystem::path> files) const;
  /// Keeps one that was measured from these inputs, whole or not at all.
  void keep(const BenchCase& one, const std::string& inputs, const MeasuredCase& measured) const;

 private:
  std::filesystem::path folder_;
  const Bench& bench_;
  std::string tools_;  // as text
};

}  // namespace flashmotion
