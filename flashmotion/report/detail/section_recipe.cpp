#include "flashmotion/base/sha256.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/sections.hpp"
#include "flashmotion/version.hpp"

#include <fmt/format.h>

namespace flashmotion::report_detail {

std::string recipe_section(const RunData& run) {
  std::string html = "<section id=\"recipe\"><h2>Recipe</h2>";
  if (run.recipe.empty()) return html + "<p class=\"missing\">The folder holds no recipe.resolved.toml.</p></section>";
  return html + fmt::format(
                    "<p class=\"note\">With every default filled in; running this text gives the same run. SHA-256 "
                    "<code>{}</code></p><details><summary>Show the recipe</summary><pre>{}</pre></details></section>",
                    sha256_hex(run.recipe), escape_html(run.recipe));
}

std::string version_section(const RunData& run) {
  std::string html = fmt::format(
      "<section id=\"versions\"><h2>Versions</h2><p class=\"note\">Of the program that wrote this page.</p><dl "
      "class=\"versions\"><div><dt>FlashMotion</dt><dd>{}</dd></div><div><dt>LibTorch</dt><dd>{}</dd></"
      "div><div><dt>Compiler</dt>"
      "<dd>{}</dd></div><div><dt>Build</dt><dd>{}</dd></div></dl>",
      escape_html(kVersion), escape_html(kTorchVersion), escape_html(kCompiler), escape_html(kBuildType));
  if (run.plugins.empty()) return html + "<p class=\"missing\">No plugins are recorded.</p></section>";
  html +=
      "<div class=\"wide\"><table class=\"plugins\"><thead><tr><th scope=\"col\">Plugin</th><th "
      "scope=\"col\">Version</th><th "
      "scope=\"col\">SHA-256</th></tr></thead><tbody>";
  for (const PluginEntry& plugin : run.plugins) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>",
                        escape_html(plugin.name), escape_html(plugin.version), escape_html(plugin.sha256));
  }
  return html + "</tbody></table></div></section>";
}

}  // namespace flashmotion::report_detail
