#include "flashmotion/io/image.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/detail/frame_decoder.hpp"
#include "flashmotion/io/detail/png_codec.hpp"
#include "flashmotion/io/pixels.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <map>
#include <optional>
#include <set>

namespace flashmotion {
namespace image_detail {

Tensor decode_other(const std::string& content, const std::filesystem::path& path) {
  FrameDecoder decoder = FrameDecoder::from_memory(content, path.string());
  std::optional<DecodedFrame> frame = decoder.next();
  if (!frame || frame->corrupt || decoder.errors() > 0) {
    throw InputError(fmt::format("'{}' is a damaged picture", path.string()));
  }
  return frame->rgb;
}

// float32 [H, W, 3] in [0, 1], or uint8 [H, W, 3] where the file has 8 bits.
Tensor read_any(const std::filesystem::path& path) {
  const std::string content = read_file(path.string());
  if (!png_detail::is_png(content)) return decode_other(content, path);
  const png_detail::PngPixels png = png_detail::decode_png(content, path.string(), png_detail::PngWish::colour);
  if (!png.sixteen) {
    Tensor bytes = at::empty({png.height, png.width, 3}, at::kByte);
    std::memcpy(bytes.data_ptr(), png.values.data(), png.values.size());
    return bytes;
  }
  Tensor values = at::empty({png.height, png.width, 3}, at::kFloat);
  float* out = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    std::uint16_t value = 0;
    std::memcpy(&value, png.values.data() + 2 * i, 2);
    out[i] = static_cast<float>(value) / 65535.0F;
  }
  return values;
}

Tensor labels_of_colours(const png_detail::PngPixels& png, const std::filesystem::path& path,
                         std::vector<std::uint32_t>& colours) {
  constexpr std::size_t kMost = 255;
  const auto colour = [&](std::int64_t i) {
    const unsigned char* p = png.values.data() + 3 * i;
    return (static_cast<std::uint32_t>(p[0]) << 16U) | (static_cast<std::uint32_t>(p[1]) << 8U) | p[2];
  };
  const std::int64_t count = png.width * png.height;
  std::map<std::uint32_t, std::uint8_t> labels = {{0, std::uint8_t{0}}};
  for (std::size_t i = 0; i < colours.size(); ++i) labels[colours[i]] = static_cast<std::uint8_t>(i + 1);
  std::set<std::uint32_t> fresh;
  for (std::int64_t i = 0; i < count && fresh.size() <= kMost; ++i) {
    if (labels.count(colour(i)) == 0) fresh.insert(colour(i));
  }
  if (colours.size() + fresh.size() > kMost) {
    throw InputError(fmt::format("'{}' is no mask: it has more than {} colours; save masks as palette or grey PNG",
                                 path.string(), kMost));
  }
  for (const std::uint32_t value : fresh) {
    colours.push_back(value);
    labels[value] = static_cast<std::uint8_t>(colours.size());
  }
  Tensor map = at::empty({png.height, png.width}, at::kByte);
  auto* out = map.data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < count; ++i) out[i] = labels.at(colour(i));
  return map;
}

}  // namespace image_detail

Tensor read_image(const std::filesystem::path& path) {
  const Tensor pixels = image_detail::read_any(path);
  if (pixels.scalar_type() == at::kByte) return from_rgb8(pixels);
  return pixels.mul(2.0).sub(1.0).movedim(-1, 0).contiguous();
}

Tensor read_image_rgb8(const std::filesystem::path& path) {
  Tensor pixels = image_detail::read_any(path);
  if (pixels.scalar_type() == at::kByte) return pixels;
  return pixels.mul(255.0).round().to(at::kByte);
}

Tensor read_mask_png(const std::filesystem::path& path) {
  std::vector<std::uint32_t> colours;
  return read_mask_png(path, colours);
}

Tensor read_mask_png(const std::filesystem::path& path, std::vector<std::uint32_t>& colours) {
  const std::string content = read_file(path.string());
  if (!png_detail::is_png(content)) {
    throw InputError(
        fmt::format("'{}' is not a PNG picture; masks must be, as other formats blur labels", path.string()));
  }
  const png_detail::PngPixels png = png_detail::decode_png(content, path.string(), png_detail::PngWish::labels);
  if (png.channels == 3) return image_detail::labels_of_colours(png, path, colours);
  Tensor map = at::empty({png.height, png.width}, at::kByte);
  std::memcpy(map.data_ptr(), png.values.data(), png.values.size());
  return map;
}

void write_png(const std::filesystem::path& path, const Tensor& picture) {
  if (picture.dim() != 3 || picture.numel() == 0) {
    throw ShapeError(fmt::format("'{}' cannot be written: the picture has the shape [{}]", path.string(),
                                 fmt::join(picture.sizes(), ", ")));
  }
  Tensor bytes;
  if (picture.scalar_type() == at::kByte) {
    if (picture.size(2) != 3)
      throw ShapeError(fmt::format("'{}' cannot be written: bytes must be [H, W, 3]", path.string()));
    bytes = picture.to(at::kCPU).contiguous();
  } else {
    bytes = to_rgb8(picture);
  }
  write_file_atomically(path.string(),
                        png_detail::encode_png(bytes.const_data_ptr<std::uint8_t>(), bytes.size(1), bytes.size(0), 3));
}

void write_mask_png(const std::filesystem::path& path, const Tensor& labels) {
  if (labels.dim() != 2 || labels.scalar_type() != at::kByte || labels.numel() == 0) {
    throw ShapeError(fmt::format("'{}' cannot be written: labels must be uint8 [H, W], found {} [{}]", path.string(),
                                 c10::toString(labels.scalar_type()), fmt::join(labels.sizes(), ", ")));
  }
  const Tensor bytes = labels.to(at::kCPU).contiguous();
  write_file_atomically(path.string(),
                        png_detail::encode_png(bytes.const_data_ptr<std::uint8_t>(), bytes.size(1), bytes.size(0), 1));
}

}  // namespace flashmotion
