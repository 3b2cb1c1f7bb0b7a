#include "flashmotion/plugin/guard.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/plugin/entry.hpp"

#include <c10/util/Exception.h>
#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <unordered_set>

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

std::string shape_text(const Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", tensor.size(i));
  return text + "]";
}

/// What the four guards share.
class Caller {
 public:
  Caller(GuardedName name, ComponentKind kind) : name_(std::move(name)), kind_(kind) {}

  template <class Call>
  decltype(auto) call(std::string_view method, Call&& call) const {
    return guarded(
        *name_.origin, [&] { return doing(method); }, std::forward<Call>(call));
  }
  [[noreturn]] void refuse(std::string_view method, std::string_view what) const {
    throw PluginError(
        fmt::format("plugin {} {}: {} {}", name_.origin->name, name_.origin->version, doing(method), what));
  }
  /// Throws unless the tensor is defined, has floating-point elements and `rank` dimensions.
  void expect_tensor(std::string_view method, std::string_view what, const Tensor& tensor, std::int64_t rank,
                     std::string_view axes) const {
    if (!tensor.defined()) refuse(method, fmt::format("returned {} without a value", what));
    if (!tensor.is_floating_point())
      refuse(method, fmt::format("returned {} that are no floating-point numbers", what));
    if (tensor.dim() != rank)
      refuse(method, fmt::format("returned {} of shape {}, expected {}", what, shape_text(tensor), axes));
  }
  [[nodiscard]] const NamedTensors& expect_names(const NamedTensors& tensors) const {
    std::unordered_set<std::string_view> seen;
    for (const NamedTensor& entry : tensors) {
      if (!entry.tensor.defined()) refuse("named_tensors", fmt::format("returned '{}' without a value", entry.name));
      if (!seen.insert(entry.name).second) refuse("named_tensors", fmt::format("returned '{}' twice", entry.name));
    }
    return tensors;
  }
  [[nodiscard]] const GeneratorSpec& spec() const { return name_.spec; }

 private:
  [[nodiscard]] std::string doing(std::string_view method) const {
    return fmt::format("{}() of {} '{}'", method, noun(kind_), name_.name);
  }

  GuardedName name_;
  ComponentKind kind_;
};

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
      if (std::find(spec.sites.begin(), spec.sites.end(), site) == spec.sites.end())
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
    const std::int64_t width = caller_.spec().width;
    for (const AddTokens& add : edits.add) {
      const std::string what = fmt::format("tokens for {}", site_text(add.site));
      caller_.expect_tensor("edits", what, add.tokens, 3, "[B, N, D]");
      if (width > 0 && add.tokens.size(2) != width)
        caller_.refuse("edits",
                       fmt::format("returned {} of width {}, the generator has {}", what, add.tokens.size(2), width));
      if (request.control.defined() && add.tokens.size(0) != request.control.size(0))
        caller_.refuse("edits", fmt::format("returned {} for a batch of {}, expected {}", what, add.tokens.size(0),
                                            request.control.size(0)));
    }
    return edits;
  }

 private:
  static std::string site_text(const Site& site) {
    return site.kind == SiteKind::patch_embedding ? "the patch embedding" : fmt::format("block {}", site.block);
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
    caller_.expect_tensor("logits", "logits", logits, 2, "[B, P]");
    if (request.sigma.defined() && logits.size(0) != request.sigma.size(0))
      caller_.refuse("logits", fmt::format("returned logits for a batch of {}, expected {}", logits.size(0),
                                           request.sigma.size(0)));
    return logits;
  }

 private:
  Caller caller_;
  std::unique_ptr<IDiscriminatorHead> object_;
};

class GuardedObjective final : public IObjective {
 public:
  GuardedObjective(std::unique_ptr<IObjective> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::objective), object_(std::move(object)) {}

  [[nodiscard]] std::string name() const override {
    return caller_.call("name", [&] { return object_->name(); });
  }
  [[nodiscard]] Quantities needs() const override {
    return caller_.call("needs", [&] { return object_->needs(); });
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const override {
    LossTerm term = caller_.call("operator", [&] { return (*object_)(view); });
    caller_.expect_tensor("operator", "a loss", term.value, 0, "a scalar []");
    return term;
  }

 private:
  Caller caller_;
  std::unique_ptr<IObjective> object_;
};

class GuardedSampler final : public ISampler {
 public:
  GuardedSampler(std::unique_ptr<ISampler> object, GuardedName name)
      : caller_(std::move(name), ComponentKind::sampler), object_(std::move(object)) {}

  [[nodiscard]] std::span<const double> sigmas() const override {
    const std::span<const double> sigmas = caller_.call("sigmas", [&] { return object_->sigmas(); });
    // Written so that a NaN is refused too.
    bool falls = sigmas.size() >= 2 && sigmas.front() <= 1.0 && sigmas.back() == 0.0;
    for (std::size_t i = 1; i < sigmas.size(); ++i) falls = falls && sigmas[i] < sigmas[i - 1];
    if (!falls) caller_.refuse("sigmas", "returned a list that does not fall strictly from at most 1 to 0");
    return sigmas;
  }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& rng) const override {
    Tensor next = caller_.call("step", [&] { return object_->step(x, velocity, i, state, rng); });
    caller_.expect_tensor("step", "a latent", next, x.dim(), shape_text(x));
    if (next.sizes() != x.sizes())
      caller_.refuse("step",
                     fmt::format("returned a latent of shape {}, expected {}", shape_text(next), shape_text(x)));
    return next;
  }
  [[nodiscard]] std::span<const double> network_sigmas() const override {
    const std::span<const double> told = caller_.call("network_sigmas", [&] { return object_->network_sigmas(); });
    if (told.size() + 1 < sigmas().size())
      caller_.refuse("network_sigmas", "returned fewer levels than there are steps");
    return told;
  }

 private:
  Caller caller_;
  std::unique_ptr<ISampler> object_;
};

}  // namespace guard_detail

std::shared_ptr<IAdapter> guard(std::unique_ptr<IAdapter> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedAdapter>(std::move(object), std::move(name));
}
std::shared_ptr<IDiscriminatorHead> guard(std::unique_ptr<IDiscriminatorHead> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedHead>(std::move(object), std::move(name));
}
std::shared_ptr<IObjective> guard(std::unique_ptr<IObjective> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedObjective>(std::move(object), std::move(name));
}
std::shared_ptr<ISampler> guard(std::unique_ptr<ISampler> object, GuardedName name) {
  return std::make_shared<guard_detail::GuardedSampler>(std::move(object), std::move(name));
}

}  // namespace flashmotion
