#include "flashmotion/io/sealed_safetensors.hpp"

#include "flashmotion/base/read_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

#include <fstream>
#include <string>

namespace sealed_safetensors_test {

using flashmotion::seal_damage;

const flashmotion::NamedTensors kTensors{{"a", torch::arange(6).to(torch::kFloat).reshape({2, 3})},
                                         {"b", torch::ones({3}, torch::kLong)}};

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST_CASE("a sealed file is read as any other, and every flipped bit of it is found", "[io][law]") {
  const TempFolder temp;
  const auto file = temp / "x.safetensors";
  write_sealed_safetensors(file, kTensors, {{"role", "generator"}});
  CHECK(seal_damage(file).empty());
  const flashmotion::SafetensorsFile opened(file);
  CHECK(opened.tensor("a").equal(kTensors[0].tensor));
  CHECK(opened.metadata().at("role") == "generator");
  CHECK(opened.metadata().at("sha256").size() == 64);

  const std::string whole = flashmotion::read_file(file.string());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 7)));
    write(file, bytes);
    INFO("byte " << i << " of " << whole.size());
    CHECK_FALSE(seal_damage(file).empty());
  }
  write(file, whole);
  CHECK(seal_damage(file).empty());
}

TEST_CASE("damage is a sentence that names the file", "[io][message]") {
  const TempFolder temp;
  const auto file = temp / "x.safetensors";
  write_safetensors(file, kTensors, {});
  CHECK_THAT(seal_damage(file),
             Catch::StartsWith("'" + file.string() + "' is damaged: its numbers have the SHA-256 ") &&
                 Catch::EndsWith(" and were written with none"));
  write(file, "no such file");
  CHECK_THAT(seal_damage(file), Catch::StartsWith("'" + file.string() + "' is damaged: "));
}

}  // namespace sealed_safetensors_test
