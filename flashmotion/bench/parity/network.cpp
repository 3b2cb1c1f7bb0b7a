#include "flashmotion/bench/parity/network.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion::parity {
namespace network_detail {

const SafetensorsFile& weights(const Fixture& fixture) {
  if (!fixture.weights) throw InputError(fmt::format("'{}' has no model.safetensors", fixture.folder.string()));
  return *fixture.weights;
}

JsonValue settings(const Fixture& fixture) {
  return JsonValue::parse(fixture.config, (fixture.folder / "fixture.json").string() + ", 'config'");
}

}  // namespace network_detail

wan::CheckpointComponent stored_network(const Fixture& fixture, std::initializer_list<wan::ModelKind> kinds) {
  const wan::Checkpoint checkpoint = wan::open_checkpoint(network_detail::weights(fixture).path());
  wan::CheckpointComponent stored = checkpoint.components.front();
  if (std::find(kinds.begin(), kinds.end(), stored.kind) == kinds.end()) {
    throw InputError(fmt::format("the weights in '{}' are those of a {}, which this component is not",
                                 fixture.folder.string(), to_string(stored.kind)));
  }
  stored.config = network_detail::settings(fixture);
  return stored;
}

wan::CheckpointComponent stored_transformer(const Fixture& fixture, std::string_view prefix) {
  const SafetensorsFile& file = network_detail::weights(fixture);
  wan::CheckpointComponent stored;
  stored.path = file.path();
  stored.config = network_detail::settings(fixture);
  const auto map = std::make_shared<const MappedFile>(file.file());
  for (const std::string& name : file.names()) {
    if (!name.starts_with(prefix)) continue;
    stored.tensors.push_back({name.substr(prefix.size()), {{name, file.tensor(name), map}}, {}});
  }
  std::sort(stored.tensors.begin(), stored.tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return stored;
}

}  // namespace flashmotion::parity
