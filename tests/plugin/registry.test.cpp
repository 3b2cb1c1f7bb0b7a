#include "flashmotion/plugin/registry.hpp"

#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "tests/plugin/fixtures/tiny_parts.hpp"
#include "tests/plugin/plugin_support.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace registry_test {

using namespace plugin_support;
using flashmotion::BuildContext;
using flashmotion::IAdapter;
using flashmotion::PluginError;
using flashmotion::RecipeError;
using flashmotion::Registry;

Registry<IAdapter> two_adapters() {
  Registry<IAdapter> registry;
  registry.add(flashmotion::adapter<tiny_parts::TinyAdapter>("controlnet", "copies blocks"), test_origin());
  registry.add(flashmotion::adapter<tiny_parts::TinyAdapter>("injection", "adds features"));
  return registry;
}

TEST_CASE("a registry is a value with names in order", "[plugin][unit]") {
  const Registry<IAdapter> registry = two_adapters();
  CHECK(registry.names() == std::vector<std::string>{"controlnet", "injection"});
  REQUIRE(registry.find("injection") != nullptr);
  CHECK(registry.find("injection")->doc == "adds features");
  CHECK(registry.find("injection")->entry.describe().front().key == "scale");
  CHECK(registry.find("inject") == nullptr);
}

TEST_CASE("a component is built from its table", "[plugin][unit]") {
  const Recipe recipe("use = 'injection'\nscale = 0.25\n");
  const auto adapter = two_adapters().make(recipe.component(), BuildContext{});
  REQUIRE(adapter);
  CHECK(adapter->named_tensors().at(0).tensor.item<float>() == 0.25F);
}

TEST_CASE("the owner's keys are not the component's", "[plugin][unit]") {
  const Recipe recipe("use = 'injection'\nweight = 2.0\n");
  flashmotion::ComponentNode table = recipe.component();
  CHECK(message_of<RecipeError>([&] {
          (void)two_adapters().make(table, BuildContext{});
        }).find("unknown key 'weight'") != std::string::npos);
  table.owner_keys = {"weight"};
  CHECK(two_adapters().make(table, BuildContext{}) != nullptr);
}

TEST_CASE("the same name twice names both origins", "[plugin][message]") {
  Registry<IAdapter> registry = two_adapters();
  CHECK(message_of<PluginError>(
            [&] { registry.add(flashmotion::adapter<tiny_parts::TinyAdapter>("controlnet", "again")); }) ==
        "the adapter 'controlnet' exists twice: plugin controlnet_adapter 0.1.0 (/plugins/controlnet_adapter.so) and "
        "built in; rename one or name only one of the files");
  CHECK(registry.names().size() == 2);
}

TEST_CASE("an unknown name is answered with the nearest, or with all", "[plugin][message]") {
  const Registry<IAdapter> registry = two_adapters();
  const auto answer = [&](const std::string& name) {
    const Recipe recipe("use = '" + name + "'\n");
    return message_of<RecipeError>([&] { (void)registry.make(recipe.component(), BuildContext{}); });
  };
  CHECK(answer("controlnett") ==
        "test.toml:1:7: no adapter named 'controlnett'; did you mean 'controlnet' (from plugin controlnet_adapter "
        "0.1.0)?");
  CHECK(answer("injecton") == "test.toml:1:7: no adapter named 'injecton'; did you mean 'injection'?");
  CHECK(answer("lora") ==
        "test.toml:1:7: no adapter named 'lora'; known adapters: 'controlnet', 'injection'; one of your own needs its "
        "file: --plugin FILE, or [plugins] files");

  const Recipe recipe("use = 'conv'\n");
  CHECK(message_of<RecipeError>([&] {
          (void)Registry<flashmotion::IDiscriminatorHead>().make(recipe.component(), BuildContext{});
        }) == "test.toml:1:7: no discriminator head named 'conv'; none is known, a plugin has to bring it");
}

TEST_CASE("the refusal of the file that would bring it is told", "[plugin][message]") {
  Registry<IAdapter> registry = two_adapters();
  registry.add_refusal({"lora", "plugin lora 0.1.0 (/p/lora.so) was refused: built for LibTorch 2.10"});
  const Recipe recipe("use = 'lora'\n");
  CHECK(message_of<RecipeError>([&] { (void)registry.make(recipe.component(), BuildContext{}); }) ==
        "test.toml:1:7: no adapter named 'lora'; known adapters: 'controlnet', 'injection'; one of your own needs its "
        "file: --plugin FILE, or [plugins] files\n"
        "    plugin lora 0.1.0 (/p/lora.so) was refused: built for LibTorch 2.10");
  flashmotion::Diagnostics diagnostics;
  flashmotion::ComponentNode table = recipe.component();
  registry.check(table, diagnostics);
  CHECK(diagnostics.text().find("was refused: built for LibTorch 2.10") != std::string::npos);
}

TEST_CASE("checking reports every mistake and builds nothing", "[plugin][message]") {
  const Registry<IAdapter> registry = two_adapters();
  for (const char* use : {"controlnet", "injection"}) {
    // The factory of this table would throw.
    const Recipe recipe("use = '" + std::string(use) + "'\nscale = 2.0\nwidht = 3\nwrong = 'factory'\n");
    flashmotion::ComponentNode table = recipe.component();
    flashmotion::Diagnostics diagnostics;
    registry.check(table, diagnostics);
    CHECK(diagnostics.count() == 2);
    CHECK(diagnostics.text().find("test.toml:2:9: error: 'scale' must be between 0 and 1, found 2") !=
          std::string::npos);
    CHECK(diagnostics.text().find("test.toml:3:1: error: unknown key 'widht'") != std::string::npos);
  }
}

TEST_CASE("checking fills in the table with all defaults", "[plugin][unit]") {
  const Recipe recipe("use = 'controlnet'\nscale = 0.75\n");
  flashmotion::ComponentNode table = recipe.component();
  flashmotion::Diagnostics diagnostics;
  two_adapters().check(table, diagnostics);
  INFO(diagnostics.text());
  CHECK(diagnostics.empty());
  REQUIRE(table.resolved);
  CHECK(table.resolved->child("scale")->floating_value() == 0.75);
  CHECK(table.resolved->child("width")->integer_value() == 8);
}

TEST_CASE("no component asked for is nothing to check", "[plugin][unit]") {
  flashmotion::ComponentNode none;
  flashmotion::Diagnostics diagnostics;
  two_adapters().check(none, diagnostics);
  CHECK(diagnostics.empty());
}

}  // namespace registry_test
