#pragma once

#include "flashmotion/bench/parity/fixture.hpp"
#include "flashmotion/wan/checkpoint.hpp"

#include <initializer_list>
#include <string_view>

namespace flashmotion::parity {

/// The network of a fixture: its weights under the original names, and the fixture's configuration. Throws InputError
/// when there are no weights, or when they are of none of these kinds.
[[nodiscard]] wan::CheckpointComponent stored_network(const Fixture& fixture,
                                                      std::initializer_list<wan::ModelKind> kinds);

/// One of several transformers in a fixture's file: the tensors whose names begin with the prefix, without it.
[[nodiscard]] wan::CheckpointComponent stored_transformer(const Fixture& fixture, std::string_view prefix);

}  // namespace flashmotion::parity
