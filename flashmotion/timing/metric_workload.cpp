#include "flashmotion/base/error.hpp"
#include "flashmotion/io/video.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"
#include "flashmotion/metrics/flow_finder.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "flashmotion/timing/workload.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

namespace flashmotion::timing {
namespace metric_workload {

namespace fs = std::filesystem;

// What measuring a clip of a benchmark takes: reading it, finding its objects, features, overlap. The clip has a square
// that moves over a pattern, and lies as a video in the system's folder for temporary files.
class Metrics final : public Workload {
 public:
  explicit Metrics(const WorkloadOptions& options)
      : frames_(options.frames),
        file_(fs::temp_directory_path() / fmt::format("flashmotion-bench-{}.mp4", ::getpid())) {
    const std::int64_t height = options.size[0], width = options.size[1], side = std::min(height, width) / 4;
    const Tensor x = torch::arange(width, torch::kFloat), y = torch::arange(height, torch::kFloat).unsqueeze(1);
    const Tensor pattern = torch::stack(
        {(x * 0.11).sin() * (y * 0.07).cos(), (x * 0.05 + y * 0.09).sin(), ((x * 0.03).cos() + (y * 0.04).sin()) / 2});
    real_.video = pattern.unsqueeze(1).repeat({1, frames_, 1, 1}).mul_(0.5).unsqueeze(0);
    real_.masks = torch::zeros({1, 1, frames_, height, width}, torch::kBool);
    real_.boxes = torch::zeros({1, 1, frames_, 4});
    for (std::int64_t f = 0; f < frames_; ++f) {
      const std::int64_t left = (width - side) * f / std::max<std::int64_t>(1, frames_ - 1), top = (height - side) / 2;
      const auto inside = [&](const Tensor& t) { return t.narrow(-2, top, side).narrow(-1, left, side); };
      inside(real_.video.select(2, f))
          .copy_(torch::tensor({0.9F, -0.6F, 0.1F}).view({1, 3, 1, 1}) +
                 0.1 * pattern.narrow(1, 0, side).narrow(2, 0, side));
      inside(real_.masks.select(2, f)).fill_(true);
      const auto share = [](std::int64_t a, std::int64_t b) { return static_cast<float>(a) / static_cast<float>(b); };
      real_.boxes[0][0][f] =
          torch::tensor({share(left, width), share(top, height), share(left + side, width), share(top + side, height)});
    }
    real_.video.clamp_(-1, 1);
    real_.valid = torch::ones({1, 1}, torch::kBool);
    real_.colours = torch::ones({1, 1, 3});
    write_video(file_, real_.video[0], 24);
  }
  ~Metrics() override {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }

  void run() override {
    const torch::NoGradGuard no_grad;
    parts_.clear();
    began_ = std::chrono::steady_clock::now();
    if (read_video(file_).frames.size(0) != frames_) throw Error("the clip has lost frames");
    mark("decode");
    const Tensor found = all_frames(finder_.find(real_.video, real_));
    mark("flow");
    (void)features_.features(real_.video);
    mark("features");
    (void)trajectory_iou(found, real_);
    mark("iou");
  }
  [[nodiscard]] Parts parts() const override { return parts_; }
  // Frames a second, of the last run.
  [[nodiscard]] Parts figures() const override {
    Parts rates;
    for (const auto& [name, seconds] : parts_) rates.emplace_back(name + "/s", static_cast<double>(frames_) / seconds);
    return rates;
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> parameters() const override { return {}; }

 private:
  void mark(const char* part) {
    const auto now = std::chrono::steady_clock::now();
    parts_.emplace_back(part, std::chrono::duration<double>(now - began_).count());
    began_ = now;
  }

  std::int64_t frames_;
  fs::path file_;
  ClipBatch real_;
  ObjectSearch finder_ = flow_search();
  FeatureExtractor features_ = fixed_features();
  Parts parts_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace metric_workload

std::unique_ptr<Workload> make_metrics(const WorkloadOptions& options, const Catalog& /*catalog*/) {
  return std::make_unique<metric_workload::Metrics>(options);
}

}  // namespace flashmotion::timing
