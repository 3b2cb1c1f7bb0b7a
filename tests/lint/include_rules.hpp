#pragma once

// The direction of dependency: which file may include which. The table stands in
// docs/architecture.md; here it is in a form that a test can read.
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lint/source_tree.hpp"

namespace lint {

/// Layer of each folder below flashmotion/. A file includes its own layer and those below.
inline const std::map<std::string, int, std::less<>>& layers() {
  static const std::map<std::string, int, std::less<>> kLayers = {
      {"base", 0},    {"recipe", 1},     {"core", 2},      {"objectives", 3}, {"samplers", 3},
      {"metrics", 3}, {"trajectory", 3}, {"io", 3},        {"kernels", 3},    {"nn", 4},
      {"wan", 4},     {"data", 4},       {"processes", 5}, {"plugin", 5},     {"train", 6},
      {"bench", 6},   {"report", 6},     {"pipeline", 6},  {"timing", 7},     {"cli", 8}};
  return kLayers;
}

struct Include {
  std::string path;
  bool quoted = false;
};

/// The include on this line, if it is one.
inline std::optional<Include> include_on(std::string_view line) {
  const auto hash = line.find_first_not_of(" \t");
  if (hash == std::string_view::npos || line[hash] != '#') return std::nullopt;
  const auto word = line.find_first_not_of(" \t", hash + 1);
  if (word == std::string_view::npos || !line.substr(word).starts_with("include")) return std::nullopt;
  const auto open = line.find_first_of("<\"", word);
  if (open == std::string_view::npos) return std::nullopt;
  const auto close = line.find_first_of(">\"", open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return Include{std::string(line.substr(open + 1, close - open - 1)), line[open] == '"'};
}

inline bool is_test(std::string_view path) { return path.starts_with("tests/") || path.ends_with(".test.cpp"); }

/// Why a library file must not include another library file; empty when it may.
inline std::string wrong_direction(const std::string& from, const std::string& to) {
  if (to == "flashmotion/flashmotion.hpp") return "the umbrella header is for users, never for the library";
  const std::string source = area(from);
  const std::string target = area(to);
  if (target == "flashmotion") return {};  // version.hpp
  const auto target_layer = layers().find(target);
  if (target_layer == layers().end()) return "'flashmotion/" + target + "' is in no layer; add it to the table";
  const auto detail = to.find("/detail/");
  if (detail != std::string::npos && !from.starts_with(to.substr(0, detail + 1))) {
    return "what lies in detail/ is used by its own folder only";
  }
  const bool recipe_for_plugins = to == "flashmotion/recipe/node.hpp" || to == "flashmotion/recipe/fields.hpp" ||
                                  to == "flashmotion/recipe/reader.hpp";
  if (source == "plugins") {
    const bool banned = target == "train" || target == "cli" || target == "bench" || target == "report";
    if (banned || (target == "recipe" && !recipe_for_plugins))
      return "a plugin must not include " + target + "'s headers";
    return {};
  }
  if (source == "examples" || source == "experiments" || source == "benchmarks" || source == "flashmotion") return {};
  const auto source_layer = layers().find(source);
  if (source_layer == layers().end()) return "'flashmotion/" + source + "' is in no layer; add it to the table";
  if (source_layer->second < target_layer->second) return "'" + source + "' lies below '" + target + "'";
  if (source == "core" && target == "recipe") return "core does not know recipes";
  if (source == "kernels" && target != "base" && target != "kernels") return "kernels include base only";
  if (source == "plugin" && target == "recipe" && !recipe_for_plugins) {
    // What checking and describing a component's table takes. None of it knows toml++.
    const bool table = to == "flashmotion/recipe/component.hpp" || to == "flashmotion/recipe/diagnostics.hpp" ||
                       to == "flashmotion/recipe/dumper.hpp" || to == "flashmotion/recipe/tree.hpp";
    if (!table) return "the plugin SDK includes what reads and dumps a component's table, no more of recipe";
  }
  return {};
}

/// Why a file must not include a third party's header; empty when it may.
inline std::string wrong_third_party(const std::string& from, const std::string& header) {
  const std::string source = area(from);
  const bool torch = starts_with_any(header, {"torch/", "ATen/", "c10/"});
  // torch/version.h holds three macros.
  const bool heavy = (header.starts_with("torch/") && header != "torch/version.h") || header == "ATen/ATen.h" ||
                     header == "ATen/Functions.h";
  const bool light_layer = source == "core" || source == "objectives" || source == "samplers" || source == "metrics" ||
                           source == "trajectory";
  if (torch && (source == "base" || source == "recipe")) return "this layer knows no tensors";
  if (torch && source == "kernels") return "kernels include no LibTorch header";
  if (heavy && light_layer) return "this layer includes ATen/core/Tensor.h and single operator headers only";
  if (heavy && is_header(from) && (source == "io" || source == "plugin")) return "too heavy for this header";
  if (header.starts_with("toml++/") && !(source == "recipe" && !is_header(from)))
    return "toml++ is for recipe's .cpp files";
  if (header.starts_with("boost/") && from != "flashmotion/plugin/library.cpp" &&
      from != "flashmotion/plugin/export.hpp" && from != "cmake/collisions.hpp") {
    return "Boost is for plugin/library.cpp and plugin/export.hpp";
  }
  if (starts_with_any(header, {"libavformat/", "libavcodec/", "libavutil/", "libswscale/", "nlohmann/"}) ||
      header == "png.h" || header == "zlib.h" || header == "utf8proc.h" || header == "sentencepiece_processor.h") {
    if (is_header(from)) return "this library is for .cpp files";
  }
  if (starts_with_any(header, {"libav", "libsw"}) && source != "io") return "FFmpeg is for io's .cpp files";
  if (header.starts_with("opencv2/") && from != "flashmotion/kernels/dense_flow.cpp") {
    return "OpenCV is for kernels/dense_flow.cpp";
  }
  if (header == "sentencepiece_processor.h" && from != "flashmotion/wan/pieces/sentencepiece.cpp") {
    return "SentencePiece is for wan/pieces/sentencepiece.cpp";
  }
  if (header.starts_with("cxxopts") && source != "cli") return "cxxopts is for cli";
  if (header == "range/v3/all.hpp") return "include the single view instead";
  if (header.starts_with("catch2/")) return "tests reach Catch2 through tests/support/catch.hpp";
  return {};
}

/// All broken include rules of one file.
inline Findings check_includes(const SourceFile& file) {
  Findings findings;
  if (!is_source(file.path)) return findings;
  const bool outside = starts_with_any(file.path, {"examples/", "experiments/", "benchmarks/"});
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::optional<Include> include = include_on(file.lines[i]);
    if (!include) continue;
    const bool ours =
        starts_with_any(include->path, {"flashmotion/", "plugins/", "tests/", "examples/", "benchmarks/"});
    std::string why;
    if (include->path.find("../") != std::string::npos || (include->quoted && !ours)) {
      why = "includes are full paths from the root";
    } else if (is_test(file.path)) {
      const bool wrapper = file.path == "tests/support/catch.hpp" || file.path == "tests/support/main.cpp";
      if (include->path.starts_with("catch2/") && !wrapper) why = wrong_third_party(file.path, include->path);
    } else if (include->path.starts_with("tests/")) {
      why = "only tests include tests";
    } else if (include->path.starts_with("plugins/")) {
      const std::string own = file.path.substr(0, file.path.rfind('/') + 1);
      if (!file.path.starts_with("plugins/") || !include->path.starts_with(own)) {
        why = "a plugin's headers are its own";
      }
    } else if (outside && include->path.find("/detail/") != std::string::npos) {
      why = "examples use public headers only";
    } else if (include->path.starts_with("flashmotion/")) {
      if (!outside) why = wrong_direction(file.path, include->path);
    } else if (!outside) {
      why = wrong_third_party(file.path, include->path);
    }
    if (!why.empty()) findings.push_back(at(file, i) + "includes '" + include->path + "': " + why);
  }
  return findings;
}

/// Operators `at::NAME(` that a file calls and whose header neither it nor its own header includes. A precompiled
/// header hides this until the day that somebody builds without. `has_header` knows which NAME is an operator.
template <class HasHeader>
Findings missing_operators(const SourceFile& file, const SourceFile* own_header, const HasHeader& has_header) {
  std::set<std::string> included;
  for (const SourceFile* source : {&file, own_header}) {
    if (source == nullptr) continue;
    for (const std::string& line : source->lines) {
      const auto include = include_on(line);
      if (!include) continue;
      if (include->path.starts_with("torch/") || include->path == "ATen/ATen.h") return {};
      included.insert(include->path);
    }
  }
  Findings findings;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string line = file.lines[i].substr(0, file.lines[i].find("//"));
    for (auto from = line.find("at::"); from != std::string::npos; from = line.find("at::", from + 1)) {
      if (from > 0 && (std::isalnum(static_cast<unsigned char>(line[from - 1])) != 0 || line[from - 1] == '_'))
        continue;
      const auto end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", from + 4);
      if (end == std::string::npos || line[end] != '(') continue;
      const std::string name = line.substr(from + 4, end - from - 4);
      if (included.contains("ATen/ops/" + name + ".h") || !has_header(name)) continue;
      findings.push_back(at(file, i) + "calls at::" + name + " and does not include <ATen/ops/" + name + ".h>");
    }
  }
  return findings;
}

}  // namespace lint
