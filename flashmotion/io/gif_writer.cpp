#include "flashmotion/io/gif_writer.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {
namespace gif_writer_detail {

constexpr std::size_t kColours = 256;
constexpr unsigned kBits = 5;  // of a channel, when colours are counted
constexpr std::size_t kCells = std::size_t{1} << (3 * kBits);

using Rgb = std::array<std::uint8_t, 3>;

// Colours that differ in their lowest bits only are one cell.
std::size_t cell_of(const std::uint8_t* rgb) {
  return std::size_t{rgb[0]} >> (8 - kBits) << (2 * kBits) | std::size_t{rgb[1]} >> (8 - kBits) << kBits |
         std::size_t{rgb[2]} >> (8 - kBits);
}

struct Cell {
  std::size_t index = 0;
  std::uint64_t count = 0;
  std::array<std::uint64_t, 3> sum{};  // of the pixels' values
  [[nodiscard]] double mean(std::size_t channel) const {
    return static_cast<double>(sum[channel]) / static_cast<double>(count);
  }
};

// A range of cells that will be one colour.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t channel = 0;  // the one that varies most
  double weight = 0;        // how much is gained by halving it
};

class Palette {
 public:
  explicit Palette(const std::uint8_t* pixels, std::int64_t count) : index_(kCells, 0) {
    std::vector<Cell> all(kCells);
    for (std::int64_t i = 0; i < count; ++i, pixels += 3) {
      Cell& cell = all[cell_of(pixels)];
      ++cell.count;
      for (std::size_t c = 0; c < 3; ++c) cell.sum[c] += pixels[c];
    }
    for (std::size_t i = 0; i < kCells; ++i) {
      all[i].index = i;
      if (all[i].count > 0) cells_.push_back(all[i]);
    }
    split();
  }

  [[nodiscard]] const std::vector<Rgb>& colours() const { return colours_; }
  [[nodiscard]] std::uint8_t index(const std::uint8_t* rgb) const { return index_[cell_of(rgb)]; }

 private:
  [[nodiscard]] Range range(std::size_t begin, std::size_t end) const {
    Range result{begin, end, 0, 0};
    std::uint64_t count = 0;
    for (std::size_t i = begin; i < end; ++i) count += cells_[i].count;
    for (std::size_t c = 0; c < 3; ++c) {
      double low = 255;
      double high = 0;
      for (std::size_t i = begin; i < end; ++i) {
        low = std::min(low, cells_[i].mean(c));
        high = std::max(high, cells_[i].mean(c));
      }
      const double weight = (high - low) * std::sqrt(static_cast<double>(count));
      if (end - begin > 1 && weight > result.weight) {
        result.weight = weight;
        result.channel = c;
      }
    }
    return result;
  }

  void split() {
    std::vector<Range> ranges{range(0, cells_.size())};
    while (ranges.size() < kColours) {
      const auto widest = std::max_element(ranges.begin(), ranges.end(),
                                           [](const Range& a, const Range& b) { return a.weight < b.weight; });
      if (widest->weight <= 0) break;
      const Range whole = *widest;
      const auto begin = cells_.begin() + static_cast<std::ptrdiff_t>(whole.begin);
      const auto end = cells_.begin() + static_cast<std::ptrdiff_t>(whole.end);
      std::sort(begin, end, [&](const Cell& a, const Cell& b) {
        return a.mean(whole.channel) != b.mean(whole.channel) ? a.mean(whole.channel) < b.mean(whole.channel)
                                                              : a.index < b.index;
      });
      const double middle = (begin->mean(whole.channel) + std::prev(end)->mean(whole.channel)) / 2;
      auto cut = std::find_if(begin, end, [&](const Cell& cell) { return cell.mean(whole.channel) > middle; });
      if (cut == end) cut = std::prev(end);
      const auto at = static_cast<std::size_t>(cut - cells_.begin());
      *widest = range(whole.begin, at);
      ranges.push_back(range(at, whole.end));
    }
    for (std::size_t r = 0; r < ranges.size(); ++r) {
      std::uint64_t count = 0;
      std::array<std::uint64_t, 3> sum{};
      for (std::size_t i = ranges[r].begin; i < ranges[r].end; ++i) {
        index_[cells_[i].index] = static_cast<std::uint8_t>(r);
        count += cells_[i].count;
        for (std::size_t c = 0; c < 3; ++c) sum[c] += cells_[i].sum[c];
      }
      Rgb colour{};
      for (std::size_t c = 0; c < 3; ++c) colour[c] = static_cast<std::uint8_t>((sum[c] + count / 2) / count);
      colours_.push_back(colour);
    }
  }

  std::vector<Cell> cells_;
  std::vector<Rgb> colours_;
  std::vector<std::uint8_t> index_;  // of each cell's colour
};

void put(std::string& bytes, std::int64_t number) {
  bytes += static_cast<char>(number & 0xff);
  bytes += static_cast<char>(number >> 8);
}

// Lempel, Ziv and Welch with codes of rising width, in blocks of up to 255 bytes, as the format has it.
class Packer {
 public:
  std::string pack(const std::vector<std::uint8_t>& indices) {
    table_.assign(std::size_t{kMostCodes} * kColours, 0);
    bytes_ = "\x08";
    pending_ = 0;
    filled_ = 0;
    restart();
    emit(kClear);
    std::uint32_t word = indices[0];
    for (std::size_t i = 1; i < indices.size(); ++i) {
      std::uint16_t& longer = table_[word * kColours + indices[i]];
      if (longer != 0) {
        word = longer;
        continue;
      }
      emit(word);
      if (next_ < kMostCodes) {
        longer = static_cast<std::uint16_t>(next_++);
        if (next_ > (1U << width_) && width_ < kMostBits) ++width_;
      } else {
        emit(kClear);
        restart();
      }
      word = indices[i];
    }
    emit(word);
    emit(kEnd);
    if (filled_ > 0) byte(static_cast<char>(pending_ & 0xffU));
    flush();
    return std::move(bytes_) + '\0';
  }

 private:
  static constexpr std::uint32_t kClear = 256;
  static constexpr std::uint32_t kEnd = 257;
  static constexpr unsigned kMostBits = 12;
  static constexpr std::uint32_t kMostCodes = 1U << kMostBits;

  void restart() {
    std::fill(table_.begin(), table_.end(), std::uint16_t{0});
    next_ = kEnd + 1;
    width_ = 9;
  }
  void emit(std::uint32_t code) {
    pending_ |= code << filled_;
    filled_ += width_;
    while (filled_ >= 8) {
      byte(static_cast<char>(pending_ & 0xffU));
      pending_ >>= 8U;
      filled_ -= 8;
    }
  }
  void byte(char value) {
    block_ += value;
    if (block_.size() == 255) flush();
  }
  void flush() {
    if (block_.empty()) return;
    bytes_ += static_cast<char>(block_.size());
    bytes_ += block_;
    block_.clear();
  }

  std::vector<std::uint16_t> table_;  // [code, next index]: the longer word's code; 0: none yet
  std::uint32_t next_ = 0;
  unsigned width_ = 9;
  std::uint32_t pending_ = 0;
  unsigned filled_ = 0;
  std::string block_;
  std::string bytes_;
};

}  // namespace gif_writer_detail

void write_gif(const std::filesystem::path& path, const Tensor& clip, double fps) {
  using namespace gif_writer_detail;
  if (clip.dim() != 4 || clip.size(3) != 3 || clip.scalar_type() != at::kByte || clip.numel() == 0) {
    throw ShapeError(fmt::format("a GIF is made of uint8 [T, H, W, 3], found [{}]", fmt::join(clip.sizes(), ", ")));
  }
  const std::int64_t height = clip.size(1);
  const std::int64_t width = clip.size(2);
  constexpr std::int64_t kMostSide = 65535;
  if (height > kMostSide || width > kMostSide)
    throw InputError(fmt::format("'{}' would be {}x{}; a GIF's sides have at most {} pixels", path.string(), width,
                                 height, kMostSide));
  const Tensor flat = clip.to(at::kCPU).contiguous();
  const auto* pixels = flat.const_data_ptr<std::uint8_t>();
  const Palette palette(pixels, flat.numel() / 3);

  std::string bytes = "GIF89a";
  put(bytes, width);
  put(bytes, height);
  bytes += std::string("\xf7\0\0", 3);  // a table of 256 colours
  for (std::size_t i = 0; i < kColours; ++i) {
    const Rgb colour = i < palette.colours().size() ? palette.colours()[i] : Rgb{};
    bytes.append(colour.begin(), colour.end());
  }
  bytes += std::string("!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", 19);  // again and again
  const std::int64_t delay = std::max<std::int64_t>(2, std::llround(100 / std::max(fps, 0.1)));
  std::vector<std::uint8_t> indices(static_cast<std::size_t>(height * width));
  Packer packer;
  for (std::int64_t t = 0; t < flat.size(0); ++t) {
    bytes += std::string("!\xf9\x04\0", 4);
    put(bytes, delay);
    bytes += std::string("\0\0", 2);
    bytes += ",";
    put(bytes, 0);
    put(bytes, 0);
    put(bytes, width);
    put(bytes, height);
    bytes += '\0';
    for (std::uint8_t& index : indices) {
      index = palette.index(pixels);
      pixels += 3;
    }
    bytes += packer.pack(indices);
  }
  bytes += ";";
  write_file_atomically(path.string(), bytes);
}

}  // namespace flashmotion
