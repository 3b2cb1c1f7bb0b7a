#include "flashmotion/bench/parity/fixture.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace flashmotion::parity {

std::optional<Tensor> Fixture::find_input(std::string_view name) const {
  if (!inputs || !inputs->contains(name)) return std::nullopt;
  return inputs->tensor(name);
}

Tensor Fixture::input(std::string_view name) const {
  if (!inputs) throw InputError(fmt::format("'{}' has no inputs.safetensors", folder.string()));
  return inputs->tensor(name);
}

Fixture read_fixture(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const fs::path description = folder / "fixture.json";
  if (!fs::is_directory(folder)) throw InputError(fmt::format("there is no folder '{}'", folder.string()));
  if (!fs::exists(description)) {
    throw InputError(fmt::format("'{}' is no fixture: it has no fixture.json", folder.string()));
  }
  Fixture fixture;
  fixture.folder = folder;
  try {
    fixture.description = read_file(description.string());
    const auto json = nlohmann::json::parse(fixture.description);
    fixture.component = json.at("component").get<std::string>();
    fixture.layout = json.at("layout").get<std::string>();
    fixture.config = json.at("config").dump();
    fixture.absolute = json.at("tolerance").at("atol").get<double>();
    fixture.relative = json.at("tolerance").at("rtol").get<double>();
  } catch (const nlohmann::json::exception& problem) {
    throw InputError(fmt::format("'{}' is damaged: {}", description.string(), problem.what()));
  }
  const auto open = [&](const char* name) -> std::optional<SafetensorsFile> {
    if (!fs::exists(folder / name)) return std::nullopt;
    return SafetensorsFile(folder / name);
  };
  fixture.weights = open("model.safetensors");
  fixture.inputs = open("inputs.safetensors");
  fixture.expected = open("expected.safetensors");
  return fixture;
}

}  // namespace flashmotion::parity
