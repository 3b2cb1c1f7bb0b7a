#include "flashmotion/bench/bench_writer.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/resize.hpp"
#include "flashmotion/trajectory/control_maps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace flashmotion {
namespace bench_writer_detail {

namespace fs = std::filesystem;

constexpr std::int64_t kThumb = 256;      // longer side of a picture in the preview
constexpr std::int64_t kRowsOfGroup = 2;  // in the preview
constexpr std::size_t kMostRows = 12;

std::array<std::int64_t, 3> preview_frames(std::int64_t frames) { return {0, (frames - 1) / 2, frames - 1}; }

// Files below a folder, by name.
std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) files.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool equal_folders(const fs::path& a, const fs::path& b) {
  const std::vector<std::string> files = files_below(a);
  if (files != files_below(b)) return false;
  return std::all_of(files.begin(), files.end(), [&](const std::string& file) {
    return read_file((a / file).string()) == read_file((b / file).string());
  });
}

[[noreturn]] void refuse(const fs::path& folder, const char* what) {
  throw InputError(fmt::format("'{}' {}; give another --out, or remove it first", folder.string(), what));
}

// The extents of labels 1 to `count`, normalised; zeros where not seen.
void put_extents(const Tensor& labels, std::int64_t count, Tensor boxes, std::int64_t frame) {
  const Tensor map = labels.contiguous();
  const auto* value = map.const_data_ptr<std::uint8_t>();
  const std::int64_t height = map.size(0);
  const std::int64_t width = map.size(1);
  std::vector<std::array<std::int64_t, 4>> found(static_cast<std::size_t>(count), {width, height, 0, 0});
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x, ++value) {
      if (*value == 0 || *value > count) continue;
      auto& box = found[static_cast<std::size_t>(*value - 1)];
      box = {std::min(box[0], x), std::min(box[1], y), std::max(box[2], x + 1), y + 1};
    }
  }
  auto out = boxes.accessor<float, 3>();
  for (std::int64_t k = 0; k < count; ++k) {
    const auto& box = found[static_cast<std::size_t>(k)];
    if (box[2] <= box[0]) continue;
    for (std::int64_t i = 0; i < 4; ++i) {
      out[k][frame][i] = static_cast<float>(static_cast<double>(box[static_cast<std::size_t>(i)]) /
                                            static_cast<double>(i % 2 == 0 ? width : height));
    }
  }
}

}  // namespace bench_writer_detail

BenchWriter::BenchWriter(Bench bench) : bench_(std::move(bench)) {
  using namespace bench_writer_detail;
  std::error_code code;
  const fs::path& out = bench_.folder;
  if (fs::exists(out, code)) {
    if (!fs::is_directory(out, code)) refuse(out, "is a file");
    if (!fs::is_empty(out, code)) {
      if (!fs::exists(out / "bench.json", code)) refuse(out, "holds other things than a benchmark");
      Bench old;
      try {
        old = read_bench(out);
      } catch (const InputError&) {
        refuse(out, "holds a benchmark that is damaged ('flashmotion flashbench check' says how)");
      }
      old.cases.clear();
      if (!(old == bench_)) refuse(out, "holds another benchmark");
    }
  }
  const fs::path whole = fs::absolute(out).lexically_normal();
  const fs::path named = whole.has_filename() ? whole : whole.parent_path();
  bench_.folder = out;
  unfinished_ = named.parent_path() / fmt::format("{}.unfinished.{}", named.filename().string(), ::getpid());
  fs::remove_all(unfinished_, code);
  fs::create_directories(unfinished_ / "cases", code);
  if (code) throw InputError(fmt::format("'{}' could not be made: {}", unfinished_.string(), code.message()));
}

BenchWriter::~BenchWriter() {
  std::error_code ignored;
  std::filesystem::remove_all(unfinished_, ignored);
}

std::filesystem::path BenchWriter::case_folder() const { return unfinished_ / "cases" / case_.id; }

void BenchWriter::begin(const std::string& id, const std::string& prompt, const std::vector<BenchObject>& objects) {
  FLASHMOTION_ASSERT(case_.id.empty() && !objects.empty());
  const std::string base = "cases/" + id;
  case_ = {id,
           bench_group(static_cast<std::int64_t>(objects.size())),
           base + "/first_frame.png",
           prompt,
           base + "/motion.traj.json",
           base + "/reference",
           base + "/masks"};
  objects_ = objects;
  frame_ = 0;
  extents_ = at::zeros({static_cast<std::int64_t>(objects.size()), bench_.frames, 4}, at::kFloat);
  thumbs_.clear();
  std::error_code code;
  std::filesystem::create_directories(case_folder() / "reference", code);
  if (!code) std::filesystem::create_directories(case_folder() / "masks", code);
  if (code) throw InputError(fmt::format("'{}' could not be made: {}", case_folder().string(), code.message()));
}

void BenchWriter::add(const Tensor& picture, const Tensor& labels) {
  using namespace bench_writer_detail;
  FLASHMOTION_ASSERT(frame_ < bench_.frames && picture.size(0) == bench_.height && picture.size(1) == bench_.width);
  FLASHMOTION_ASSERT(labels.size(0) == bench_.height && labels.size(1) == bench_.width);
  const std::string name = fmt::format("{:05d}.png", frame_);
  write_png(case_folder() / "reference" / name, picture);
  write_mask_png(case_folder() / "masks" / name, labels);
  if (frame_ == 0) write_png(case_folder() / "first_frame.png", picture);
  put_extents(labels, extents_.size(0), extents_, frame_);
  for (const std::int64_t wanted : preview_frames(bench_.frames)) {
    if (wanted != frame_) continue;
    const std::int64_t longer = std::max(bench_.height, bench_.width);
    Tensor small = from_rgb8(picture);
    if (longer > kThumb)
      small = resize_bilinear(small, bench_.height * kThumb / longer, bench_.width * kThumb / longer);
    thumbs_.push_back(small);
  }
  ++frame_;
}

Trajectory BenchWriter::trajectory(const Tensor& boxes) const {
  Trajectory trajectory{.frames = bench_.frames, .width = bench_.width, .height = bench_.height, .fps = bench_.fps};
  trajectory.prompt = case_.prompt;
  const auto box = boxes.accessor<float, 3>();
  for (std::size_t k = 0; k < objects_.size(); ++k) {
    TrajectoryObject object{.name = objects_[k].name, .colour = objects_[k].colour, .prompt = objects_[k].prompt};
    object.masks = MaskSource{.path = "masks", .label = static_cast<std::int64_t>(k) + 1};
    for (std::int64_t t = 0; t < bench_.frames; ++t) {
      const auto& sides = box[static_cast<std::int64_t>(k)][t];
      if (sides[2] > sides[0] && sides[3] > sides[1]) {
        object.keys.push_back({.frame = t, .box = Box{sides[0], sides[1], sides[2], sides[3]}});
      } else if (!object.hidden.empty() && object.hidden.back().end == t) {
        ++object.hidden.back().end;
      } else {
        object.hidden.push_back({t, t + 1});
      }
    }
    trajectory.objects.push_back(std::move(object));
  }
  return trajectory;
}

void BenchWriter::keep_preview(const Tensor& boxes) {
  using namespace bench_writer_detail;
  if (shown_[case_.group] >= kRowsOfGroup || rows_.size() >= kMostRows) return;
  ++shown_[case_.group];
  SheetRow row;
  row.label = case_.id;
  std::vector<Tensor> placed;
  std::vector<Tensor> frames;
  for (const std::int64_t t : preview_frames(bench_.frames)) {
    if (!row.numbers.empty() && row.numbers.back() == t) continue;
    placed.push_back(boxes.select(1, t));
    frames.push_back(thumbs_[frames.size()]);
    row.numbers.push_back(t);
  }
  row.clip = at::stack(frames, 1);
  row.boxes = at::stack(placed, 1);
  std::vector<float> inks;
  for (const BenchObject& object : objects_) {
    for (const std::uint8_t part : {object.colour.red, object.colour.green, object.colour.blue})
      inks.push_back(static_cast<float>(part) / 255.0F);
  }
  row.colours = at::tensor(inks).reshape({-1, 3});
  rows_.push_back(std::move(row));
}

void BenchWriter::end(const Tensor& boxes) {
  FLASHMOTION_ASSERT(frame_ == bench_.frames);
  const Tensor placed = boxes.defined() ? boxes.contiguous() : extents_;
  write_trajectory(case_folder() / "motion.traj.json", trajectory(placed));
  keep_preview(placed);
  bench_.cases.push_back(case_);
  case_ = {};
}

void BenchWriter::drop() {
  if (case_.id.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(case_folder(), ignored);
  case_ = {};
}

bool BenchWriter::finish() {
  using namespace bench_writer_detail;
  FLASHMOTION_ASSERT(case_.id.empty());
  if (bench_.cases.empty()) throw InputError(fmt::format("'{}' would have no case", bench_.folder.string()));
  write_file_atomically((unfinished_ / "bench.json").string(), bench_text(bench_));
  write_png(unfinished_ / "preview.png", contact_sheet(rows_));
  std::error_code code;
  const fs::path& out = bench_.folder;
  if (fs::exists(out, code) && !fs::is_empty(out, code)) {
    if (!equal_folders(unfinished_, out)) refuse(out, "holds another benchmark");
    return false;
  }
  fs::create_directories(fs::absolute(out).parent_path(), code);
  const fs::path whole = fs::absolute(out).lexically_normal();
  fs::rename(unfinished_, whole.has_filename() ? whole : whole.parent_path(), code);
  if (code) throw InputError(fmt::format("'{}' could not be put in place: {}", out.string(), code.message()));
  return true;
}

}  // namespace flashmotion
