#include "tests/lint/include_rules.hpp"
#include "tests/lint/source_tree.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace includes_test {

lint::Findings of(const std::string& path, const std::string& include) {
  return lint::check_includes(lint::made_up(path, "#pragma once\n#include " + include + "\n"));
}

}  // namespace includes_test

TEST_CASE("the tree's includes go from upper layers to lower ones", "[lint][unit]") {
  lint::Findings findings;
  const auto tree = lint::read_tree(FLASHMOTION_TEST_SOURCE_DIR);
  REQUIRE(tree.size() > 20);
  for (const lint::SourceFile& file : tree) lint::append(findings, lint::check_includes(file));
  INFO(lint::joined(findings));
  CHECK(findings.empty());
}

TEST_CASE("an include that goes upwards is found", "[lint][unit]") {
  using includes_test::of;
  CHECK(of("flashmotion/core/a.hpp", "\"flashmotion/train/stage.hpp\"").size() == 1);
  CHECK(of("flashmotion/core/a.hpp", "\"flashmotion/recipe/node.hpp\"").size() == 1);
  CHECK(of("flashmotion/core/a.hpp", "\"flashmotion/base/error.hpp\"").empty());
  CHECK(of("flashmotion/base/a.cpp", "\"flashmotion/core/rng.hpp\"").size() == 1);
  CHECK(of("flashmotion/kernels/a.cu", "\"flashmotion/core/rng.hpp\"").size() == 1);
  CHECK(of("flashmotion/train/a.cpp", "\"flashmotion/cli/run.hpp\"").size() == 1);
  CHECK(of("flashmotion/train/a.cpp", "\"flashmotion/plugin/host.hpp\"").empty());
  CHECK(of("flashmotion/io/a.cpp", "\"flashmotion/wan/dit.hpp\"").size() == 1);
  CHECK(of("flashmotion/train/a.cpp", "\"flashmotion/flashmotion.hpp\"").size() == 1);
  CHECK(of("flashmotion/new_folder/a.cpp", "\"flashmotion/base/error.hpp\"").size() == 1);
  CHECK(of("flashmotion/nn/a.cpp", "\"flashmotion/wan/detail/b.hpp\"").size() == 1);
  CHECK(of("flashmotion/wan/a.cpp", "\"flashmotion/wan/detail/b.hpp\"").empty());
}

TEST_CASE("what a plugin or an example may not reach is found", "[lint][unit]") {
  using includes_test::of;
  CHECK(of("plugins/p/plugin.cpp", "\"flashmotion/train/stage.hpp\"").size() == 1);
  CHECK(of("plugins/p/plugin.cpp", "\"flashmotion/recipe/toml_document.hpp\"").size() == 1);
  CHECK(of("plugins/p/plugin.cpp", "\"flashmotion/recipe/fields.hpp\"").empty());
  CHECK(of("plugins/p/plugin.cpp", "\"plugins/q/q.hpp\"").size() == 1);
  CHECK(of("plugins/p/plugin.cpp", "\"plugins/p/p.hpp\"").empty());
  CHECK(of("examples/01_a.cpp", "\"flashmotion/nn/detail/b.hpp\"").size() == 1);
  CHECK(of("flashmotion/train/a.cpp", "\"tests/support/laws.hpp\"").size() == 1);
  CHECK(of("flashmotion/train/a.cpp", "\"stage.hpp\"").size() == 1);
  CHECK(of("flashmotion/train/a.cpp", "\"../core/rng.hpp\"").size() == 1);
}

TEST_CASE("third-party headers in the wrong place are found", "[lint][unit]") {
  using includes_test::of;
  CHECK(of("flashmotion/objectives/a.hpp", "<torch/torch.h>").size() == 1);
  CHECK(of("flashmotion/core/a.cpp", "<ATen/ATen.h>").size() == 1);
  CHECK(of("flashmotion/core/a.cpp", "<ATen/ops/add.h>").empty());
  CHECK(of("flashmotion/io/a.hpp", "<torch/torch.h>").size() == 1);
  CHECK(of("flashmotion/io/a.hpp", "<nlohmann/json.hpp>").size() == 1);
  CHECK(of("flashmotion/io/a.cpp", "<nlohmann/json.hpp>").empty());
  CHECK(of("flashmotion/train/a.cpp", "<libavformat/avformat.h>").size() == 1);
  CHECK(of("flashmotion/kernels/a.cu", "<ATen/core/Tensor.h>").size() == 1);
  CHECK(of("flashmotion/base/a.cpp", "<c10/util/Exception.h>").size() == 1);
  CHECK(of("flashmotion/recipe/a.hpp", "<toml++/toml.h>").size() == 1);
  CHECK(of("flashmotion/recipe/a.cpp", "<toml++/toml.h>").empty());
  CHECK(of("flashmotion/train/a.cpp", "<toml++/toml.h>").size() == 1);
  CHECK(of("flashmotion/plugin/host.cpp", "<boost/dll.hpp>").size() == 1);
  CHECK(of("flashmotion/plugin/library.cpp", "<boost/dll.hpp>").empty());
  CHECK(of("flashmotion/plugin/abi_stamp.hpp", "<torch/version.h>").empty());
  CHECK(of("flashmotion/plugin/part.hpp", "\"flashmotion/recipe/dumper.hpp\"").empty());
  CHECK(of("flashmotion/plugin/part.hpp", "\"flashmotion/recipe/toml_document.hpp\"").size() == 1);
  CHECK(of("tests/core/a.test.cpp", "<catch2/catch.hpp>").size() == 1);
}

TEST_CASE("who calls an operator includes its header", "[lint][unit]") {
  const std::filesystem::path operators = std::filesystem::path(FLASHMOTION_TORCH_INCLUDE) / "ATen" / "ops";
  REQUIRE(std::filesystem::exists(operators / "add.h"));
  const auto has_header = [&](const std::string& name) { return std::filesystem::exists(operators / (name + ".h")); };

  const auto tree = lint::read_tree(FLASHMOTION_TEST_SOURCE_DIR);
  std::map<std::string, const lint::SourceFile*> by_path;
  for (const lint::SourceFile& file : tree) by_path[file.path] = &file;
  lint::Findings findings;
  for (const lint::SourceFile& file : tree) {
    if (!lint::is_source(file.path) || file.path.starts_with("tests/lint/")) continue;
    const auto own = by_path.find(file.path.substr(0, file.path.rfind('.')) + ".hpp");
    lint::append(findings, lint::missing_operators(file, own == by_path.end() ? nullptr : own->second, has_header));
  }
  INFO(lint::joined(findings));
  CHECK(findings.empty());

  const auto bad = lint::made_up("flashmotion/io/a.cpp", "at::cat({x, y});\nat::no_such_thing(x);\n");
  CHECK(lint::missing_operators(bad, nullptr, has_header).size() == 1);
  const auto good = lint::made_up("flashmotion/io/a.cpp", "#include <ATen/ops/cat.h>\nat::cat({x, y});\n");
  CHECK(lint::missing_operators(good, nullptr, has_header).empty());
}
