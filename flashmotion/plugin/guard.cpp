#include "flashmotion/plugin/guard.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/plugin/detail/guard_caller.hpp"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/recipe/node.hpp"

#include <c10/util/Exception.h>
#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <string_view>
#include <vector>

namespace flashmotion {

std::string origin_text(const Origin& origin) {
  if (!origin) return "built in";
  return fmt::format("plugin {} {} ({})", origin->name, origin->version, origin->file);
}

void rethrow_plugin_failure(const PluginOrigin& origin, const std::string& doing) {
  const auto fail = [&](std::string_view text) {
    throw PluginError(fmt::format("plugin {} {}: {} failed: {}", origin.name, origin.version, doing, text));
  };
  try {
    throw;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const RecipeError&) {
    throw;
  } catch (const PluginError&) {
    throw;
  } catch (const Error& error) {
    fail(error.what());
  } catch (const c10::Error& error) {
    fail(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    fail("there is not enough memory");
  } catch (const std::exception& error) {
    fail(error.what());
  } catch (...) {
    fail("it threw something that is no std::exception");
  }
  std::terminate();  // not reached: each handler throws
}

namespace guard_detail {

class GuardedAdapter final : public IAdapter {
 public:
  GuardedAdapter(std::unique_ptr<IAdapter> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::adapter), object_(std::move(object)) {}

  [[nodiscard]] NamedTensors named_tensors() const override {
    return caller_.expect_names(caller_.call("named_tensors", [&] { return object_->named_tensors(); }));
  }
  void set_training(bool on) override {
    caller_.call("set_training", [&] { object_->set_training(on); });
  }
  [[nodiscard]] std::vector<Site> sites(const GeneratorSpec& spec) const override {
    std::vector<Site> wanted = caller_.call("sites", [&] { return object_->sites(spec); });
    for (const Site& site : wanted)
      if (!contains(spec.sites, site) && !contains(spec.attention_sites, site))
        caller_.refuse("sites", fmt::format("returned {}, which the generator does not have", site_text(site)));
    return wanted;
  }
  [[nodiscard]] bool depends_on_noise() const override {
    return caller_.call("depends_on_noise", [&] { return object_->depends_on_noise(); });
  }
  void initialise_from(const NamedTensors& generator) override {
    caller_.call("initialise_from", [&] { object_->initialise_from(generator); });
  }
  [[nodiscard]] SiteEdits edits(const AdapterRequest& request) override {
    SiteEdits edits = caller_.call("edits", [&] { return object_->edits(request); });
    for (const AddTokens& add : edits.add) expect_added(request, add);
    for (const ExtraKeyValue& extra : edits.extra) expect_extra(request, extra);
    for (const LowRankDelta& delta : edits.low_rank) expect_delta(request, delta);
    return edits;
  }

 private:
  static std::string site_text(const Site& site) {
    switch (site.kind) {
      case SiteKind::patch_embedding:
        return "the patch embedding";
      case SiteKind::self_attention:
        return fmt::format("the self-attention of block {}", site.block);
      case SiteKind::cross_attention:
        return fmt::format("the cross-attention of block {}", site.block);
      case SiteKind::after_block:
        break;
    }
    return fmt::format("block {}", site.block);
  }
  static bool contains(const std::vector<Site>& sites, const Site& site) {
    return std::find(sites.begin(), sites.end(), site) != sites.end();
  }

  void expect_numbers(const AdapterRequest& request, const What& what, const Tensor& tensor) const {
    caller_.expect_finite("edits", what, tensor, [&] {
      if (any_not_finite({&request.latent, &request.sigma, &request.text.tokens, &request.control})) return true;
      caller_.refuse_parameters("edits", what, object_->named_tensors());
      return false;
    });
  }
  // [B, N, D] as wide as the generator, for the clips that were asked for.
  void expect_tokens(const AdapterRequest& request, const What& what, const Tensor& tokens) const {
    const std::int64_t width = caller_.spec().width;
    caller_.expect_tensor("edits", what, tokens, {3, "[B, N, D]", request.control});
    if (width > 0 && tokens.size(2) != width)
      caller_.refuse("edits",
                     fmt::format("returned {} of width {}, the generator has {}", what.text(), tokens.size(2), width));
    if (request.control.defined() && tokens.size(0) != request.control.size(0))
      caller_.refuse("edits", fmt::format("returned {} for a batch of {}, expected {}", what.text(), tokens.size(0),
                                          request.control.size(0)));
    expect_numbers(request, what, tokens);
  }
  // A token for each of the video's, at a place that takes them: anything else would be spread or passed over.
  void expect_added(const AdapterRequest& request, const AddTokens& add) const {
    const GeneratorSpec& spec = caller_.spec();
    const auto what = [&] { return fmt::format("tokens for {}", site_text(add.site)); };
    if (spec.blocks > 0 && !contains(spec.sites, add.site))
      caller_.refuse("edits", fmt::format("returned {}, where the generator takes none", what()));
    expect_tokens(request, what, add.tokens);
    if (spec.width == 0 || !request.control.defined() || request.control.dim() != 5) return;
    const std::int64_t wanted = spec.grid(request.control).tokens();
    if (add.tokens.size(1) != wanted)
      caller_.refuse("edits", fmt::format("returned {} {}, the video has {}", add.tokens.size(1), what(), wanted));
  }
  void expect_extra(const AdapterRequest& request, const ExtraKeyValue& extra) const {
    const auto where = [&] { return site_text(extra.site); };
    if (!contains(caller_.spec().attention_sites, extra.site))
      caller_.refuse("edits", fmt::format("returned keys for {}, where the generator takes none", where()));
    expect_tokens(
        request, [&] { return "keys for " + where(); }, extra.keys);
    expect_tokens(
        request, [&] { return "values for " + where(); }, extra.values);
    if (extra.keys.size(1) != extra.values.size(1))
      caller_.refuse("edits", fmt::format("returned {} keys and {} values for {}", extra.keys.size(1),
                                          extra.values.size(1), where()));
  }
  void expect_delta(const AdapterRequest& request, const LowRankDelta& delta) const {
    const auto& linears = caller_.spec().linears;
    const auto layer = std::find_if(linears.begin(), linears.end(),
                                    [&](const LinearLayer& known) { return known.name == delta.linear; });
    if (layer == linears.end())
      caller_.refuse("edits", fmt::format("returned a low-rank delta of '{}', which is no linear layer that the "
                                          "generator lets be changed",
                                          printable(delta.linear)));
    const auto expect = [&](const char* part, const Tensor& tensor, std::string_view axes) {
      const auto what = [&] { return fmt::format("the '{}' of '{}'", part, delta.linear); };
      caller_.expect_tensor("edits", what, tensor, {2, axes, request.control});
      expect_numbers(request, what, tensor);
    };
    expect("down", delta.down, "[R, in]");
    expect("up", delta.up, "[out, R]");
    if (delta.down.size(1) != layer->in || delta.up.size(0) != layer->out || delta.up.size(1) != delta.down.size(0))
      caller_.refuse("edits",
                     fmt::format("returned a low-rank delta of '{}' with down {} and up {}, expected [R, {}] "
                                 "and [{}, R]",
                                 delta.linear, shape_text(delta.down), shape_text(delta.up), layer->in, layer->out));
    if (!std::isfinite(delta.scale))
      caller_.refuse("edits",
                     fmt::format("returned a low-rank delta of '{}' whose scale is {}", delta.linear, delta.scale));
  }

  Caller caller_;
  std::unique_ptr<IAdapter> object_;  // last: it dies before its library
};

class GuardedHead final : public IDiscriminatorHead {
 public:
  GuardedHead(std::unique_ptr<IDiscriminatorHead> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::head), object_(std::move(object)) {}

  [[nodiscard]] NamedTensors named_tensors() const override {
    return caller_.expect_names(caller_.call("named_tensors", [&] { return object_->named_tensors(); }));
  }
  void set_training(bool on) override {
    caller_.call("set_training", [&] { object_->set_training(on); });
  }
  [[nodiscard]] std::vector<std::int64_t> tap_blocks(const GeneratorSpec& spec) const override {
    std::vector<std::int64_t> taps = caller_.call("tap_blocks", [&] { return object_->tap_blocks(spec); });
    std::int64_t before = -1;
    for (const std::int64_t block : taps) {
      if (block <= before || block >= spec.blocks)
        caller_.refuse("tap_blocks",
                       fmt::format("returned block {} after block {}; blocks must rise and lie in 0 to {}", block,
                                   before, spec.blocks - 1));
      before = block;
    }
    return taps;
  }
  [[nodiscard]] Tensor logits(const HeadRequest& request) override {
    Tensor logits = caller_.call("logits", [&] { return object_->logits(request); });
    caller_.expect_tensor("logits", "logits", logits, {2, "[B, P]", request.sigma});
    if (request.sigma.defined() && logits.size(0) != request.sigma.size(0))
      caller_.refuse("logits", fmt::format("returned logits for a batch of {}, expected {}", logits.size(0),
                                           request.sigma.size(0)));
    caller_.expect_finite("logits", "logits", logits, [&] {
      if (any_not_finite({&request.sigma, &request.text.tokens, &request.control})) return true;
      for (const Tensor& tap : request.taps)
        if (!all_finite(tap)) return true;
      caller_.refuse_parameters("logits", "logits", object_->named_tensors());
      return false;
    });
    return logits;
  }

 private:
  Caller caller_;
  std::unique_ptr<IDiscriminatorHead> object_;
};

}  // namespace guard_detail

std::shared_ptr<IAdapter> guard(std::unique_ptr<IAdapter> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedAdapter>(std::move(object), std::move(name));
}
std::shared_ptr<IDiscriminatorHead> guard(std::unique_ptr<IDiscriminatorHead> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedHead>(std::move(object), std::move(name));
}

}  // namespace flashmotion
