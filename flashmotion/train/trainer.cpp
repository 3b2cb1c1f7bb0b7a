#include "flashmotion/train/trainer.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/train/plugin_place.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

namespace flashmotion {
namespace trainer_detail {

constexpr const char* kStateFile = "state.safetensors";

// The state of a stage and the numbers that go with it, in one file: it is there whole or not at all.
NamedTensors state_of(IStage& stage, Tensor counters) {
  NamedTensors all;
  for (Role* role : stage.roles()) {
    for (NamedTensor& t : role->state()) all.push_back(std::move(t));
  }
  all.push_back({"counters", std::move(counters)});
  return all;
}

struct Progressed {
  std::int64_t step = 0;
  std::int64_t metrics_size = 0;
  double seconds = 0.0;
};

void save(IStage& stage, const std::filesystem::path& file, const Progressed& at) {
  const Tensor counters =
      torch::tensor({static_cast<double>(at.step), static_cast<double>(at.metrics_size), at.seconds}, torch::kFloat64);
  write_safetensors(file, state_of(stage, counters));
}

Progressed restore(IStage& stage, const std::filesystem::path& file) {
  const Tensor counters = torch::zeros({3}, torch::kFloat64);
  load_into(SafetensorsFile(file), state_of(stage, counters));
  return {counters[0].item<std::int64_t>(), counters[1].item<std::int64_t>(), counters[2].item<double>()};
}

// One line of metrics. It holds no time, so that equal runs write equal files.
std::string line(const std::string& stage, std::int64_t step, const StepReport& report) {
  JsonWriter json;
  json.begin_object().field("stage", stage).field("step", step);
  json.key("terms").begin_object();
  for (const TermValue& term : report.terms) {
    json.key(term.name).begin_object().field("value", term.value.item<double>());
    json.field("weight", term.weight).end_object();
  }
  json.end_object().key("gradient_norms").begin_object();
  for (const auto& [role, norm] : report.gradient_norms) json.field(role, norm.item<double>());
  json.end_object().end_object();
  return json.text();
}

// Asked after every step, not only when a line is written: no state that is not finite may be saved.
bool finite(const StepReport& report) {
  const auto good = [](const Tensor& number) { return std::isfinite(number.item<double>()); };
  return std::all_of(report.terms.begin(), report.terms.end(), [&](const TermValue& t) { return good(t.value); }) &&
         std::all_of(report.gradient_norms.begin(), report.gradient_norms.end(),
                     [&](const auto& norm) { return good(norm.second); });
}

std::string summary(const StepReport& report) {
  std::string text;
  for (const TermValue& term : report.terms) {
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", term.name, term.value.item<double>());
  }
  return text;
}

}  // namespace trainer_detail

double train_stage(IStage& stage, const TrainOptions& options, const TrainEnvironment& environment) {
  using namespace trainer_detail;
  RunFolder& folder = environment.folder;
  const std::filesystem::path state_file = folder.stage_file(options.name, kStateFile);
  Progressed at;
  at.metrics_size = folder.metrics_size();
  if (std::filesystem::exists(state_file)) {
    at = restore(stage, state_file);
    folder.truncate_metrics(at.metrics_size);
  } else {
    save(stage, state_file, at);  // so that a run that is killed at once leaves no lines of metrics behind
  }

  ProgressBar bar(options.name, options.steps, environment.progress, at.step);
  auto clock = std::chrono::steady_clock::now();
  const auto keep = [&] {
    const auto now = std::chrono::steady_clock::now();
    at.seconds += std::chrono::duration<double>(now - clock).count();
    clock = now;
    at.metrics_size = folder.metrics_size();
    save(stage, state_file, at);
  };
  while (at.step < options.steps) {
    if (environment.stop.requested()) {
      keep();
      environment.stop.throw_if_stopped();
    }
    const StepReport report =
        with_place([&] { return fmt::format("training the stage '{}', step {}", options.name, at.step); },
                   [&] { return stage.step(at.step); });
    std::string note;
    if (!report.terms.empty() && at.step % options.log_every == 0) {
      folder.append_metrics(line(options.name, at.step, report));
      note = summary(report);
    }
    if (!finite(report)) {
      throw Error(
          fmt::format("stage '{}': the loss is not finite at step {} ({}); lower the learning rate. The state "
                      "before is kept in {}",
                      options.name, at.step, summary(report), state_file.string()));
    }
    ++at.step;
    bar.advance(1, note);
    if (at.step % options.save_every == 0 && at.step < options.steps) keep();
  }
  keep();
  for (Role* role : stage.roles()) {
    write_safetensors(folder.result_file(options.name, role->name()), role->result(),
                      {{"format", "flashmotion"}, {"stage", options.name}, {"role", role->name()}});
  }
  JsonWriter done(2);
  done.begin_object().field("steps", options.steps).field("seconds", at.seconds).end_object();
  write_file_atomically(folder.stage_file(options.name, "done.json").string(), done.text() + "\n");
  std::filesystem::remove(state_file);
  return at.seconds;
}

double stage_seconds(const RunFolder& folder, const std::string& stage) {
  const std::string file = folder.stage_file(stage, "done.json").string();
  if (!std::filesystem::exists(file)) return 0.0;
  const auto json = nlohmann::json::parse(read_file(file), nullptr, false);
  return json.is_object() ? json.value("seconds", 0.0) : 0.0;
}

}  // namespace flashmotion
