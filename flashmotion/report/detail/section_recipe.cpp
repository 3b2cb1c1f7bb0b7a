#include "flashmotion/base/sha256.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/sections.hpp"
#include "flashmotion/version.hpp"

#include <fmt/format.h>

namespace flashmotion::report_detail {
namespace section_recipe {

std::string environment(const EnvironmentEntry& e) {
  std::string html = "<dl class=\"versions\">";
  const auto entry = [&](const char* name, const std::string& value) {
    if (!value.empty()) html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escape_html(value));
  };
  entry("FlashMotion", e.flashmotion);
  entry("LibTorch", e.libtorch);
  entry("Compiler", e.compiler);
  entry("Build", e.build);
  entry("Processor", e.processor);
  entry("Cores", e.cores > 0 ? fmt::format("{}", e.cores) : "");
  entry("Vector instructions", e.instructions);
  return html + "</dl>";
}

std::string plugin_table(const RunData& run) {
  if (run.plugins.empty()) return "<p class=\"missing\">No plugins are recorded.</p>";
  std::string html =
      "<div class=\"wide\"><table class=\"plugins\"><thead><tr><th scope=\"col\">Plugin</th><th "
      "scope=\"col\">Version</th><th scope=\"col\">SHA-256</th></tr></thead><tbody>";
  for (const PluginEntry& plugin : run.plugins) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>",
                        escape_html(plugin.name), escape_html(plugin.version), escape_html(plugin.sha256));
  }
  return html + "</tbody></table></div>";
}

}  // namespace section_recipe

std::string recipe_section(const RunData& run) {
  std::string html = "<section id=\"recipe\"><h2>Recipe</h2>";
  if (run.recipe.empty()) return html + "<p class=\"missing\">The folder holds no recipe.resolved.toml.</p></section>";
  return html + fmt::format(
                    "<p class=\"note\">With every default filled in; running this text gives the same run. SHA-256 "
                    "<code>{}</code></p><details><summary>Show the recipe</summary><pre>{}</pre></details></section>",
                    sha256_hex(run.recipe), escape_html(run.recipe));
}

std::string environment_section(const RunData& run) {
  using namespace section_recipe;
  std::string html = "<section id=\"environment\"><h2>Environment</h2>";
  if (run.environments.empty()) html += "<p class=\"missing\">The run does not say what it was worked on with.</p>";
  if (run.environments.size() > 1) {
    html +=
        fmt::format("<p>The run was worked on in {} environments, one after the other.</p>", run.environments.size());
  }
  for (const EnvironmentEntry& e : run.environments) html += environment(e);
  html +=
      fmt::format("<p class=\"note\">This page was written by FlashMotion {} ({}, {}, LibTorch {}).</p>",
                  escape_html(kVersion), escape_html(kBuildType), escape_html(kCompiler), escape_html(kTorchVersion));
  return html + plugin_table(run) + "</section>";
}

}  // namespace flashmotion::report_detail
