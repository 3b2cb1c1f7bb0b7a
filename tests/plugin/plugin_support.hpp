#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/plugin/origin.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/toml_document.hpp"

#include <memory>
#include <string>

namespace plugin_support {

/// A recipe text that is one component's table.
class Recipe {
 public:
  explicit Recipe(const std::string& text) : document_(flashmotion::TomlDocument::from_text(text, "test.toml")) {}

  [[nodiscard]] flashmotion::ComponentNode component() const {
    flashmotion::ComponentNode table;
    const flashmotion::ConfigNode* use = document_.root().child("use");
    table.use = std::string(use->string_value());
    table.use_region = use->region();
    table.table = &document_.root();
    return table;
  }

 private:
  flashmotion::TomlDocument document_;
};

/// Text of the error of type E that the call throws; another text when it throws none.
template <class E, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

inline flashmotion::Origin test_origin() {
  return std::make_shared<const flashmotion::PluginOrigin>(
      flashmotion::PluginOrigin{"controlnet_adapter", "0.1.0", "/plugins/controlnet_adapter.so", nullptr});
}

}  // namespace plugin_support
