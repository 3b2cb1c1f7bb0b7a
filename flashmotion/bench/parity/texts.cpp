#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/wan/prompt_text.hpp"
#include "flashmotion/wan/tokenizer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

// Components whose inputs, and some results, are texts: they stand in fixture.json.

namespace flashmotion::parity {
namespace texts_detail {

using Json = nlohmann::json;

Tensor bytes(const std::string& text) {
  return torch::tensor(std::vector<std::uint8_t>(text.begin(), text.end()), torch::kUInt8);
}

}  // namespace texts_detail

NamedTensors compute_tokenizer(const Fixture& fixture) {
  const auto json = texts_detail::Json::parse(fixture.description);
  const auto& config = json.at("config");
  const wan::Tokenizer tokenizer(fixture.folder / "spiece.model", config.at("length").get<std::int64_t>(),
                                 config.at("sentinels").get<std::int64_t>());
  const auto texts = json.at("texts").get<std::vector<std::string>>();
  const wan::TokenBatch batch = tokenizer.encode(texts);
  NamedTensors computed{{"ids", batch.ids}, {"mask", batch.mask}};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    computed.push_back({fmt::format("full_ids.{}", i), torch::tensor(tokenizer.tokenize(texts[i]), torch::kLong)});
  }
  return computed;
}

NamedTensors wanted_tokenizer(const Fixture& fixture) {
  NamedTensors wanted;
  const auto json = texts_detail::Json::parse(fixture.description);
  for (const auto& ids : json.at("full_ids")) {
    wanted.push_back(
        {fmt::format("full_ids.{}", wanted.size()), torch::tensor(ids.get<std::vector<std::int64_t>>(), torch::kLong)});
  }
  return wanted;
}

NamedTensors compute_prompt_cleaning(const Fixture& fixture) {
  NamedTensors computed;
  const auto json = texts_detail::Json::parse(fixture.description);
  for (const auto& pair : json.at("pairs")) {
    computed.push_back({fmt::format("pairs.{}", computed.size()),
                        texts_detail::bytes(wan::clean_prompt(pair.at(0).get<std::string>()))});
  }
  std::size_t count = 0;
  for (const auto& entry : json.at("differs")) {
    computed.push_back({fmt::format("differs.{}", count++),
                        texts_detail::bytes(wan::clean_prompt(entry.at("text").get<std::string>()))});
  }
  return computed;
}

NamedTensors wanted_prompt_cleaning(const Fixture& fixture) {
  NamedTensors wanted;
  const auto json = texts_detail::Json::parse(fixture.description);
  for (const auto& pair : json.at("pairs")) {
    wanted.push_back({fmt::format("pairs.{}", wanted.size()), texts_detail::bytes(pair.at(1).get<std::string>())});
  }
  std::size_t count = 0;
  for (const auto& entry : json.at("differs")) {
    wanted.push_back({fmt::format("differs.{}", count++), texts_detail::bytes(entry.at("ours").get<std::string>())});
  }
  return wanted;
}

}  // namespace flashmotion::parity
