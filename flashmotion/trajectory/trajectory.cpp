#include "flashmotion/trajectory/trajectory.hpp"

#include <ATen/ops/empty.h>

namespace flashmotion {

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

Colour object_colour(std::size_t index) {
  constexpr std::array<Colour, 6> kColours{{{0xf2, 0x1a, 0x1a},
                                            {0x1a, 0xd9, 0x26},
                                            {0x26, 0x40, 0xff},
                                            {0xf2, 0xe6, 0x1a},
                                            {0xf2, 0x26, 0xe6},
                                            {0x1a, 0xe6, 0xeb}}};
  return kColours[index % kColours.size()];
}

std::string prompt(const Trajectory& trajectory) {
  if (!trajectory.prompt.empty()) return trajectory.prompt;
  std::string text;
  for (const TrajectoryObject& object : trajectory.objects) {
    if (object.prompt.empty()) continue;
    text += text.empty() ? object.prompt : ", " + object.prompt;
  }
  return text;
}

}  // namespace flashmotion
