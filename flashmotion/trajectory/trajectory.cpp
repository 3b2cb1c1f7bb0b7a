#include "flashmotion/trajectory/trajectory.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace flashmotion {
namespace trajectory_detail {

// Box at a time in frames, which may lie between two.
std::array<double, 4> box_at(const std::vector<BoxKey>& keys, double time) {
  const auto after =
      std::find_if(keys.begin(), keys.end(), [&](const BoxKey& key) { return static_cast<double>(key.frame) >= time; });
  if (after == keys.end()) return keys.back().box;
  if (after == keys.begin()) return after->box;
  const BoxKey& before = *std::prev(after);
  const double share = (time - static_cast<double>(before.frame)) / static_cast<double>(after->frame - before.frame);
  std::array<double, 4> box{};
  for (std::size_t i = 0; i < 4; ++i) box[i] = before.box[i] + (after->box[i] - before.box[i]) * share;
  return box;
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace trajectory_detail

Tensor boxes(const Trajectory& trajectory, std::int64_t frames) {
  if (frames < 1) throw InputError(fmt::format("a trajectory cannot be spread over {} frames", frames));
  const auto count = static_cast<std::int64_t>(trajectory.objects.size());
  Tensor result = at::empty({count, frames, 4}, at::kFloat);
  float* out = result.data_ptr<float>();
  for (const TrajectoryObject& object : trajectory.objects) {
    if (object.keys.empty()) throw InputError(fmt::format("object '{}' of the trajectory has no keys", object.name));
    for (std::int64_t t = 0; t < frames; ++t) {
      // In whole numbers before the division, so that equal counts meet the keys exactly.
      const double time =
          frames == 1 ? 0.0 : static_cast<double>(t * (trajectory.frames - 1)) / static_cast<double>(frames - 1);
      for (const double side : trajectory_detail::box_at(object.keys, time)) *out++ = static_cast<float>(side);
    }
  }
  return result;
}

Tensor colours(const Trajectory& trajectory) {
  Tensor result = at::empty({static_cast<std::int64_t>(trajectory.objects.size()), 3}, at::kFloat);
  float* out = result.data_ptr<float>();
  for (const TrajectoryObject& object : trajectory.objects) {
    for (const std::uint8_t value : {object.colour.red, object.colour.green, object.colour.blue}) {
      *out++ = static_cast<float>(value) / 255.0F;
    }
  }
  return result;
}

std::string prompt(const Trajectory& trajectory) {
  std::string text;
  for (const TrajectoryObject& object : trajectory.objects) {
    if (object.prompt.empty()) continue;
    text += text.empty() ? object.prompt : ", " + object.prompt;
  }
  return text;
}

std::string trajectory_text(const Trajectory& trajectory) {
  using trajectory_detail::quoted;
  std::string text = fmt::format(
      "{{\n  \"format\": \"flashmotion-trajectory\",\n  \"version\": 1,\n  \"frames\": {},\n  \"width\": {},\n"
      "  \"height\": {},\n  \"fps\": {},\n  \"objects\": [",
      trajectory.frames, trajectory.width, trajectory.height, trajectory.fps);
  for (std::size_t i = 0; i < trajectory.objects.size(); ++i) {
    const TrajectoryObject& object = trajectory.objects[i];
    text += fmt::format(
        "{}\n    {{\n      \"name\": {},\n      \"colour\": \"{}\",\n      \"prompt\": {},\n      \"keys\": [",
        i == 0 ? "" : ",", quoted(object.name), colour_text(object.colour), quoted(object.prompt));
    for (std::size_t k = 0; k < object.keys.size(); ++k) {
      const BoxKey& key = object.keys[k];
      text += fmt::format("{}\n        {{ \"frame\": {}, \"box\": [{}, {}, {}, {}] }}", k == 0 ? "" : ",", key.frame,
                          key.box[0], key.box[1], key.box[2], key.box[3]);
    }
    text += "\n      ]\n    }";
  }
  text += trajectory.objects.empty() ? "]\n}\n" : "\n  ]\n}\n";
  return text;
}

void write_trajectory(const std::filesystem::path& path, const Trajectory& trajectory) {
  write_file_atomically(path.string(), trajectory_text(trajectory));
}

}  // namespace flashmotion
