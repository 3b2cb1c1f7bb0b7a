#include "flashmotion/io/detail/png_codec.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <png.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>

namespace flashmotion::png_detail {
namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

// libpng reports by longjmp: between the jump and its landing there may be no object with a
// destructor. So all objects live in the callers, and what jumps over them is plain data.
struct PngProblem {
  std::array<char, 160> text{};
};

void png_failed(png_structp png, png_const_charp text) {
  auto* problem = static_cast<PngProblem*>(png_get_error_ptr(png));
  std::snprintf(problem->text.data(), problem->text.size(), "%s", text);
  png_longjmp(png, 1);
}

void png_warned(png_structp, png_const_charp) {}

struct PngSource {
  const char* at;
  std::size_t left;
};

void png_fetch(png_structp png, png_bytep out, std::size_t count) {
  auto* source = static_cast<PngSource*>(png_get_io_ptr(png));
  if (count > source->left) png_error(png, "the file ends early");
  std::memcpy(out, source->at, count);
  source->at += count;
  source->left -= count;
}

void png_store(png_structp png, png_bytep data, std::size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), count);
}

void png_no_flush(png_structp) {}

// First half: header and transforms. Returns false after an error.
bool png_open(png_structp png, png_infop info, PngWish wish, PngPixels& out) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_info(png, info);
  const png_byte colour = png_get_color_type(png, info);
  const png_byte depth = png_get_bit_depth(png, info);
  out.width = png_get_image_width(png, info);
  out.height = png_get_image_height(png, info);
  if (out.width * out.height > kMaxPixels) png_error(png, "the picture is larger than 2^28 pixels");
  const bool labels = wish == PngWish::labels && (colour & PNG_COLOR_MASK_COLOR) == 0;
  const bool indices = wish == PngWish::labels && colour == PNG_COLOR_TYPE_PALETTE;
  if (depth < 8) png_set_packing(png);
  if (!indices && colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (depth < 8 && colour == PNG_COLOR_TYPE_GRAY && !labels) png_set_expand_gray_1_2_4_to_8(png);
  if ((colour & PNG_COLOR_MASK_ALPHA) != 0) png_set_strip_alpha(png);
  if (!labels && (colour & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
  if (depth == 16 && wish == PngWish::labels) png_set_strip_16(png);
  if (depth == 16 && wish == PngWish::colour && std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  out.channels = png_get_channels(png, info);
  out.sixteen = png_get_bit_depth(png, info) == 16;
  return true;
}

bool png_rows(png_structp png, png_bytep* rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

bool png_put(png_structp png, png_infop info, png_bytep* rows, png_uint_32 width, png_uint_32 height, int colour) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_IHDR(png, info, width, height, 8, colour, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 6);
  png_write_info(png, info);
  png_write_image(png, rows);
  png_write_end(png, info);
  return true;
}

}  // namespace

bool is_png(std::string_view content) { return content.substr(0, 8) == "\x89PNG\r\n\x1a\n"; }

PngPixels decode_png(std::string_view content, const std::string& name, PngWish wish) {
  PngProblem problem;
  PngSource source{content.data(), content.size()};
  PngPixels out;
  std::vector<png_bytep> rows;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &problem, png_failed, png_warned);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    throw Error("libpng could not be started");
  }
  png_set_read_fn(png, &source, png_fetch);
  bool good = png_open(png, info, wish, out);
  if (good && out.channels != 1 && out.channels != 3) good = false;
  if (good) {
    const std::size_t stride = png_get_rowbytes(png, info);
    out.values.resize(stride * static_cast<std::size_t>(out.height));
    for (std::int64_t y = 0; y < out.height; ++y)
      rows.push_back(out.values.data() + static_cast<std::size_t>(y) * stride);
    good = png_rows(png, rows.data());
  }
  png_destroy_read_struct(&png, &info, nullptr);
  if (!good) throw InputError(fmt::format("'{}' is a damaged PNG picture: {}", name, problem.text.data()));
  return out;
}

std::string encode_png(const unsigned char* values, std::int64_t width, std::int64_t height, std::int64_t channels) {
  PngProblem problem;
  std::string bytes;
  std::vector<png_bytep> rows;
  const std::size_t stride = static_cast<std::size_t>(width * channels);
  for (std::int64_t y = 0; y < height; ++y) {
    rows.push_back(const_cast<png_bytep>(values) + static_cast<std::size_t>(y) * stride);  // libpng only reads them
  }
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &problem, png_failed, png_warned);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_write_struct(&png, nullptr);
    throw Error("libpng could not be started");
  }
  png_set_write_fn(png, &bytes, png_store, png_no_flush);
  const bool good = png_put(png, info, rows.data(), static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
                            channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB);
  png_destroy_write_struct(&png, &info);
  if (!good)
    throw Error(fmt::format("a picture of {}x{} could not be written as PNG: {}", width, height, problem.text.data()));
  return bytes;
}

}  // namespace flashmotion::png_detail
