#include "flashmotion/data/clip_picker.hpp"

namespace flashmotion {

std::vector<std::int64_t> window_starts(std::int64_t frames, std::int64_t span, std::int64_t windows) {
  const std::int64_t count = frames - span + 1;
  std::vector<std::int64_t> starts;
  if (windows == 0 || windows >= count) {
    for (std::int64_t start = 0; start < count; ++start) starts.push_back(start);
    return starts;
  }
  for (std::int64_t i = 0; i < windows; ++i) starts.push_back((2 * i + 1) * count / (2 * windows));
  return starts;
}

std::vector<ClipPick> pick_clips(std::span<const ClipWindows> clips, const ClipRequest& request, bool flip, Rng& rng) {
  struct Choice {
    std::size_t clip;
    std::vector<std::int64_t> starts;
  };
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    Choice choice{i, {}};
    for (std::size_t w = 0; w < clips[i].starts.size(); ++w) {
      const std::int64_t shown = clips[i].shown[w];
      if (request.objects ? shown == *request.objects : shown > 0) choice.starts.push_back(clips[i].starts[w]);
    }
    if (!choice.starts.empty()) choices.push_back(std::move(choice));
  }
  std::vector<ClipPick> picks;
  if (choices.empty()) return picks;
  const bool training = request.split == Split::train;
  const auto count = static_cast<std::int64_t>(choices.size());
  std::int64_t turn = training ? 0 : rng.integer(0, count);
  // One number after the other, so those of the batch's other rows are drawn and left out.
  const RowShare rows = rng.rows(request.count);
  for (std::int64_t b = 0; b < rows.total; ++b) {
    const Choice& choice = choices[static_cast<std::size_t>(training ? rng.integer(0, count) : turn++ % count)];
    const auto starts = static_cast<std::int64_t>(choice.starts.size());
    const std::int64_t start = choice.starts[static_cast<std::size_t>(training ? rng.integer(0, starts) : starts / 2)];
    const bool flipped = training && flip && rng.integer(0, 2) == 1;
    if (b >= rows.first && b < rows.first + rows.count) picks.push_back({choice.clip, start, flipped});
  }
  return picks;
}

}  // namespace flashmotion
