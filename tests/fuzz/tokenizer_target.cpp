#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/prompt_text.hpp"
#include "flashmotion/wan/tokenizer.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace fuzz {
namespace {

const flashmotion::wan::Tokenizer& small_tokenizer() {
  static const flashmotion::wan::Tokenizer kTokenizer(
      std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "tests" / "fixtures" / "tokenizer", 16);
  return kTokenizer;
}

void demand(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace

void run_tokenizer(std::string_view bytes) {
  const auto& tokenizer = small_tokenizer();
  std::vector<std::int64_t> ids;
  try {
    ids = tokenizer.tokenize(bytes);
  } catch (const flashmotion::InputError&) {  // what bytes that are no text give
    return;
  }
  demand(!ids.empty() && ids.back() == 1, "a prompt ends with the end id");
  for (const std::int64_t id : ids) demand(id >= 0 && id < tokenizer.vocabulary(), "an id lies in the table");
  const std::string prompt(bytes);
  const auto batch = tokenizer.encode(std::span(&prompt, 1));
  demand(batch.ids.size(1) == 16 && batch.mask.size(1) == 16, "rows have the length that was asked for");
  const auto* row = batch.ids.const_data_ptr<std::int64_t>();
  const std::size_t kept = std::min<std::size_t>(ids.size(), 16);
  for (std::size_t i = 0; i + 1 < kept; ++i) demand(row[i] == ids[i], "a row begins with the prompt's ids");
  demand(row[kept - 1] == 1, "a row that is cut ends with the end id");
}

std::vector<std::string> tokenizer_seeds() {
  return {
      "",
      "A cat walks on a wall.",
      "<extra_id_0> and </s><pad> <unk><extra_id_299>",
      "<<</s>> <extra_id_300> <extra_id_",
      "caf\xc3\xa9 \xe8\x89\xb2\xe8\xb0\x83 \xf0\x9f\x98\x80 e\xcc\x81",
      "  two   spaces\tand\na line  ",
      "\xe2\x96\x81marked\xe2\x96\x81",
  };
}

}  // namespace fuzz
