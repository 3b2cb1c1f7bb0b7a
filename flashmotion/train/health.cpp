#include "flashmotion/train/health.hpp"

#include "flashmotion/metrics/colour_drift.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace flashmotion {
namespace health_detail {

// Fewer norms have no median that a spike could be told by.
constexpr std::int64_t kFewestNorms = 10;
constexpr double kEnd = 0.98;  // of the range of a pixel

double motion(const Tensor& clips) { return clips.to(torch::kFloat64).diff(1, 2).abs().mean().item<double>(); }
double saturated(const Tensor& clips) { return clips.abs().gt(kEnd).to(torch::kFloat64).mean().item<double>(); }

}  // namespace health_detail

HealthWatch::HealthWatch(const HealthConfig& config, const std::vector<std::string>& roles,
                         std::vector<WatchedTerm> terms)
    : config_(config) {
  const auto series = [&](std::string name, std::optional<WatchedTerm> term) {
    series_.push_back({std::move(name), std::move(term), torch::zeros({config.patience}, torch::kFloat64),
                       torch::zeros({}, torch::kLong),
                       torch::full({}, std::numeric_limits<double>::infinity(), torch::kFloat64)});
  };
  for (const std::string& role : roles) series(role, std::nullopt);
  for (WatchedTerm& term : terms) {
    std::string name = term.name;
    series(std::move(name), std::move(term));
  }
}

void HealthWatch::add(Series& series, double value) const {
  series.last[series.seen.item<std::int64_t>() % config_.patience] = value;
  series.seen.add_(1);
}

bool HealthWatch::full(const Series& series) const { return series.seen.item<std::int64_t>() >= config_.patience; }

std::optional<Alarm> HealthWatch::judge_norm(Series& series, double value) const {
  const std::int64_t known = std::min(series.seen.item<std::int64_t>(), config_.patience);
  const bool enough = known >= std::min(health_detail::kFewestNorms, config_.patience);
  const double median = enough ? series.last.narrow(0, 0, known).median().item<double>() : 0.0;
  if (!enough || median <= 0.0 || value <= config_.spike_factor * median) {
    add(series, value);
    return std::nullopt;
  }
  series.seen.zero_();
  return Alarm{"gradient_spike", config_.gradient_spike,
               fmt::format("the gradient norm of '{}' is {:.4g}, {:.3g} times the median {:.4g} of the {} before",
                           series.name, value, value / median, median, known)};
}

std::optional<Alarm> HealthWatch::judge_term(Series& series, double value) const {
  add(series, value);
  if (!full(series)) return std::nullopt;
  const double mean = series.last.mean().item<double>();
  std::optional<Alarm> alarm;
  if (series.term->chance) {
    const double share = mean / *series.term->chance;
    const auto text = [&](const char* what) {
      return fmt::format("the loss '{}' was {:.4g} over the last {} steps, {:.3g} of what chance gives: {}",
                         series.name, mean, config_.patience, share, what);
    };
    if (share < config_.winning_share) {
      alarm = {"discriminator_winning", config_.discriminator_winning,
               text("the discriminator wins, and the other learns nothing from it")};
    } else if (share > config_.losing_share) {
      alarm = {"discriminator_losing", config_.discriminator_losing, text("the discriminator loses")};
    }
  } else {
    const double lowest = std::min(mean, series.lowest.item<double>());
    series.lowest.fill_(lowest);
    if (mean > config_.divergence_factor * lowest) {
      alarm = {"fake_score_divergence", config_.fake_score_divergence,
               fmt::format("the loss '{}' was {:.4g} over the last {} steps, and {:.4g} at its lowest", series.name,
                           mean, config_.patience, lowest)};
    }
  }
  if (alarm) series.seen.zero_();
  return alarm;
}

std::vector<Alarm> HealthWatch::look(const Numbers& terms, const Numbers& gradient_norms) {
  std::vector<Alarm> alarms;
  std::string wrong;
  for (const Numbers* numbers : {&terms, &gradient_norms}) {
    for (const auto& [name, value] : *numbers) {
      if (std::isfinite(value)) continue;
      wrong += fmt::format("{}{} of '{}' is {}", wrong.empty() ? "" : ", ",
                           numbers == &terms ? "the value" : "the gradient norm", name, value);
    }
  }
  if (!wrong.empty()) return {{"not_finite", config_.not_finite, wrong}};
  for (Series& series : series_) {
    const Numbers& numbers = series.term ? terms : gradient_norms;
    const auto found =
        std::find_if(numbers.begin(), numbers.end(), [&](const auto& n) { return n.first == series.name; });
    if (found == numbers.end()) continue;
    auto alarm = series.term ? judge_term(series, found->second) : judge_norm(series, found->second);
    if (alarm && alarm->policy != AlarmPolicy::off) alarms.push_back(std::move(*alarm));
  }
  return alarms;
}

NamedTensors HealthWatch::state() const {
  NamedTensors list;
  for (const Series& series : series_) {
    const std::string name = fmt::format("health.{}.{}", series.term ? "term" : "norm", series.name);
    list.push_back({name + ".last", series.last});
    list.push_back({name + ".seen", series.seen});
    list.push_back({name + ".lowest", series.lowest});
  }
  return list;
}

std::vector<Alarm> clip_alarms(const HealthConfig& config, const Tensor& generated, const Tensor& real) {
  using namespace health_detail;
  std::vector<Alarm> alarms;
  const double moves = motion(generated), should_move = motion(real);
  if (config.static_collapse != AlarmPolicy::off && moves < config.least_motion * should_move) {
    alarms.push_back(
        {"static_collapse", config.static_collapse,
         fmt::format("pixels change by {:.4g} a frame, those of the real clips by {:.4g}", moves, should_move)});
  }
  const double drift = flashmotion::colour_drift(generated, real).mean().item<double>();
  if (config.colour_drift != AlarmPolicy::off && drift > config.most_drift) {
    alarms.push_back({"colour_drift", config.colour_drift,
                      fmt::format("colours leave those of the first frame by {:.3g}, of 1", drift)});
  }
  const double ends = saturated(generated), real_ends = saturated(real);
  if (config.saturation != AlarmPolicy::off && ends - real_ends > config.most_saturated) {
    alarms.push_back({"saturation", config.saturation,
                      fmt::format("{:.0f} % of the numbers lie at the ends of their range, {:.0f} % in the real clips",
                                  100.0 * ends, 100.0 * real_ends)});
  }
  return alarms;
}

}  // namespace flashmotion
