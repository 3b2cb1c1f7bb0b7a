#include "flashmotion/train/trainer.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/sealed_safetensors.hpp"
#include "flashmotion/processes/equality.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "flashmotion/train/stage_states.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {
namespace trainer_detail {

constexpr double kLowerRate = 0.5;
constexpr std::int64_t kMostRollbacks = 5;  // of a stage; what helps no more often will not help

// What is told beside a role's weights. An adapter says itself by which tables of the recipe it was built, so that its
// file can leave the run's folder.
SafetensorsMetadata labels(const RunFolder& folder, const std::string& stage, const std::string& role) {
  SafetensorsMetadata labels{{"format", "flashmotion"}, {"stage", stage}, {"role", role}};
  const std::filesystem::path recipe = folder.path() / "recipe.resolved.toml";
  if (role != "adapter" || !std::filesystem::exists(recipe)) return labels;
  const TomlDocument document = TomlDocument::from_file(recipe.string());
  const TreeNode::Ptr parts = TreeNode::make_table();
  for (const char* table : {"adapter", "trajectory"}) {
    if (const TreeNode* node = document.root().child(table)) parts->put(table, TreeNode::copy(*node));
  }
  if (parts->child("adapter") != nullptr) labels["parts"] = to_toml(*parts);
  return labels;
}

struct Progressed {
  std::int64_t step = 0;
  std::int64_t metrics_size = 0;
  double seconds = 0.0;
  std::int64_t rollbacks = 0;
  std::int64_t validated = 0;                             // steps after which the last look was
  double best = std::numeric_limits<double>::infinity();  // least validation_loss so far
};

Tensor counters_of(const Progressed& at) {
  return torch::tensor({static_cast<double>(at.step), static_cast<double>(at.metrics_size), at.seconds,
                        static_cast<double>(at.rollbacks), static_cast<double>(at.validated), at.best},
                       torch::kFloat64);
}

// Steps of this process after which it stops on purpose.
std::int64_t steps_to_stop(const TrainOptions& options) {
  if (options.stops <= 0) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(1, options.steps / (options.stops + 1));
}

// One line of metrics. It holds no time, so that equal runs write equal files.
std::string line(const std::string& stage, std::int64_t step, const StepReport& report) {
  JsonWriter json;
  json.begin_object().field("stage", stage).field("step", step);
  json.key("terms").begin_object();
  for (const TermValue& term : report.terms) {
    json.key(term.name).begin_object().field("value", term.value.item<double>());
    json.field("weight", term.weight);
    if (term.gradient_norm.defined()) {
      json.field("gradient_norm", term.gradient_norm.item<double>());
      json.field("gradient_cosine", term.gradient_cosine.item<double>());
    }
    json.end_object();
  }
  json.end_object().key("gradient_norms").begin_object();
  for (const auto& [role, norm] : report.gradient_norms) json.field(role, norm.item<double>());
  json.end_object().end_object();
  return json.text();
}

HealthWatch::Numbers terms_of(const StepReport& report) {
  HealthWatch::Numbers numbers;
  for (const TermValue& term : report.terms) numbers.emplace_back(term.name, term.value.item<double>());
  return numbers;
}
HealthWatch::Numbers norms_of(const StepReport& report) {
  HealthWatch::Numbers numbers;
  for (const auto& [role, norm] : report.gradient_norms) numbers.emplace_back(role, norm.item<double>());
  return numbers;
}

std::string summary(const StepReport& report) {
  std::string text;
  for (const TermValue& term : report.terms) {
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", term.name, term.value.item<double>());
  }
  return text;
}

// Steps that were done, where a line of training has the step that it was.
std::string validation_line(const std::string& stage, std::int64_t steps, const StageValidation::Look& look) {
  JsonWriter json;
  json.begin_object().field("stage", stage).field("step", steps).key("validation").begin_object();
  for (const auto& [key, value] : look.figures) json.field(key, value);
  json.end_object().end_object();
  return json.text();
}

std::string summary(const StageValidation::Look& look) {
  std::string text;
  for (const auto& [key, value] : look.figures)
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", key, value);
  return text;
}

double figure(const StageValidation::Look& look, std::string_view key) {
  const auto found =
      std::find_if(look.figures.begin(), look.figures.end(), [&](const auto& entry) { return entry.first == key; });
  return found == look.figures.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

// A look of the first process, as the others get it.
std::string text_of(const StageValidation::Look& look) {
  nlohmann::json json{{"loss", fmt::format("{}", look.loss)}, {"figures", look.figures}};
  for (const Alarm& alarm : look.alarms)
    json["alarms"].push_back({alarm.name, std::string(to_string(alarm.policy)), alarm.text});
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
StageValidation::Look look_of(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  StageValidation::Look look;
  look.loss = std::stod(json.at("loss").get<std::string>());  // it may be infinite
  look.figures = json.at("figures").get<std::vector<std::pair<std::string, double>>>();
  for (const auto& alarm : json.value("alarms", nlohmann::json::array()))
    look.alarms.push_back({alarm.at(0).get<std::string>(),
                           parse_enum<AlarmPolicy>(alarm.at(1).get<std::string>()).value(),
                           alarm.at(2).get<std::string>()});
  return look;
}

std::vector<std::string> names_of(IStage& stage) {
  std::vector<std::string> names;
  for (const Role* role : stage.roles()) names.push_back(role->name());
  return names;
}

// One stage on its way.
class Training {
 public:
  Training(IStage& stage, const TrainOptions& options, const TrainEnvironment& environment)
      : stage_(stage),
        options_(options),
        environment_(environment),
        folder_(environment.folder),
        processes_(environment.processes == nullptr ? alone_ : *environment.processes),
        states_(environment.folder.path() / "stages" / options.name, options.keep_last),
        health_(options.health, names_of(stage), options.watched) {}

  double run() {
    begin();
    ProgressBar bar(options_.name, options_.steps, environment_.progress, at_.step);
    const std::int64_t first = at_.step, most = steps_to_stop(options_);
    clock_ = std::chrono::steady_clock::now();
    while (true) {
      // At the same step in all processes, whichever was asked to stop.
      if (const int signal = any_signal(processes_, environment_.stop.signal()); signal != 0) {
        keep();
        throw Interrupted(signal);
      }
      const std::int64_t before = at_.step;
      if (!looks() || look()) {
        if (at_.step == options_.steps) break;
        if (at_.step % options_.save_every == 0 && at_.step != saved_) keep();
        if (at_.step - first >= most) {
          keep();
          throw Interrupted(SIGTERM);
        }
        const std::string note = step();
        bar.advance(at_.step - before, note);
      } else {
        bar.advance(at_.step - before);
      }
    }
    keep();
    finish();
    return at_.seconds;
  }

 private:
  // The state of a stage and the numbers that go with it, in one file: it is there whole or not at all.
  NamedTensors state(Tensor counters) {
    NamedTensors all;
    for (Role* role : stage_.roles()) {
      for (NamedTensor& t : role->state()) all.push_back(std::move(t));
    }
    for (NamedTensor& t : health_.state()) all.push_back(std::move(t));
    all.push_back({"counters", std::move(counters)});
    return all;
  }

  void save() {
    expect_equal();
    if (processes_.first()) states_.save(at_.step, state(counters_of(at_)));
    saved_ = at_.step;
  }

  // Networks that went apart are no data-parallel training any more.
  void expect_equal() {
    if (processes_.alone()) return;
    NamedTensors all;
    for (Role* role : stage_.roles()) {
      for (NamedTensor& t : role->state()) all.push_back(std::move(t));
    }
    const std::string name = first_difference(processes_, all);
    if (name.empty()) return;
    throw Error(
        fmt::format("stage '{}', step {}: the tensor '{}' is not the same in all processes; nothing of this step is "
                    "saved. The machines must have the same kind of processor, and what plugins compute must depend on "
                    "the recipe's seed only",
                    options_.name, at_.step, name));
  }

  void keep() {
    const auto now = std::chrono::steady_clock::now();
    at_.seconds += std::chrono::duration<double>(now - clock_).count();
    clock_ = now;
    if (processes_.first()) at_.metrics_size = folder_.metrics_size();
    save();
  }

  // After a step that has a look, unless it had it before the run was stopped.
  [[nodiscard]] bool looks() const {
    if (!options_.validation || at_.step <= at_.validated) return false;
    return at_.step % options_.validation->every == 0 || at_.step == options_.steps;
  }

  // False when the stage went back.
  bool look() {
    const StageValidation::Look seen = [&] {
      try {
        const auto looked = [&] { return options_.validation->look(stage_, at_.step, environment_.stop); };
        if (processes_.alone()) return looked();
        return look_of(told_by_first(processes_, [&] { return text_of(looked()); }));
      } catch (const Interrupted&) {
        keep();
        throw;
      }
    }();
    at_.validated = at_.step;
    if (processes_.first()) folder_.append_metrics(validation_line(options_.name, at_.step, seen));
    if (environment_.log != nullptr) {
      environment_.log->info("{}, step {}: {}", options_.name, at_.step, summary(seen));
    }
    for (const Alarm& alarm : seen.alarms) {
      if (!act(alarm, summary(seen))) return false;
    }
    if (seen.loss < at_.best) keep_best(seen);
    return true;
  }

  void keep_best(const StageValidation::Look& seen) {
    at_.best = seen.loss;
    if (!processes_.first()) return;
    for (Role* role : stage_.roles()) {
      if (role->name() != "generator" && role->name() != "adapter") continue;
      write_sealed_safetensors(folder_.stage_file(options_.name, fmt::format("best.{}.safetensors", role->name())),
                               role->result(), labels(folder_, options_.name, role->name()));
    }
    JsonWriter json(2);
    json.begin_object().field("step", at_.step).field("metric", options_.validation->metric);
    json.field("value", figure(seen, options_.validation->metric)).end_object();
    write_file_atomically(folder_.stage_file(options_.name, "best.json").string(), json.text() + "\n");
  }

  // Nothing when the stage begins.
  bool restore() {
    const Tensor counters = counters_of({});
    const NamedTensors all = state(counters);
    const auto read = [&]() -> std::string {
      const StageStates::Restored restored = states_.restore(all, options_.skip_damaged);
      for (const std::string& problem : restored.damaged) {
        warn(
            fmt::format("{}; going on from {}", problem,
                        restored.step ? fmt::format("the state of step {}", *restored.step) : "the stage's beginning"));
      }
      return restored.step ? "restored" : "";
    };
    if (told_by_first(processes_, read).empty()) return false;
    broadcast_values(processes_, all);
    const double* const number = counters.const_data_ptr<double>();
    at_ = {static_cast<std::int64_t>(number[0]), static_cast<std::int64_t>(number[1]), number[2],
           static_cast<std::int64_t>(number[3]), static_cast<std::int64_t>(number[4]), number[5]};
    if (processes_.first()) folder_.truncate_metrics(at_.metrics_size);
    saved_ = at_.step;
    return true;
  }

  void begin() {
    if (restore()) {
      expect_equal();
    } else {
      if (processes_.first()) begin_files();
      save();  // so that a run that is killed at once leaves no lines of metrics behind
    }
    for (Role* role : stage_.roles()) role->measure_terms_every(options_.gradient_every);
  }

  void begin_files() {
    folder_.drop_metrics(options_.name);
    folder_.drop_alarms(options_.name);
    at_.metrics_size = folder_.metrics_size();
    std::filesystem::create_directories(folder_.path() / "stages" / options_.name);
  }

  std::string step() {
    const StepReport report =
        with_place([&] { return fmt::format("training the stage '{}', step {}", options_.name, at_.step); },
                   [&] { return stage_.step(at_.step); });
    std::string note;
    if (!report.terms.empty() && at_.step % options_.log_every == 0) {
      if (processes_.first()) folder_.append_metrics(line(options_.name, at_.step, report));
      note = summary(report);
    }
    // Asked after every step, not only when a line is written: no state that is not finite may be saved.
    for (const Alarm& alarm : health_.look(terms_of(report), norms_of(report))) {
      if (!act(alarm, summary(report))) return note;
    }
    ++at_.step;
    return note;
  }

  // False when the stage went back.
  bool act(const Alarm& alarm, const std::string& seen) {
    JsonWriter json;
    json.begin_object().field("stage", options_.name).field("step", at_.step).field("alarm", alarm.name);
    json.field("policy", to_string(alarm.policy)).field("text", alarm.text).end_object();
    if (processes_.first()) folder_.append_alarm(json.text());
    const bool spoilt = alarm.name == "not_finite";  // weights may be, so no step can follow
    const bool back = alarm.policy == AlarmPolicy::rollback || (spoilt && alarm.policy == AlarmPolicy::lower_lr);
    const bool stop =
        alarm.policy == AlarmPolicy::stop || (spoilt && !back) || (back && at_.rollbacks >= kMostRollbacks);
    if (stop && spoilt) {
      throw Error(
          fmt::format("stage '{}': the loss is not finite at step {} ({}); lower the learning rate. The state "
                      "before is kept in {}",
                      options_.name, at_.step, seen, newest()));
    }
    if (stop) {
      throw Error(
          fmt::format("stage '{}': alarm '{}' at step {}: {}. The state before is kept in {}; [health] says "
                      "what an alarm does",
                      options_.name, alarm.name, at_.step, alarm.text, newest()));
    }
    warn(fmt::format("stage '{}', step {}: {}: {}{}", options_.name, at_.step, alarm.name, alarm.text,
                     back ? "; going back to the last saved state, at half the learning rate"
                     : alarm.policy == AlarmPolicy::lower_lr ? "; halving the learning rate"
                                                             : ""));
    if (back) go_back();
    if (alarm.policy == AlarmPolicy::lower_lr && !back) lower_rate(1);
    return !back;
  }

  // What was done so far is the same each time, so the rate is lowered once more than when the state was saved.
  void go_back() {
    const std::int64_t times = at_.rollbacks + 1;
    const double best = at_.best;  // it was seen, and its file is there
    restore();
    lower_rate(times - at_.rollbacks);
    at_.rollbacks = times;
    at_.best = best;
    keep();
  }

  void lower_rate(std::int64_t times) {
    for (Role* role : stage_.roles()) {
      role->lower_learning_rate(std::pow(kLowerRate, static_cast<double>(times)));
    }
  }

  void finish() {
    by_first(processes_, [&] { write_results(); });
  }

  void write_results() {
    for (Role* role : stage_.roles()) {
      write_sealed_safetensors(folder_.result_file(options_.name, role->name()), role->result(),
                               labels(folder_, options_.name, role->name()));
    }
    JsonWriter done(2);
    done.begin_object().field("steps", options_.steps).field("seconds", at_.seconds).end_object();
    write_file_atomically(folder_.stage_file(options_.name, "done.json").string(), done.text() + "\n");
    states_.clear();
  }

  [[nodiscard]] std::string newest() const { return states_.file(saved_).string(); }
  void warn(const std::string& text) const {
    if (environment_.log != nullptr) environment_.log->warning("{}", text);
  }

  IStage& stage_;
  const TrainOptions& options_;
  const TrainEnvironment& environment_;
  RunFolder& folder_;
  OneProcess alone_;
  Processes& processes_;
  StageStates states_;
  HealthWatch health_;
  Progressed at_;
  std::int64_t saved_ = 0;  // step of the newest state
  std::chrono::steady_clock::time_point clock_ = std::chrono::steady_clock::now();
};

}  // namespace trainer_detail

double train_stage(IStage& stage, const TrainOptions& options, const TrainEnvironment& environment) {
  return trainer_detail::Training(stage, options, environment).run();
}

double stage_seconds(const RunFolder& folder, const std::string& stage) {
  const std::string file = folder.stage_file(stage, "done.json").string();
  if (!std::filesystem::exists(file)) return 0.0;
  const auto json = nlohmann::json::parse(read_file(file), nullptr, false);
  return json.is_object() ? json.value("seconds", 0.0) : 0.0;
}

}  // namespace flashmotion
