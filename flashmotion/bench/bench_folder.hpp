#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Where the cases of a benchmark come from: real clips, the toy world, or objects of real clips pasted over others.
enum class BenchKind { clips, toy, composite };

template <>
struct EnumNames<BenchKind> {
  static constexpr std::array<std::pair<BenchKind, std::string_view>, 3> values{
      {{BenchKind::clips, "clips"}, {BenchKind::toy, "toy"}, {BenchKind::composite, "composite"}}};
};

/// One clip to be made again: what a model is given (picture, words, trajectory) and what it is compared with. Paths
/// are relative to the benchmark's folder and stay inside it.
struct BenchCase {
  std::string id{};          // letters, digits, '-', '_' and '.'; unique
  std::string group{};       // by number of objects, as `bench_group` says
  std::string image{};       // the first frame, a PNG
  std::string prompt{};      // may be empty
  std::string trajectory{};  // *.traj.json of the benchmark's frames and size
  std::string reference{};   // folder of the real clip, a PNG for each frame
  std::string masks{};       // folder of label maps, a PNG for each frame: i + 1 where object i is visible
  bool operator==(const BenchCase&) const = default;
};

/// A benchmark folder: what `bench.json` in it says.
struct Bench {
  std::filesystem::path folder{};
  std::string name{};
  BenchKind kind = BenchKind::clips;
  double fps = 8;
  std::int64_t frames = 0;  // of each case, 1 + 4k
  std::int64_t width = 0;   // pixels
  std::int64_t height = 0;  // pixels
  std::int64_t seed = 0;    // that it was made with
  std::vector<BenchCase> cases{};
  bool operator==(const Bench&) const = default;
};

/// Groups that cases are counted by: "1" to "5" objects, and "6+".
inline constexpr std::array<std::string_view, 6> kBenchGroups{"1", "2", "3", "4", "5", "6+"};

/// The group of so many objects, from 1.
[[nodiscard]] FLASHMOTION_EXPORT std::string bench_group(std::int64_t objects);

/// Version of `bench.json` that is read and written.
inline constexpr std::int64_t kBenchVersion = 1;

/// Reads a benchmark folder strictly, but no pixel of it: `bench.json`, the trajectories, and whether the files are
/// there. Throws one InputError with all mistakes, each as `file:line:column` and its place in the file
/// (`cases[1].group`): unknown keys (with the nearest known one), wrong types and ranges, an id given twice, paths that
/// leave the folder, missing files, a number of pictures that is not `frames`, and trajectories of another size, of
/// another number of frames or of objects than the group says.
[[nodiscard]] FLASHMOTION_EXPORT Bench read_bench(const std::filesystem::path& folder);

/// The same from the text of the folder's `bench.json`.
[[nodiscard]] FLASHMOTION_EXPORT Bench parse_bench(const std::filesystem::path& folder, const std::string& text);

/// The text of `bench.json`; the folder is not part of it.
[[nodiscard]] FLASHMOTION_EXPORT std::string bench_text(const Bench& bench);

/// The trajectory of a case. Throws InputError as `read_trajectory` does.
[[nodiscard]] FLASHMOTION_EXPORT Trajectory read_case_trajectory(const Bench& bench, const BenchCase& one);

}  // namespace flashmotion
