#include "flashmotion/trajectory/rle.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace flashmotion {
namespace rle_detail {

constexpr int kFirst = 48;           // the character of 0
constexpr std::int64_t kMore = 32;   // another character follows
constexpr std::int64_t kMinus = 16;  // the sign, in the last character
constexpr int kBits = 5;             // of the number in a character
constexpr int kMostCharacters = 7;   // of one number

}  // namespace rle_detail

RleMask rle_of(const Tensor& mask) {
  if (mask.dim() != 2 || (mask.scalar_type() != at::kBool && mask.scalar_type() != at::kByte)) {
    throw ShapeError(
        fmt::format("a mask has the shape [{}], expected bool or uint8 [H, W]", fmt::join(mask.sizes(), ", ")));
  }
  const Tensor columns = mask.ne(0).t().contiguous();
  const bool* inside = columns.const_data_ptr<bool>();
  RleMask rle{mask.size(0), mask.size(1), {}};
  bool now = false;
  std::uint32_t count = 0;
  for (std::int64_t i = 0; i < columns.numel(); ++i) {
    if (inside[i] != now) {
      rle.counts.push_back(count);
      count = 0;
      now = !now;
    }
    ++count;
  }
  rle.counts.push_back(count);
  return rle;
}

Tensor mask_of(const RleMask& rle) {
  if (const std::string problem = rle_problem(rle); !problem.empty()) throw InputError(problem);
  Tensor columns = at::zeros({rle.width, rle.height}, at::kBool);
  bool* out = columns.data_ptr<bool>();
  bool inside = false;
  for (const std::uint32_t count : rle.counts) {
    std::fill_n(out, count, inside);
    out += count;
    inside = !inside;
  }
  return columns.t().contiguous();
}

std::int64_t rle_area(const RleMask& rle) {
  std::int64_t area = 0;
  for (std::size_t i = 1; i < rle.counts.size(); i += 2) area += rle.counts[i];
  return area;
}

std::optional<std::array<std::int64_t, 4>> rle_box(const RleMask& rle) {
  std::array<std::int64_t, 4> box{rle.width, rle.height, 0, 0};
  std::int64_t at = 0;
  for (std::size_t i = 0; i < rle.counts.size(); ++i) {
    const std::int64_t begin = at;
    at += rle.counts[i];
    if (i % 2 == 0 || at == begin) continue;
    const std::int64_t left = begin / rle.height;
    const std::int64_t right = (at - 1) / rle.height;
    box[0] = std::min(box[0], left);
    box[2] = std::max(box[2], right + 1);
    // A run into the next column touches both edges.
    box[1] = std::min(box[1], left == right ? begin % rle.height : 0);
    box[3] = std::max(box[3], left == right ? (at - 1) % rle.height + 1 : rle.height);
  }
  if (box[0] >= box[2]) return std::nullopt;
  return box;
}

std::string rle_text(const RleMask& rle) {
  using namespace rle_detail;
  std::string text;
  for (std::size_t i = 0; i < rle.counts.size(); ++i) {
    // From the third on, the difference to the run before the last.
    std::int64_t rest = std::int64_t{rle.counts[i]} - (i > 2 ? std::int64_t{rle.counts[i - 2]} : 0);
    for (bool more = true; more;) {
      std::int64_t part = rest & (kMore - 1);
      rest >>= kBits;
      more = (part & kMinus) != 0 ? rest != -1 : rest != 0;
      if (more) part |= kMore;
      text += static_cast<char>(part + kFirst);
    }
  }
  return text;
}

std::string rle_problem(const RleMask& rle) {
  std::int64_t sum = 0;
  for (const std::uint32_t count : rle.counts) sum += count;
  if (sum == rle.height * rle.width && !rle.counts.empty()) return {};
  return fmt::format("runs of a mask add up to {} pixels, but {}x{} has {}", sum, rle.width, rle.height,
                     rle.height * rle.width);
}

std::optional<std::vector<std::uint32_t>> parse_rle_counts(std::string_view text) {
  using namespace rle_detail;
  std::vector<std::uint32_t> counts;
  for (std::size_t at = 0; at < text.size();) {
    std::int64_t value = 0;
    for (int length = 0;; ++length) {
      if (at == text.size() || length == kMostCharacters) return std::nullopt;
      const std::int64_t part = static_cast<unsigned char>(text[at++]) - std::int64_t{kFirst};
      if (part < 0 || part >= 2 * kMore) return std::nullopt;
      value |= (part & (kMore - 1)) << (kBits * length);
      if ((part & kMore) != 0) continue;
      if ((part & kMinus) != 0) value -= std::int64_t{1} << (kBits * (length + 1));
      break;
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    counts.push_back(static_cast<std::uint32_t>(value));
  }
  return counts;
}

}  // namespace flashmotion
