#include "flashmotion/wan/tokenizer.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/sibling_library.hpp"
#include "flashmotion/wan/pieces/pieces.hpp"
#include "flashmotion/wan/prompt_text.hpp"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace flashmotion::wan {
namespace tokenizer_detail {

constexpr int kPad = 0;
constexpr int kEnd = 1;
constexpr std::uint64_t kMaxModelBytes = 256ULL << 20U;  // UMT5's own has 4.5 MB

std::filesystem::path find_model(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return path;
  std::filesystem::path file = path / "spiece.model";
  if (std::filesystem::exists(file)) return file;
  if (std::filesystem::exists(path / "tokenizer.json")) {
    throw InputError(
        fmt::format("'{}' has a 'tokenizer.json' and no 'spiece.model'; only the SentencePiece file is "
                    "read, get it from the same release",
                    path.string()));
  }
  throw InputError(fmt::format("'{}' has no 'spiece.model'; name the tokenizer's folder or file", path.string()));
}

std::unique_ptr<Pieces> make_pieces() {
  static const auto make = reinterpret_cast<MakePieces>(
      sibling_function("libflashmotion_pieces.so", "flashmotion_make_pieces", SymbolScope::own));
  if (make == nullptr) {
    throw InputError(
        "'libflashmotion_pieces.so' could not be loaded; install the whole toolkit again, with SentencePiece's "
        "library");
  }
  return std::unique_ptr<Pieces>(make());
}

}  // namespace tokenizer_detail

struct Tokenizer::Model {
  std::unique_ptr<Pieces> pieces = tokenizer_detail::make_pieces();
  std::map<std::string, std::int64_t, std::less<>> specials;  // what counts as one token wherever it stands
  std::int64_t sentinels = 0;
};

Tokenizer::Tokenizer(const std::filesystem::path& path, std::int64_t length, std::int64_t sentinels) : length_(length) {
  using namespace tokenizer_detail;
  if (length < 1) throw InputError(fmt::format("A prompt of {} tokens is too short; it must be at least 1", length));
  const std::string file = find_model(path).string();
  const std::string bytes = read_file(file, kMaxModelBytes);
  auto model = std::make_shared<Model>();
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format("'{}' is no tokenizer of UMT5: {}; get the file again", file, why));
  };
  if (bytes.empty()) refuse("it is empty");
  Pieces& pieces = *model->pieces;
  if (const std::string problem = pieces.load(bytes); !problem.empty()) {
    refuse("SentencePiece says '" + problem + "'");
  }
  const int count = pieces.count();
  if (count <= kEnd || pieces.pad_id() != kPad || pieces.end_id() != kEnd) {
    refuse(
        fmt::format("padding has id {} and the end has id {}, where 0 and 1 belong", pieces.pad_id(), pieces.end_id()));
  }
  for (int id = 0; id < count; ++id) {
    if (pieces.is_special(id)) model->specials.emplace(pieces.piece(id), id);
  }
  // Sentinels lie behind the pieces, counted backwards.
  model->sentinels = sentinels;
  for (std::int64_t i = 0; i < sentinels; ++i) {
    model->specials.emplace(fmt::format("<extra_id_{}>", i), count + sentinels - 1 - i);
  }
  model_ = std::move(model);
}

std::vector<std::int64_t> Tokenizer::tokenize(std::string_view text) const {
  check_prompt_bytes(text);
  std::vector<std::int64_t> ids;
  const auto add = [&](std::string_view part) {
    std::vector<int> found;
    const std::string problem = model_->pieces->encode(part, found);
    if (!problem.empty()) throw Error("SentencePiece cannot split a prompt: " + problem);
    ids.insert(ids.end(), found.begin(), found.end());
  };
  std::size_t begin = 0;
  for (std::size_t i = text.find('<'); i != std::string_view::npos; i = text.find('<', i)) {
    const std::size_t close = text.find('>', i);
    if (close == std::string_view::npos) break;
    const auto special = model_->specials.find(text.substr(i, close + 1 - i));
    if (special == model_->specials.end()) {
      ++i;
      continue;
    }
    add(text.substr(begin, i - begin));
    ids.push_back(special->second);
    begin = i = close + 1;
  }
  add(text.substr(begin));
  ids.push_back(tokenizer_detail::kEnd);
  return ids;
}

TokenBatch Tokenizer::encode(std::span<const std::string> prompts) const {
  const auto options = at::TensorOptions(at::kLong);
  TokenBatch batch{at::zeros({static_cast<std::int64_t>(prompts.size()), length_}, options),
                   at::zeros({static_cast<std::int64_t>(prompts.size()), length_}, options)};
  auto* ids = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* mask = batch.mask.mutable_data_ptr<std::int64_t>();
  const auto length = static_cast<std::size_t>(length_);
  for (std::size_t b = 0; b < prompts.size(); ++b) {
    std::vector<std::int64_t> row = tokenize(prompts[b]);
    if (row.size() > length) {
      row.resize(length);
      row.back() = tokenizer_detail::kEnd;
    }
    std::copy(row.begin(), row.end(), ids + b * length);
    std::fill_n(mask + b * length, row.size(), 1);
  }
  return batch;
}

std::int64_t Tokenizer::vocabulary() const { return model_->pieces->count() + model_->sentinels; }

}  // namespace flashmotion::wan
