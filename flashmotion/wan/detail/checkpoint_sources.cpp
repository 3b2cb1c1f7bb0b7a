#include "flashmotion/wan/detail/checkpoint_sources.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/safetensors_set.hpp"
#include "flashmotion/io/torch_pickle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace flashmotion::wan::checkpoint_detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexEnd = ".safetensors.index.json";
constexpr std::string_view kPartForm = "-00000-of-00000";  // 0 stands for a digit

// A name without ending and without the number of a part.
std::string stem_of(const fs::path& file) {
  std::string name = file.filename().string();
  if (name.ends_with(kIndexEnd)) return name.substr(0, name.size() - kIndexEnd.size());
  name = file.stem().string();
  if (name.size() < kPartForm.size()) return name;
  const std::string_view end = std::string_view(name).substr(name.size() - kPartForm.size());
  const bool part = std::equal(end.begin(), end.end(), kPartForm.begin(), [](char have, char want) {
    return want == '0' ? have >= '0' && have <= '9' : have == want;
  });
  return part ? name.substr(0, name.size() - kPartForm.size()) : name;
}

std::vector<fs::path> sorted_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (entry.is_regular_file(code)) files.push_back(entry.path());
  }
  if (code) throw InputError(fmt::format("'{}' cannot be read: {}", folder.string(), code.message()));
  std::sort(files.begin(), files.end());
  return files;
}

void add_sources(const fs::path& folder, std::vector<Source>& sources) {
  std::map<std::pair<std::string, std::string>, Source> found;  // by stem and ending
  for (const fs::path& file : sorted_files(folder)) {
    if (!holds_weights(file)) continue;
    const std::string stem = stem_of(file);
    const bool index = file.string().ends_with(kIndexEnd);
    Source& source = found[{stem, index ? ".safetensors" : file.extension().string()}];
    const bool has_index = !source.files.empty() && source.files[0].string().ends_with(kIndexEnd);
    source.folder = folder;
    source.stem = stem;
    if (index) source.files = {file};
    if (!index && !has_index) source.files.push_back(file);
  }
  for (auto& [key, source] : found) sources.push_back(std::move(source));
}

void add_pickled(const PickleValue::Dictionary& entries, const std::shared_ptr<const MappedFile>& file,
                 std::vector<StoredTensor>& tensors) {
  for (const auto& [name, value] : entries) {
    if (const Tensor* tensor = value.tensor()) tensors.push_back({name, *tensor, file});
  }
}

bool holds_tensors(const PickleValue::Dictionary& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const auto& entry) { return entry.second.tensor() != nullptr; });
}

// The dictionary of tensors in a pickle: the whole, or one of its entries.
const PickleValue::Dictionary& choose_weights(const TorchPickleFile& file, const std::string& weights) {
  const std::string name = file.path().string();
  const PickleValue::Dictionary* root = file.root().dictionary();
  if (root == nullptr) throw InputError(fmt::format("'{}' holds no dictionary of tensors", name));
  std::vector<std::string> sets;
  for (const auto& [key, value] : *root) {
    if (value.dictionary() != nullptr && holds_tensors(*value.dictionary())) sets.push_back(key);
  }
  if (!weights.empty()) {
    if (std::find(sets.begin(), sets.end(), weights) == sets.end()) {
      throw InputError(
          fmt::format("'{}' has no set of weights named '{}'{}", name, weights, suggestion(weights, sets, "it has")));
    }
    return *file.root().find(weights)->dictionary();
  }
  if (holds_tensors(*root)) return *root;
  constexpr std::array<std::string_view, 6> kPreferred = {"generator_ema", "generator",  "ema",
                                                          "model",         "state_dict", "module"};
  for (const std::string_view preferred : kPreferred) {
    if (std::find(sets.begin(), sets.end(), preferred) != sets.end()) return *file.root().find(preferred)->dictionary();
  }
  if (sets.size() == 1) return *file.root().find(sets[0])->dictionary();
  if (sets.empty()) throw InputError(fmt::format("'{}' holds no tensors", name));
  throw InputError(
      fmt::format("'{}' holds several sets of weights; say which one to take: {}", name, quoted_list(sets)));
}

void add_file(const SafetensorsFile& file, std::vector<StoredTensor>& tensors) {
  const auto map = std::make_shared<const MappedFile>(file.file());
  for (const std::string& name : file.names()) tensors.push_back({name, file.tensor(name), map});
}

}  // namespace

bool holds_weights(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.starts_with('.')) return false;  // what is being written
  constexpr std::array<std::string_view, 5> kEnds = {".safetensors", kIndexEnd, ".pth", ".pt", ".bin"};
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return name.ends_with(end); });
}

std::vector<Source> find_sources(const fs::path& path) {
  std::error_code code;
  if (!fs::exists(path, code)) {
    throw InputError(fmt::format("there is no checkpoint '{}'; give a file or a folder of weights", path.string()));
  }
  if (!fs::is_directory(path, code)) return {{path.parent_path(), stem_of(path), {path}}};
  constexpr std::array<std::string_view, 7> kFolders = {
      "transformer", "transformer_2", "vae", "text_encoder", "image_encoder", "high_noise_model", "low_noise_model"};
  std::vector<Source> sources;
  add_sources(path, sources);
  for (const std::string_view folder : kFolders) {
    if (fs::is_directory(path / folder, code)) add_sources(path / folder, sources);
  }
  if (!sources.empty()) return sources;
  std::string runs;
  for (const auto& stage : fs::directory_iterator(path / "stages", code)) {
    if (fs::exists(stage.path() / "generator.safetensors", code)) {
      runs += fmt::format("\n  {}", (stage.path() / "generator.safetensors").string());
    }
  }
  throw InputError(fmt::format(
      "'{}' holds no weights (*.safetensors, *.pth, *.pt, *.bin){}", path.string(),
      runs.empty() ? "; give the folder or file that has them" : fmt::format("; give one of this run's:{}", runs)));
}

std::vector<StoredTensor> read_source(const Source& source, const std::string& weights) {
  std::vector<StoredTensor> tensors;
  const fs::path& first = source.files.front();
  if (first.string().ends_with(kIndexEnd)) {
    const SafetensorsSet set(first);
    for (const SafetensorsFile& file : set.files()) add_file(file, tensors);
    return tensors;
  }
  if (first.extension() == ".safetensors") {
    const SafetensorsSet set(source.files);
    for (const SafetensorsFile& file : set.files()) add_file(file, tensors);
    return tensors;
  }
  for (const fs::path& path : source.files) {
    const TorchPickleFile file(path);
    add_pickled(choose_weights(file, weights), std::make_shared<const MappedFile>(file.file()), tensors);
  }
  return tensors;
}

}  // namespace flashmotion::wan::checkpoint_detail
