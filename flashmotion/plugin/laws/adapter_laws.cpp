#include "flashmotion/plugin/laws/adapter_laws.hpp"

#include "flashmotion/plugin/laws/tiny_world.hpp"
#include "flashmotion/wan/dit.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {
namespace adapter_laws_detail {

namespace lt = law_tensors;

/// A generator in which everything is drawn, so that whatever an adapter edits shows in its prediction.
wan::DitGenerator make_generator(const GeneratorSpec& spec) {
  wan::DitConfig config;
  config.latent_channels = spec.latent_channels;
  config.width = spec.width;
  config.heads = spec.heads;
  config.blocks = spec.blocks;
  config.ffn_width = spec.ffn_width;
  config.text_width = spec.text_width;
  config.frequency_width = spec.frequency_width;
  config.patch = spec.patch;
  config.epsilon = spec.epsilon;
  config.condition_channels = spec.condition_channels;
  config.image_width = spec.image_width;
  wan::DitGenerator generator(config, 1);
  lt::shake_(generator.named_tensors());
  generator.set_training(false);
  return generator;
}

/// The prediction of the generator on the request's latent, with edits or without.
Tensor predict(wan::DitGenerator& generator, const AdapterRequest& request, const SiteEdits* edits) {
  DenoiseRequest pass;
  pass.latent = request.latent;
  pass.sigma = request.sigma;
  pass.text = request.text;
  pass.image = request.image;
  pass.edits = edits;
  return generator.denoise(pass).prediction;
}

/// Edits computed elsewhere, for a generator on the CPU.
SiteEdits on_cpu(SiteEdits edits) {
  const auto bring = [](Tensor& tensor) { tensor = tensor.cpu().to(torch::kFloat); };
  for (AddTokens& add : edits.add) bring(add.tokens);
  for (ExtraKeyValue& extra : edits.extra) {
    bring(extra.keys);
    bring(extra.values);
  }
  for (LowRankDelta& delta : edits.low_rank) {
    bring(delta.down);
    bring(delta.up);
  }
  return edits;
}

bool stands_once(const std::vector<Site>& sites, const Site& site) {
  return std::count(sites.begin(), sites.end(), site) == 1;
}

std::string wrong_sites(const AnyAdapter& adapter, const GeneratorSpec& spec) {
  const std::vector<Site> sites = adapter.sites(spec);
  for (const Site& site : sites) {
    if (!stands_once(spec.sites, site) && !stands_once(spec.attention_sites, site))
      return "it names a site that the generator does not have";
    if (!stands_once(sites, site)) return "it names a site twice";
  }
  return {};
}

std::string place(const Site& site) {
  return site.kind == SiteKind::patch_embedding ? "the patch embedding" : fmt::format("block {}", site.block);
}

std::string wrong_edits(AnyAdapter& adapter, const GeneratorSpec& spec, const AdapterRequest& request) {
  const std::vector<Site> sites = adapter.sites(spec);
  const std::int64_t clips = request.control.size(0);
  const std::vector<std::int64_t> shape{clips, spec.grid(request.control).tokens(), spec.width};
  const SiteEdits edits = adapter.edits(request);
  if (edits.add.empty() && edits.extra.empty() && edits.low_rank.empty()) return "it edits nothing";
  std::string wrong;
  const auto finite = [&](const std::string& what, const Tensor& tensor, at::IntArrayRef expected) {
    if (wrong.empty()) wrong = lt::wrong_values(what, tensor, expected);
  };
  const auto named = [&](const Site& site) {
    if (wrong.empty() && !stands_once(sites, site))
      wrong = fmt::format("it edits {}, which sites() does not name", place(site));
  };
  for (const AddTokens& add : edits.add) {
    named(add.site);
    finite("the edit of " + place(add.site), add.tokens, shape);
  }
  for (const ExtraKeyValue& extra : edits.extra) {
    named(extra.site);
    const std::int64_t keys = extra.keys.defined() && extra.keys.dim() == 3 ? extra.keys.size(1) : 0;
    finite("the keys of " + place(extra.site), extra.keys, {clips, keys, spec.width});
    finite("the values of " + place(extra.site), extra.values, {clips, keys, spec.width});
  }
  for (const LowRankDelta& delta : edits.low_rank) {
    const auto layer = std::find_if(spec.linears.begin(), spec.linears.end(),
                                    [&](const LinearLayer& known) { return known.name == delta.linear; });
    if (layer == spec.linears.end()) return fmt::format("the generator has no layer '{}'", delta.linear);
    const std::int64_t rank = delta.down.defined() && delta.down.dim() == 2 ? delta.down.size(0) : 0;
    finite(fmt::format("'down' of '{}'", delta.linear), delta.down, {rank, layer->in});
    finite(fmt::format("'up' of '{}'", delta.linear), delta.up, {layer->out, rank});
  }
  return wrong;
}

}  // namespace adapter_laws_detail

bool judge_adapter(LawBook& book, AnyAdapter adapter, const GeneratorSpec& spec, const AdapterRequest& request) {
  using namespace adapter_laws_detail;
  wan::DitGenerator generator = make_generator(spec);
  const auto edited = [&](const AdapterRequest& seen) {
    const SiteEdits edits = adapter.edits(seen);
    return predict(generator, request, &edits);
  };
  if (!judge_parameters(book, adapter)) return false;
  if (!book.judge("sites", "it names sites of the generator, each once", [&] { return wrong_sites(adapter, spec); }))
    return false;
  if (!book.judge("shapes", "edits stand at named sites, fit the generator and are finite",
                  [&] { return wrong_edits(adapter, spec, request); }))
    return false;
  book.judge("identity", "a fresh adapter changes no prediction", [&] {
    const double gap = lt::distance(edited(request), predict(generator, request, nullptr));
    if (gap == 0.0) return std::string();
    return fmt::format("a fresh adapter moves the prediction by {:.2g} of its size; let its last projections be zero",
                       gap);
  });
  lt::shake_(adapter.named_tensors());
  const std::function<Tensor(AnyAdapter&)> result = [&](AnyAdapter&) { return edited(request); };
  if (!judge_modes(book, adapter, result)) return false;
  book.judge("gradients", "the gradient reaches every parameter",
             [&] { return lt::missing_gradient(adapter.named_tensors(), {edited(request)}); });
  book.judge("noise", "it reads the noisy latent exactly when it says so", [&] {
    AdapterRequest other = request;
    if (!adapter.depends_on_noise()) {
      other.latent = Tensor();
      other.sigma = Tensor();
      return std::string(edited(other).equal(edited(request))
                             ? ""
                             : "depends_on_noise() is false, but without latent and sigma the edits are others");
    }
    other.latent = request.latent + 1;
    return std::string(edited(other).equal(edited(request))
                           ? "depends_on_noise() is true, but another latent gives the same edits; say false, and "
                             "they are computed once a clip"
                           : "");
  });
  return true;
}

LawResults adapter_laws(const PartMaker<AnyAdapter>& make) {
  using namespace adapter_laws_detail;
  LawBook book;
  const BuildContext context = tiny_world::context();
  const AdapterRequest request = tiny_world::adapter_request(context.generator);
  const PartMaker<AnyAdapter> initialised = [&](const BuildContext& from) {
    AnyAdapter adapter = make(from);
    adapter.initialise_from(make_generator(from.generator).named_tensors());
    return adapter;
  };
  std::optional<AnyAdapter> fresh;
  if (!book.judge("built", "its factory builds it", [&] {
        fresh = initialised(context);
        return std::string();
      }))
    return book.results();
  if (!judge_adapter(book, *fresh, context.generator, request)) return book.results();
  book.judge("generator", "initialise_from copies and leaves the generator as it is", [&] {
    AnyAdapter adapter = make(context);
    const wan::DitGenerator generator = make_generator(context.generator);
    const NamedTensors before = lt::copies(generator.named_tensors());
    adapter.initialise_from(generator.named_tensors());
    lt::shake_(adapter.named_tensors());
    const std::string wrong = lt::difference(generator.named_tensors(), before);
    return wrong.empty() ? wrong : "the generator's " + wrong + " afterwards";
  });
  wan::DitGenerator judge = make_generator(context.generator);
  judge_making<AnyAdapter>(
      book, initialised,
      [&](AnyAdapter& adapter, const BuildContext& from) {
        const SiteEdits edits = on_cpu(adapter.edits(tiny_world::adapter_request(from.generator, from.device)));
        return predict(judge, request, &edits);
      },
      context);
  return book.results();
}

}  // namespace flashmotion
