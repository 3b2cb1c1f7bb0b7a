#include "flashmotion/plugin/laws/trajectory_encoder_laws.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/trajectory_request.hpp"
#include "flashmotion/plugin/laws/tensors.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <functional>
#include <string>

namespace flashmotion {
namespace trajectory_encoder_laws_detail {

namespace lt = law_tensors;

constexpr std::int64_t kHeight = 12, kWidth = 16, kFrames = 5;

/// Three clips of two objects, the last object of the last clip not valid; masks fill the upper half of each box.
TrajectoryRequest drawn_request(bool masks) {
  TrajectoryRequest request;
  Rng rng(3, "boxes");
  const Tensor low = rng.uniform({3, 2, kFrames, 2}) * 0.6;
  request.boxes = at::cat({low, low + 0.2 + rng.uniform({3, 2, kFrames, 2}) * 0.2}, -1);
  request.valid = torch::ones({3, 2}, torch::kBool);
  request.valid[2][1] = false;
  request.colours = rng.uniform({3, 2, 3});
  request.height = kHeight;
  request.width = kWidth;
  if (!masks) return request;
  const Tensor x = (torch::arange(kWidth) + 0.5) / kWidth, y = (torch::arange(kHeight) + 0.5) / kHeight;
  const auto side = [&](std::int64_t i) { return request.boxes.select(-1, i).unsqueeze(-1); };
  const Tensor columns = (x >= side(0)).logical_and(x < side(2));
  const Tensor rows = (y >= side(1)).logical_and(y < (side(1) + side(3)) * 0.5);
  request.masks = rows.unsqueeze(-1).logical_and(columns.unsqueeze(-2));
  return request;
}

/// What a law finds wrong, with boxes and with masks.
std::string either_way(const std::function<std::string(const TrajectoryRequest&)>& find) {
  for (const bool masks : {false, true})
    if (std::string wrong = find(drawn_request(masks)); !wrong.empty())
      return (masks ? "with masks " : "with boxes ") + wrong;
  return {};
}

TrajectoryRequest first_clip(TrajectoryRequest request) {
  for (Tensor* part : {&request.boxes, &request.masks, &request.valid, &request.colours})
    if (part->defined()) *part = part->narrow(0, 0, 1);
  return request;
}

/// The object that is not valid stands elsewhere, in another colour.
TrajectoryRequest absent_changed(TrajectoryRequest request) {
  request.boxes = request.boxes.clone();
  request.boxes[2][1] += 0.1;
  request.colours = request.colours.clone();
  request.colours[2][1] = 1.0 - request.colours[2][1];
  return request;
}

TrajectoryRequest moved(TrajectoryRequest request) {
  request.boxes = request.boxes + 0.15;
  if (request.masks.defined()) request.masks = request.masks.roll({1}, {4});
  return request;
}

TrajectoryRequest on_gpu(TrajectoryRequest request) {
  for (Tensor* part : {&request.boxes, &request.masks, &request.valid, &request.colours})
    if (part->defined()) *part = part->to(c10::Device(c10::kCUDA, 0));
  return request;
}

}  // namespace trajectory_encoder_laws_detail

void judge_trajectory_encoder(LawBook& book, const AnyTrajectoryEncoder& encoder) {
  using namespace trajectory_encoder_laws_detail;
  const bool shaped = book.judge("shapes", "its maps are float32, [B, 3, F, H, W], in [-1, 1]", [&] {
    return either_way([&](const TrajectoryRequest& request) {
      const Tensor maps = encoder.encode(request);
      if (maps.defined() && maps.scalar_type() != at::kFloat) return std::string("its maps are not float32");
      std::string wrong = lt::wrong_values("maps", maps, {3, 3, kFrames, kHeight, kWidth});
      if (!wrong.empty()) return wrong;
      const double largest = maps.abs().max().item<double>();
      return largest <= 1.0 ? std::string() : fmt::format("maps reach {:.3g}", largest);
    });
  });
  if (!shaped) return;
  const bool repeats = book.judge("repeatable", "equal requests give equal maps", [&] {
    return either_way([&](const TrajectoryRequest& request) {
      return std::string(encoder.encode(request).equal(encoder.encode(request)) ? ""
                                                                                : "a second call gives other maps");
    });
  });
  if (!repeats) return;
  book.judge("clips", "a clip has the same maps alone and in a batch", [&] {
    return either_way([&](const TrajectoryRequest& request) {
      const double gap = lt::distance(encoder.encode(first_clip(request)), encoder.encode(request).narrow(0, 0, 1));
      return gap <= 1e-5 ? std::string() : fmt::format("a clip alone has maps {:.2g} of their size away", gap);
    });
  });
  book.judge("valid", "objects that a clip does not have leave no trace", [&] {
    return either_way([&](const TrajectoryRequest& request) {
      return std::string(encoder.encode(absent_changed(request)).equal(encoder.encode(request))
                             ? ""
                             : "an object that is not valid changes the maps");
    });
  });
  book.judge("places", "objects that move change the maps", [&] {
    return either_way([&](const TrajectoryRequest& request) {
      return std::string(
          encoder.encode(moved(request)).equal(encoder.encode(request)) ? "objects elsewhere give the same maps" : "");
    });
  });
  if (!lt::has_cuda()) return;
  book.judge("cuda", "on the GPU it draws nearly the same", [&] {
    return either_way([&](const TrajectoryRequest& request) {
      const double gap = lt::distance(encoder.encode(on_gpu(request)).to(at::kCPU), encoder.encode(request));
      return gap <= 1e-3 ? std::string() : fmt::format("the GPU's maps are {:.2g} of their size away", gap);
    });
  });
}

}  // namespace flashmotion
