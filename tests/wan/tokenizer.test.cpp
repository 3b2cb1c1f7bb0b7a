#include "flashmotion/wan/tokenizer.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/io/script_module.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_fixtures.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace tokenizer_test {

using flashmotion::InputError;
using flashmotion::wan::Tokenizer;

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("ids are those of the public tokenizers", "[wan][tokenizer][golden]") {
  const auto folder = kept_fixture("tokenizer");
  const auto about = nlohmann::json::parse(flashmotion::read_file((folder / "fixture.json").string()));
  const auto texts = about.at("texts").get<std::vector<std::string>>();
  const auto want = about.at("full_ids").get<std::vector<std::vector<std::int64_t>>>();
  const Tokenizer tokenizer(folder, about.at("config").at("length").get<std::int64_t>());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    INFO(texts[i]);
    CHECK(tokenizer.tokenize(texts[i]) == want[i]);
  }
  const flashmotion::SafetensorsFile expected(folder / "expected.safetensors");
  const auto batch = tokenizer.encode(texts);
  CHECK_THAT(batch.ids, compare::equal_to(expected.tensor("ids")));
  CHECK_THAT(batch.mask, compare::equal_to(expected.tensor("mask")));
}

// Both SentencePiece and LibTorch have a variable FLAGS_minloglevel; TorchScript waits forever when they share it.
// AddressSanitizer does not have the way in which they are kept apart.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("TorchScript runs beside a tokenizer", "[wan][tokenizer][unit]") {
  const Tokenizer tokenizer(kept_fixture("tokenizer"));
  CHECK(tokenizer.vocabulary() > 0);
  const TempFolder folder;
  save_script(folder / "program.pt", "def forward(self, x):\n  return x + 1\n");
  const flashmotion::ScriptModule program(folder / "program.pt");
  CHECK(program({torch::ones({2})}).equal(torch::full({2}, 2.0F)));
}
#endif

TEST_CASE("a prompt of 100,000 characters is cut to its length", "[wan][tokenizer][unit]") {
  const Tokenizer tokenizer(kept_fixture("tokenizer") / "spiece.model");
  CHECK(tokenizer.length() == 512);
  std::string text;
  while (text.size() < 100'000) text += "A red ball \xE2\x9A\xBD rolls. ";
  const auto batch = tokenizer.encode(std::vector<std::string>{text, "A"});
  REQUIRE(batch.ids.sizes() == at::IntArrayRef({2, 512}));
  CHECK(batch.ids[0][511].item<std::int64_t>() == 1);
  CHECK(batch.mask.sum(1)[0].item<std::int64_t>() == 512);
  const auto whole = tokenizer.tokenize(text);
  CHECK_THAT(batch.ids[0].narrow(0, 0, 511),
             compare::equal_to(torch::tensor(std::vector<std::int64_t>(whole.begin(), whole.begin() + 511))));
  CHECK(batch.mask.sum(1)[1].item<std::int64_t>() == static_cast<std::int64_t>(tokenizer.tokenize("A").size()));
}

TEST_CASE("bytes that are no text are refused", "[wan][tokenizer][message]") {
  const Tokenizer tokenizer(kept_fixture("tokenizer"));
  CHECK_THROWS_WITH(tokenizer.tokenize(std::string("a\0b", 3)), "The prompt holds a NUL byte at byte 1; remove it");
  CHECK_THROWS_WITH(tokenizer.tokenize("caf\xE9 noir"),
                    "The prompt is not valid UTF-8 at byte 3 (0xe9); save it as UTF-8");
}

TEST_CASE("a folder or file without a tokenizer is told", "[wan][tokenizer][message]") {
  const TempFolder folder;
  const std::string name = folder.path().string();
  CHECK_THROWS_WITH(Tokenizer(folder.path()),
                    "'" + name + "' has no 'spiece.model'; name the tokenizer's folder or file");
  write(folder / "tokenizer.json", "{}");
  CHECK_THROWS_WITH(Tokenizer(folder.path()), Catch::StartsWith("'" + name + "' has a 'tokenizer.json' and no "));
  CHECK_THROWS_WITH(Tokenizer(folder / "no.model"), Catch::Contains("cannot be read"));
  write(folder / "spiece.model", "");
  CHECK_THROWS_WITH(Tokenizer(folder.path()), Catch::EndsWith("it is empty; get the file again"));
  write(folder / "spiece.model", "no SentencePiece model at all");
  CHECK_THROWS_WITH(Tokenizer(folder.path()), Catch::Contains("is no tokenizer of UMT5"));
}

TEST_CASE("a damaged tokenizer is refused or works, and never crashes", "[wan][tokenizer][unit]") {
  const TempFolder folder;
  const std::string good = flashmotion::read_file((kept_fixture("tokenizer") / "spiece.model").string());
  const auto survives = [&](const std::string& bytes) {
    write(folder / "spiece.model", bytes);
    try {
      const Tokenizer tokenizer(folder.path());
      (void)tokenizer.tokenize("A red ball, \xE2\x91\xA0 caf\xC3\xA9 \xEF\xBC\xA1!");
    } catch (const InputError&) {
    }
  };
  for (const std::size_t size : {1U, 10U, 100U, 5'000U, 20'000U, 240'000U}) survives(good.substr(0, size));
  const auto places = flashmotion::Rng(7, "flips").uniform({60});
  for (std::int64_t i = 0; i < places.numel(); ++i) {
    std::string bytes = good;
    const auto at = static_cast<std::size_t>(places[i].item<double>() * static_cast<double>(bytes.size() - 1));
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << (static_cast<unsigned>(i) % 8U)));
    survives(bytes);
  }
  SUCCEED();
}

}  // namespace tokenizer_test
