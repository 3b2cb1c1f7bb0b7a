#include "flashmotion/nn/block_edits.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/nn/product.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace flashmotion::nn {
namespace block_edits_detail {

constexpr std::array<std::string_view, 12> kLinears{
    "self_attn.q",  "self_attn.k",  "self_attn.v",      "self_attn.o",      "cross_attn.q", "cross_attn.k",
    "cross_attn.v", "cross_attn.o", "cross_attn.k_img", "cross_attn.v_img", "ffn.0",        "ffn.2"};
constexpr std::size_t kCross = 4, kImage = 8, kFeedForward = 10;

bool exists(std::size_t linear, const GeneratorSpec& spec) {
  return linear < kImage || linear >= kFeedForward || spec.image_width > 0;
}

LinearLayer layer(std::int64_t block, std::size_t linear, const GeneratorSpec& spec) {
  return {fmt::format("blocks.{}.{}", block, kLinears[linear]),
          linear == kFeedForward + 1 ? spec.ffn_width : spec.width,
          linear == kFeedForward ? spec.ffn_width : spec.width};
}

struct Place {
  std::int64_t block = 0;
  std::size_t linear = 0;
};

// Where `blocks.N.NAME` stands; none when the generator has no such layer.
std::optional<Place> find(std::string_view name, const GeneratorSpec& spec) {
  constexpr std::string_view prefix = "blocks.";
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  Place place;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), place.block);
  if (code != std::errc() || place.block < 0 || place.block >= spec.blocks) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  for (; place.linear < kLinears.size(); ++place.linear) {
    if (name.size() == kLinears[place.linear].size() + 1 && name.front() == '.' &&
        name.substr(1) == kLinears[place.linear]) {
      return exists(place.linear, spec) ? std::optional(place) : std::nullopt;
    }
  }
  return std::nullopt;
}

LowRankDeltas& deltas_of(BlockEdits& edits, std::size_t linear) {
  if (linear < kCross) return edits.self_attention.low_rank[linear];
  if (linear < kFeedForward) return edits.cross_attention.low_rank[linear - kCross];
  return edits.feed_forward[linear - kFeedForward];
}

void add(const LowRankDelta& delta, const GeneratorSpec& spec, std::vector<BlockEdits>& blocks) {
  const std::optional<Place> place = find(delta.linear, spec);
  if (!place) {
    throw Error(fmt::format(
        "a low-rank delta is for the linear layer '{}', which the generator does not have; take a name of its spec's "
        "'linears'",
        delta.linear));
  }
  const LinearLayer wanted = layer(place->block, place->linear, spec);
  if (!delta.down.defined() || !delta.up.defined() || delta.down.dim() != 2 || delta.up.dim() != 2 ||
      delta.down.size(1) != wanted.in || delta.up.size(0) != wanted.out || delta.up.size(1) != delta.down.size(0)) {
    const auto shape = [](const Tensor& x) {
      return x.defined() ? fmt::format("[{}]", fmt::join(x.sizes(), ", ")) : std::string("no value");
    };
    throw ShapeError(fmt::format("the low-rank delta of '{}' has down {} and up {}, expected [R, {}] and [{}, R]",
                                 delta.linear, shape(delta.down), shape(delta.up), wanted.in, wanted.out));
  }
  deltas_of(blocks[static_cast<std::size_t>(place->block)], place->linear).push_back(&delta);
}

void add(const ExtraKeyValue& extra, const GeneratorSpec& spec, std::vector<BlockEdits>& blocks) {
  const bool self = extra.site.kind == SiteKind::self_attention;
  if ((!self && extra.site.kind != SiteKind::cross_attention) || extra.site.block < 0 ||
      extra.site.block >= spec.blocks) {
    throw Error(
        fmt::format("keys and values are for block {}, at a place that is no attention of the generator; take a site "
                    "of its spec's 'attention_sites'",
                    extra.site.block));
  }
  if (!extra.keys.defined() || !extra.values.defined() || extra.keys.dim() != 3 || extra.keys.size(2) != spec.width ||
      extra.keys.sizes() != extra.values.sizes()) {
    throw ShapeError(
        fmt::format("the keys and values for block {} must both be [B, M, {}]", extra.site.block, spec.width));
  }
  BlockEdits& block = blocks[static_cast<std::size_t>(extra.site.block)];
  (self ? block.self_attention : block.cross_attention).extra.push_back(&extra);
}

}  // namespace block_edits_detail

std::vector<Site> attention_sites(const GeneratorSpec& spec) {
  std::vector<Site> sites;
  for (std::int64_t i = 0; i < spec.blocks; ++i) {
    sites.push_back({SiteKind::self_attention, i});
    sites.push_back({SiteKind::cross_attention, i});
  }
  return sites;
}

std::vector<LinearLayer> block_linears(const GeneratorSpec& spec) {
  using namespace block_edits_detail;
  std::vector<LinearLayer> linears;
  for (std::int64_t i = 0; i < spec.blocks; ++i) {
    for (std::size_t k = 0; k < kLinears.size(); ++k) {
      if (exists(k, spec)) linears.push_back(layer(i, k, spec));
    }
  }
  return linears;
}

std::vector<BlockEdits> edits_by_block(const SiteEdits& edits, const GeneratorSpec& spec) {
  std::vector<BlockEdits> blocks;
  if (edits.extra.empty() && edits.low_rank.empty()) return blocks;
  blocks.resize(static_cast<std::size_t>(spec.blocks));
  for (const LowRankDelta& delta : edits.low_rank) block_edits_detail::add(delta, spec, blocks);
  for (const ExtraKeyValue& extra : edits.extra) block_edits_detail::add(extra, spec, blocks);
  return blocks;
}

std::shared_ptr<const HeldEdits> hold_edits(const SiteEdits& edits, const GeneratorSpec& spec) {
  if (edits.extra.empty() && edits.low_rank.empty()) return nullptr;
  const auto held = std::make_shared<HeldEdits>();
  held->edits = {.extra = edits.extra, .low_rank = edits.low_rank};
  held->blocks = edits_by_block(held->edits, spec);
  return held;
}

Tensor with_deltas(const Tensor& y, const Tensor& x, const LowRankDeltas* deltas) {
  if (deltas == nullptr || deltas->empty()) return y;
  Tensor sum = y;
  for (const LowRankDelta* delta : *deltas) {
    sum = sum + product(product(x, delta->down, {}), delta->up, {}) * delta->scale;
  }
  return sum;
}

}  // namespace flashmotion::nn
