#include "flashmotion/train/recipe_tables.hpp"

#include "flashmotion/data/clip_folder.hpp"
#include "flashmotion/data/latent_store.hpp"
#include "flashmotion/data/linear_codec.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/plugin/parameters.hpp"
#include "flashmotion/train/recipe.hpp"
#include "flashmotion/wan/dit.hpp"

#include <utility>

namespace flashmotion {
namespace recipe_tables_detail {

// What one level of the recipe says of its tables: key and line.
class TableDocs {
 public:
  template <class V, class... R>
  void operator()(std::string_view key, const V& /*member*/, const R&... rules) {
    (note(key, rules), ...);
  }
  void component(const ComponentNode& /*member*/, std::string_view /*doc*/ = {}) {}

  [[nodiscard]] std::string of(std::string_view key) const {
    for (const auto& [name, doc] : docs_)
      if (name == key) return doc;
    return {};
  }

 private:
  template <class R>
  void note(std::string_view key, const R& rule) {
    if constexpr (std::is_convertible_v<const R&, std::string_view>)
      docs_.emplace_back(std::string(key), std::string(std::string_view(rule)));
  }

  std::vector<std::pair<std::string, std::string>> docs_;
};

template <ConfigStruct C>
std::string doc_of(std::string_view key) {
  TableDocs docs;
  const C preset{};
  C::fields(docs, preset);
  return docs.of(key);
}

RecipeTable table(std::string path, std::vector<ParameterDoc> keys, std::string kind = {}, std::string use = {}) {
  RecipeTable made{.path = std::move(path), .keys = {}};
  made.kind = std::move(kind);
  made.use = std::move(use);
  // Lists of tables and tables that may be missing have entries of their own.
  for (ParameterDoc& key : keys)
    if (key.type.find("table") == std::string::npos) made.keys.push_back(std::move(key));
  made.doc = doc_of<RecipeConfig>(made.path);
  return made;
}

RecipeTable list_of(RecipeTable made, bool required = false) {
  made.list = true;
  made.required = required;
  return made;
}

RecipeTable inside(RecipeTable made, std::string doc) {
  made.doc = std::move(doc);
  return made;
}

template <ConfigStruct C>
ComponentDoc part(const char* kind, const char* name, const char* doc) {
  return {kind, name, doc, describe_config<C>()};
}

}  // namespace recipe_tables_detail

std::vector<RecipeTable> recipe_tables() {
  using namespace recipe_tables_detail;
  const RecipeConfig preset;
  RecipeTable data = table("data", {}, "data");
  data.required = true;
  return {
      table("run", describe_config<RunConfig>()),
      table("health", describe_config<HealthConfig>()),
      std::move(data),
      table("codec", describe_config<CodecConfig>(), "codec", preset.codec.codec.use),
      table("text", describe_config<TextConfig>()),
      table("generator", {}, "generator", preset.generator.use),
      table("frozen", describe_config<FrozenConfig>()),
      table("trajectory", {}, "trajectory_encoder", preset.trajectory.use),
      table("adapter", {}, "adapter"),
      table("discriminator", describe_config<DiscriminatorConfig>(), "head"),
      table("plugins", describe_config<PluginsConfig>()),
      list_of(inside(table("plugins.used", describe_config<UsedPlugin>()), doc_of<PluginsConfig>("used"))),
      list_of(table("stage", describe_config<StageConfig>()), true),
      list_of(inside(table("stage.objective", describe_config<ObjectiveConfig>(), "objective"),
                     doc_of<StageConfig>("objective"))),
      list_of(table("sampler", describe_config<SamplerConfig>(), "sampler")),
      inside(table("sampler.high_noise", describe_config<HighNoiseConfig>()), doc_of<SamplerConfig>("high_noise")),
      list_of(table("variant", describe_config<VariantConfig>())),
      table("validation", describe_config<ValidationConfig>()),
      table("evaluation", describe_config<EvaluationConfig>()),
      list_of(table("expectation", describe_config<ExpectationConfig>())),
  };
}

std::vector<ComponentDoc> describe_parts() {
  using recipe_tables_detail::part;
  return {part<ToyMotionConfig>("data", "toy_motion", "sprites that move, turn and bounce off the walls"),
          part<ClipFolderConfig>("data", "clip_folder", "a folder of real clips with masks"),
          part<LatentStoreConfig>("data", "latents", "clips that 'flashmotion cache' encoded ahead of time"),
          part<LinearCodecConfig>("codec", "linear", "principal components of patches, fitted in closed form"),
          part<WanVaeConfig>("codec", "wan_vae", "the autoencoder of a Wan checkpoint"),
          part<wan::DitConfig>("generator", "wan_dit", "Wan's diffusion transformer; presets of TI2V-5B")};
}

}  // namespace flashmotion
