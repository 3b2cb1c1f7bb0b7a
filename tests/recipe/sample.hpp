#pragma once

#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/table_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Configs that the tests of this folder share: every kind of member once.
namespace recipe_sample {

enum class Precision { float32, bfloat16 };

struct DistilConfig {
  std::int64_t steps = 4;
  double learning_rate = 2e-6;
  Precision precision = Precision::float32;
  std::optional<std::int64_t> warm_up;

  static void fields(auto& f, auto& c) {
    using namespace flashmotion;
    f("steps", c.steps, Range{1, 64}, "denoising steps of the student");
    f("learning_rate", c.learning_rate, Above{0.0}, "AdamW step size");
    f("precision", c.precision, Choices<Precision>{}, "arithmetic of the forward pass");
    f("warm_up", c.warm_up, AtLeast{0}, "steps of rising step size");
  }
  void validate(flashmotion::Check& check) const {
    if (warm_up && *warm_up > steps) check.error("warm_up", "'warm_up' must not be above 'steps'");
  }
  bool operator==(const DistilConfig&) const = default;
};

struct ObjectiveConfig {
  std::string name;
  flashmotion::ComponentOrNumber weight{1.0, {}};
  flashmotion::ComponentNode loss;

  static void fields(auto& f, auto& c) {
    using namespace flashmotion;
    f("name", c.name, required, NotEmpty{}, "key in the log");
    f("weight", c.weight, AtLeast{0.0}, "factor of the loss");
    f.component(c.loss, "which loss, and its keys");
  }
};

struct StageConfig {
  std::string name;
  bool ema = true;
  std::vector<double> sigmas = {1.0, 0.5};
  std::array<std::int64_t, 3> size = {1, 32, 32};
  std::vector<std::string> drop;
  std::vector<ObjectiveConfig> objective;
  DistilConfig distil;

  static void fields(auto& f, auto& c) {
    using namespace flashmotion;
    f("name", c.name, required, NotEmpty{}, "name of the stage");
    f("ema", c.ema, "keep averaged weights");
    f("sigmas", c.sigmas, NotEmpty{}, Range{0.0, 1.0}, "noise levels");
    f("size", c.size, AtLeast{1}, "frames, height, width");
    f("drop", c.drop, "objectives left out");
    f("objective", c.objective, "losses");
    f("distil", c.distil, "the student");
  }
};

struct Recipe {
  DistilConfig distil;
  flashmotion::ComponentNode data{.use = "toy"};
  flashmotion::ComponentNode adapter;
  std::vector<StageConfig> stage;
  flashmotion::RawNode extra;

  static void fields(auto& f, auto& c) {
    f("distil", c.distil, "the student");
    f("data", c.data, "clips");
    f("adapter", c.adapter, "the adapter");
    f("stage", c.stage, "stages in order");
    f("extra", c.extra, "kept as it is");
  }
  void validate(flashmotion::Check& check) const { check.unique_names("stage"); }
};

struct InjectionConfig {
  std::int64_t width = 64;
  static void fields(auto& f, auto& c) { f("width", c.width, flashmotion::AtLeast{1}, "channels"); }
};

}  // namespace recipe_sample

template <>
struct flashmotion::EnumNames<recipe_sample::Precision> {
  static constexpr std::array<std::pair<recipe_sample::Precision, std::string_view>, 2> values{
      {{recipe_sample::Precision::float32, "float32"}, {recipe_sample::Precision::bfloat16, "bfloat16"}}};
};
