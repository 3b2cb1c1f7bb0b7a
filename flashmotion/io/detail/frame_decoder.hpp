#pragma once

#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace flashmotion {

/// One decoded picture of a stream.
struct DecodedFrame {
  Tensor rgb;            // [H, W, 3] uint8
  double seconds = 0;    // presentation time
  bool stamped = false;  // whether the stream gave a time
  bool corrupt = false;  // the decoder guessed parts of it
};

/// Decodes the first video stream of a file or of bytes in memory to RGB, one picture at a time, in
/// the order of presentation. Only local files are opened, whatever a playlist names.
class FrameDecoder {
 public:
  [[nodiscard]] static FrameDecoder from_file(const std::filesystem::path& path);
  /// `content` must outlive the decoder; `name` is for messages.
  [[nodiscard]] static FrameDecoder from_memory(const std::string& content, const std::string& name);
  ~FrameDecoder();
  FrameDecoder(FrameDecoder&&) noexcept;
  FrameDecoder& operator=(FrameDecoder&&) noexcept;

  /// The next picture, or none at the end. Damaged packets are counted and passed over.
  [[nodiscard]] std::optional<DecodedFrame> next();

  /// Frames a second as the container states; 0 when it does not.
  [[nodiscard]] double fps() const;
  /// Number of frames that the container's index claims; 0 when it has none.
  [[nodiscard]] std::int64_t claimed_frames() const;
  /// Packets that the decoder refused, so far.
  [[nodiscard]] std::int64_t errors() const;
  [[nodiscard]] std::string codec() const;

 private:
  struct State;
  explicit FrameDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace flashmotion
