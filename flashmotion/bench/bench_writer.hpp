#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/trajectory/overlay.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace flashmotion {

/// What is known of an object before its masks are seen.
struct BenchObject {
  std::string name{};
  std::string prompt{};
  Colour colour{};
};

/// Writes a benchmark folder case by case and frame by frame, under a name beside it; the folder appears whole at
/// `finish`, or not at all. Holds small pictures of some cases for `preview.png` in memory, and no more.
class FLASHMOTION_EXPORT BenchWriter {
 public:
  /// `bench` without cases; its folder is where to write. Throws InputError when there is a file, a folder with other
  /// things in it, or another benchmark.
  explicit BenchWriter(Bench bench);
  ~BenchWriter();
  BenchWriter(const BenchWriter&) = delete;
  BenchWriter& operator=(const BenchWriter&) = delete;

  /// Begins a case; the case before has ended.
  void begin(const std::string& id, const std::string& prompt, const std::vector<BenchObject>& objects);
  /// The next frame: `picture` uint8 [H, W, 3], `labels` uint8 [H, W], i + 1 where object i is visible.
  void add(const Tensor& picture, const Tensor& labels);
  /// Ends the case. `boxes` float32 [K, F, 4] normalised; undefined: the extents of the visible pixels.
  void end(const Tensor& boxes = {});
  /// Gives up the case that was begun, and its files.
  void drop();

  /// Writes `bench.json` and `preview.png` and gives the folder its name. False when the same benchmark, byte for byte,
  /// was there before. Throws InputError when another one was, or no case was written.
  bool finish();
  /// What was written so far.
  [[nodiscard]] const Bench& bench() const { return bench_; }

 private:
  [[nodiscard]] std::filesystem::path case_folder() const;
  [[nodiscard]] Trajectory trajectory(const Tensor& boxes) const;
  void keep_preview(const Tensor& boxes);

  Bench bench_;
  std::filesystem::path unfinished_;
  BenchCase case_;
  std::vector<BenchObject> objects_;
  std::int64_t frame_ = 0;
  Tensor extents_;                             // [K, F, 4]
  std::vector<Tensor> thumbs_;                 // float [3, h, w], of the case's first, middle and last frame
  std::map<std::string, std::int64_t> shown_;  // rows of the preview by group
  std::vector<SheetRow> rows_;
};

}  // namespace flashmotion
