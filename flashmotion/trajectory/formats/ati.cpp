#include "flashmotion/base/error.hpp"
#include "flashmotion/io/npy.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "flashmotion/io/zip_file.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <variant>

namespace flashmotion {
namespace ati_detail {

constexpr double kScale = 8;          // of every number in the file
constexpr std::int64_t kSteps = 121;  // of a track
constexpr double kFps = 24;
constexpr std::string_view kEntry = "array.npy";

}  // namespace ati_detail

ForeignTrajectory parse_ati(std::string bytes, const std::string& name, const ForeignSettings& settings) {
  using namespace ati_detail;
  const TorchPickleFile file(MappedFile(std::move(bytes), name));
  const auto* packed = std::get_if<std::string>(&file.root().content());
  if (packed == nullptr) {
    throw InputError(fmt::format("'{}' holds no tracks of ATI: those are bytes of a NumPy archive", name));
  }
  const std::string inner = name + ":npz";
  const Tensor array = parse_npy(zip_entry(*packed, inner, kEntry), fmt::format("{}:{}", inner, kEntry));
  // [N, T, 1, 3] of x, y and whether it is seen
  if (array.dim() != 4 || array.size(2) != 1 || array.size(3) != 3 || array.numel() == 0) {
    throw InputError(
        fmt::format("'{}' has the shape [{}], expected [N, T, 1, 3]", name, fmt::join(array.sizes(), ", ")));
  }
  const Tensor tracks = array.select(2, 0).transpose(0, 1).div(kScale);  // [T, N, 3]
  ForeignSettings own = settings;
  if (own.fps <= 0) own.fps = kFps;
  return trajectory_of_tracks(tracks.narrow(2, 0, 2), tracks.select(2, 2), name, own);
}

std::string ati_bytes(const Trajectory& trajectory, ForeignNotes& notes) {
  using namespace ati_detail;
  if (trajectory.frames != kSteps) {
    notes.push_back(fmt::format("retimed from {} frames to the {} steps of the format", trajectory.frames, kSteps));
  }
  const PointTracks tracks = point_tracks(trajectory, kSteps);
  const Tensor seen = tracks.visibility.select(0, 0).to(at::kFloat).unsqueeze(-1);  // [T, N, 1]
  const Tensor all = at::cat({tracks.places.select(0, 0), seen}, -1).mul(kScale);   // [T, N, 3]
  return torch_pickle_of_bytes(zip_of_one(kEntry, npy_bytes(all.transpose(0, 1).unsqueeze(2).contiguous())));
}

}  // namespace flashmotion
