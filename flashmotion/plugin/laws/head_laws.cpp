#include "flashmotion/plugin/laws/head_laws.hpp"

#include "flashmotion/plugin/laws/tiny_world.hpp"

#include <fmt/format.h>

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {
namespace head_laws_detail {

namespace lt = law_tensors;

std::string wrong_taps(const AnyDiscriminatorHead& head, const GeneratorSpec& spec, std::size_t given) {
  const std::vector<std::int64_t> taps = head.tap_blocks(spec);
  if (taps.empty()) return "it asks for no block";
  for (std::size_t i = 0; i < taps.size(); ++i) {
    if (taps[i] < 0 || taps[i] >= spec.blocks)
      return fmt::format("it asks for block {}, the generator has 0 to {}", taps[i], spec.blocks - 1);
    if (i > 0 && taps[i] <= taps[i - 1]) return fmt::format("block {} stands behind block {}", taps[i], taps[i - 1]);
  }
  if (taps.size() != given) return fmt::format("it asks for {} blocks, the request has {}", taps.size(), given);
  return {};
}

HeadRequest first_clip(HeadRequest request) {
  for (Tensor& tap : request.taps) tap = tap.narrow(0, 0, 1);
  request.sigma = request.sigma.narrow(0, 0, 1);
  request.text.tokens = request.text.tokens.narrow(0, 0, 1);
  if (request.control.defined()) request.control = request.control.narrow(0, 0, 1);
  return request;
}

}  // namespace head_laws_detail

bool judge_head(LawBook& book, AnyDiscriminatorHead head, const GeneratorSpec& spec, const HeadRequest& request) {
  using namespace head_laws_detail;
  if (!judge_parameters(book, head)) return false;
  if (!book.judge("taps", "it asks for blocks of the generator in rising order",
                  [&] { return wrong_taps(head, spec, request.taps.size()); }))
    return false;
  if (!book.judge("shapes", "logits are [B, P] and finite", [&] {
        const Tensor logits = head.logits(request);
        if (logits.dim() != 2) return fmt::format("logits have shape {}", lt::shape_text(logits.sizes()));
        return lt::wrong_values("the logits' tensor", logits, {request.taps.front().size(0), logits.size(1)});
      }))
    return false;
  lt::shake_(head.named_tensors());
  const std::function<Tensor(AnyDiscriminatorHead&)> result = [&](AnyDiscriminatorHead& judged) {
    return judged.logits(request);
  };
  if (!judge_modes(book, head, result)) return false;
  book.judge("gradients", "the gradient reaches every parameter",
             [&] { return lt::missing_gradient(head.named_tensors(), {head.logits(request)}); });
  book.judge("tap_gradients", "the gradient reaches every tap, so that an adapter learns from the logits", [&] {
    HeadRequest leaves = request;
    NamedTensors taps;
    for (Tensor& tap : leaves.taps) {
      tap = tap.detach().clone().set_requires_grad(true);
      taps.push_back({fmt::format("tap {}", taps.size()), tap});
    }
    return lt::missing_gradient(taps, {head.logits(leaves)});
  });
  book.judge("clips", "the clips of a batch do not see one another", [&] {
    const double gap = lt::distance(head.logits(first_clip(request)), head.logits(request).narrow(0, 0, 1));
    return gap <= 1e-4 ? std::string()
                       : fmt::format("alone, the first clip's logits are {:.2g} of their size away", gap);
  });
  book.judge("exact_taps", "a request with a tap too few is refused", [&] {
    HeadRequest short_of_one = request;
    short_of_one.taps.pop_back();
    try {
      static_cast<void>(head.logits(short_of_one));
    } catch (const std::exception&) {
      return std::string();
    }
    return std::string("a request with a tap too few gives logits; compare taps.size() with tap_blocks()");
  });
  return true;
}

LawResults head_laws(const PartMaker<AnyDiscriminatorHead>& make) {
  LawBook book;
  const BuildContext context = tiny_world::context();
  std::optional<AnyDiscriminatorHead> fresh;
  std::size_t taps = 0;
  if (!book.judge("built", "its factory builds it", [&] {
        fresh = make(context);
        return std::string();
      }))
    return book.results();
  try {
    taps = fresh->tap_blocks(context.generator).size();
  } catch (const std::exception&) {
    // Law `taps` tells.
  }
  if (!judge_head(book, *fresh, context.generator, tiny_world::head_request(context.generator, taps)))
    return book.results();
  judge_making<AnyDiscriminatorHead>(
      book, make,
      [&](AnyDiscriminatorHead& head, const BuildContext& from) {
        return head.logits(tiny_world::head_request(from.generator, taps, from.device)).cpu();
      },
      context);
  return book.results();
}

}  // namespace flashmotion
