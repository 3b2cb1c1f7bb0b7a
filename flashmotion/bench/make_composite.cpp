#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/detail/cut_out.hpp"
#include "flashmotion/bench/detail/layout.hpp"
#include "flashmotion/bench/detail/make_parts.hpp"
#include "flashmotion/core/rng.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace flashmotion::make_bench_detail {
namespace {

constexpr std::size_t kMostObjects = 8;
constexpr double kLeastSeen = 0.6;  // of an object in the first frame that others leave to be seen
constexpr double kLeastTime = 0.5;  // of the frames in which an object is seen
constexpr std::size_t kTried = 12;  // layouts

// What is put together in one case.
struct Plan {
  std::string id{};
  std::size_t background = 0;  // place in the stock
  std::vector<const Piece*> pieces{};
};

template <class T>
std::vector<T> shuffled(std::vector<T> list, Rng& rng) {
  std::vector<T> result;
  const Tensor order = rng.permutation(static_cast<std::int64_t>(list.size()));
  for (std::int64_t i = 0; i < order.size(0); ++i)
    result.push_back(list[static_cast<std::size_t>(order[i].item<std::int64_t>())]);
  return result;
}

// Clips whose own objects take the least of the picture, half of all.
std::vector<std::size_t> backgrounds_of(const ClipStock& stock) {
  const auto share = [&](const ClipSurvey& clip) {
    std::int64_t sum = 0;
    for (const LabelTrail& trail : clip.labels)
      sum += std::accumulate(trail.areas.begin(), trail.areas.begin() + stock.frames, std::int64_t{0});
    return sum;
  };
  std::vector<std::size_t> order(stock.clips.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return share(stock.clips[a]) < share(stock.clips[b]); });
  order.resize((order.size() + 1) / 2);
  return order;
}

// Pieces of other clips in a drawn order; those of clips that have given one already, and those that the border often
// cuts, come last.
std::vector<const Piece*> choose(const std::vector<Piece>& all, std::size_t background, Rng& rng) {
  std::vector<const Piece*> pieces;
  for (const Piece& piece : all) {
    if (piece.clip != background) pieces.push_back(&piece);
  }
  pieces = shuffled(pieces, rng);
  std::stable_partition(pieces.begin(), pieces.end(), [](const Piece* piece) { return piece->whole; });
  std::set<std::size_t> given;
  std::set<const Piece*> again;
  for (const Piece* piece : pieces) {
    if (!given.insert(piece->clip).second) again.insert(piece);
  }
  std::stable_partition(pieces.begin(), pieces.end(), [&](const Piece* piece) { return again.count(piece) == 0; });
  return pieces;
}

std::string prompt_of(const std::vector<CutOut>& cuts, const std::string& background) {
  std::string text;
  for (std::size_t k = 0; k < cuts.size(); ++k) {
    const char* between = k == 0 ? "" : k + 1 == cuts.size() ? " and " : ", ";
    text += between + cuts[k].piece->name;
  }
  return text + " over " + background;
}

// One picture of a case: background, and the pieces from the farthest to the nearest.
struct Frame {
  Tensor picture;                     // float [3, H, W] in [0, 255]
  Tensor labels;                      // uint8 [H, W]
  std::vector<std::int64_t> whole{};  // pixels of each object, covered or not
};

Frame compose(const std::vector<CutOut>& cuts, const Layout& layout, const Tensor& background, std::int64_t frame) {
  const auto t = static_cast<std::size_t>(frame);
  Frame out{background.movedim(-1, 0).to(at::kFloat).contiguous(),
            at::zeros({background.size(0), background.size(1)}, at::kByte)};
  for (std::size_t k = 0; k < cuts.size(); ++k) {
    const auto& shift = layout.motions[k].shift[t];
    out.whole.push_back(
        paste_(out.picture, out.labels, cuts[k].patches[t], shift[0], shift[1], static_cast<std::uint8_t>(k + 1)));
  }
  return out;
}

std::vector<std::int64_t> seen_pixels(const Tensor& labels, std::size_t objects) {
  std::vector<std::int64_t> counts(objects);
  const auto* value = labels.const_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if (value[i] > 0) ++counts[static_cast<std::size_t>(value[i] - 1)];
  }
  return counts;
}

// Lower means nearer: sorts the pieces and their motions so that the nearest is pasted last.
void sort_by_depth(std::vector<CutOut>& cuts, Layout& layout) {
  std::vector<std::size_t> order(cuts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return layout.motions[a].bottom < layout.motions[b].bottom; });
  std::vector<CutOut> sorted_cuts;
  std::vector<PieceMotion> sorted_motions;
  for (const std::size_t k : order) {
    sorted_cuts.push_back(cuts[k]);
    sorted_motions.push_back(layout.motions[k]);
  }
  cuts = std::move(sorted_cuts);
  layout.motions = std::move(sorted_motions);
}

// Whether each object is well seen in the first frame, and in enough of the others.
bool good(const std::vector<CutOut>& cuts, const Layout& layout, const Tensor& first) {
  const std::int64_t frames = static_cast<std::int64_t>(cuts.front().patches.size());
  std::vector<std::int64_t> shown(cuts.size());
  for (std::int64_t t = 0; t < frames; ++t) {
    const Frame frame = compose(cuts, layout, first, t);  // only the labels matter
    const std::vector<std::int64_t> pixels = seen_pixels(frame.labels, cuts.size());
    for (std::size_t k = 0; k < cuts.size(); ++k) {
      shown[k] += pixels[k] > 0 ? 1 : 0;
      const auto own = static_cast<double>(pixels[k]);
      const bool fair = own >= kLeastFirstShare * static_cast<double>(frame.labels.numel()) &&
                        own >= kLeastSeen * static_cast<double>(frame.whole[k]);
      if (t == 0 && !fair) return false;
    }
  }
  return std::all_of(shown.begin(), shown.end(), [&](std::int64_t count) {
    return static_cast<double>(count) >= kLeastTime * static_cast<double>(frames);
  });
}

void write_composite(BenchWriter& writer, const Plan& plan, const ClipStock& stock, std::uint64_t seed,
                     const StopFlag& stop) {
  Rng rng(seed, "flashbench.composite." + plan.id, 1);
  std::vector<CutOut> drawn;
  for (const Piece* piece : plan.pieces) {
    stop.throw_if_stopped();
    const double scale = scale_for(*piece, plan.pieces.size(), stock.extent, rng);
    drawn.push_back(cut_out(*piece, stock.clips[piece->clip], stock.extent, stock.frames, scale));
  }
  const ClipSurvey& under = stock.clips[plan.background];
  const ClipReader reader(under.files, stock.extent, stock.frames, under.colours);
  const Tensor first = reader.picture(0);
  std::vector<Layout> layouts = draw_layouts(drawn, stock.extent, rng);
  std::vector<CutOut> cuts;
  const Layout* chosen = nullptr;
  for (std::size_t i = 0; i < std::min(layouts.size(), kTried) && chosen == nullptr; ++i) {
    stop.throw_if_stopped();
    cuts = drawn;
    sort_by_depth(cuts, layouts[i]);
    if (good(cuts, layouts[i], first)) chosen = &layouts[i];
  }
  if (chosen == nullptr)
    throw InputError(
        fmt::format("case '{}': {} objects found no places in {}x{} pixels at which all are well seen; "
                    "make it larger or give another --seed",
                    plan.id, plan.pieces.size(), stock.extent.width, stock.extent.height));
  std::vector<BenchObject> objects;
  for (std::size_t k = 0; k < cuts.size(); ++k)
    objects.push_back({cuts[k].piece->name, cuts[k].piece->name, object_colour(k)});
  writer.begin(plan.id, prompt_of(cuts, words_of(under.files.name)), objects);
  for (std::int64_t t = 0; t < stock.frames; ++t) {
    stop.throw_if_stopped();
    const Frame frame = compose(cuts, *chosen, reader.picture(t), t);
    writer.add(frame.picture.round().clamp(0, 255).to(at::kByte).movedim(0, -1).contiguous(), frame.labels);
  }
  writer.end();
}

// The cases of one group; throws when there are not enough pieces for it.
std::vector<Plan> plan_group(const MakeBenchOptions& options, const ClipStock& stock, const std::vector<Piece>& pieces,
                             std::string_view group, std::size_t& turn) {
  Rng order(static_cast<std::uint64_t>(options.seed), "flashbench.composite.backgrounds");
  const std::vector<std::size_t> backgrounds = shuffled(backgrounds_of(stock), order);
  const auto place =
      static_cast<std::size_t>(std::find(kBenchGroups.begin(), kBenchGroups.end(), group) - kBenchGroups.begin());
  const std::size_t least = place + 1;
  std::vector<Plan> plans;
  std::size_t most_found = 0;
  for (std::int64_t i = 0; i < options.per_group; ++i) {
    Plan plan;
    plan.id = case_id(group, i);
    Rng rng(static_cast<std::uint64_t>(options.seed), "flashbench.composite." + plan.id);
    // The next background that leaves enough pieces.
    for (std::size_t tried = 0; tried < backgrounds.size() && plan.pieces.size() < least; ++tried) {
      plan.background = backgrounds[turn++ % backgrounds.size()];
      plan.pieces = choose(pieces, plan.background, rng);
      most_found = std::max(most_found, plan.pieces.size());
    }
    if (plan.pieces.size() < least)
      throw InputError(
          fmt::format("group '{}' needs {} objects of other clips than the background; those of '{}' have "
                      "{} that can be cut out (in every frame, of a fair size); give more clips, or name "
                      "the --groups that you want",
                      group, least, options.clips.string(), most_found));
    const std::size_t wanted = group == "6+" ? least + static_cast<std::size_t>(i) % (kMostObjects - least + 1) : least;
    plan.pieces.resize(std::min(wanted, plan.pieces.size()));
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace

MadeBench make_composite(const MakeBenchOptions& options, const StopFlag& stop, const ProgressOptions& progress) {
  const ClipStock stock = survey_clips(options, stop, progress);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < stock.clips.size(); ++i) {
    for (Piece& piece : pieces_of(stock.clips[i], i, stock.extent, stock.frames)) pieces.push_back(std::move(piece));
  }
  std::vector<Plan> plans;
  std::size_t turn = 0;
  for (const std::string_view group : kBenchGroups) {
    if (!wants(options, group)) continue;
    for (Plan& plan : plan_group(options, stock, pieces, group, turn)) plans.push_back(std::move(plan));
  }
  BenchWriter writer(bench_of(options, stock.extent, stock.frames, 24));
  ProgressBar bar("cases", static_cast<std::int64_t>(plans.size()), progress);
  for (const Plan& plan : plans) {
    write_composite(writer, plan, stock, static_cast<std::uint64_t>(options.seed), stop);
    bar.advance(1, plan.id);
  }
  bar.finish();
  const bool fresh = writer.finish();
  return {writer.bench(), stock.skipped, !fresh};
}

}  // namespace flashmotion::make_bench_detail
