#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace flashmotion {

/// Writes frames as the name of the path asks: `.mp4` a video, `.gif` a GIF, no ending a folder of PNG files
/// `PREFIX00000.png`. A file appears under its name at `finish`.
class FLASHMOTION_EXPORT ClipWriter {
 public:
  /// Throws InputError for another ending, or a folder that holds pictures already. `fps` is of videos and GIFs.
  ClipWriter(std::filesystem::path path, double fps, std::string prefix = {});
  ~ClipWriter();
  ClipWriter(const ClipWriter&) = delete;
  ClipWriter& operator=(const ClipWriter&) = delete;

  /// The next frame, uint8 [H, W, 3]; all have one size.
  void add(const Tensor& frame);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flashmotion
