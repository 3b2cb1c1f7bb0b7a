#include "flashmotion/wan/checkpoint_convert.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/safetensors_set.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "flashmotion/wan/detail/checkpoint_sources.hpp"
#include "flashmotion/wan/detail/pipeline_files.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <map>
#include <string>

namespace flashmotion::wan {
namespace checkpoint_convert_detail {

namespace fs = std::filesystem;

// A tensor as it is going to be called and cut.
struct Output {
  TensorOutline outline;
  const CheckpointTensor* source = nullptr;
  KeyChange change;

  [[nodiscard]] Tensor tensor() const {
    Tensor t = source->tensor();
    if (change.part >= 0) t = t.narrow(0, change.part * (t.size(0) / 3), t.size(0) / 3);
    for (int i = 0; i < change.unit_axes; ++i) t = t.squeeze(0);
    if (change.transposed) t = t.t();
    return t.to(outline.dtype);
  }
};

// Where a network's files go.
struct Place {
  fs::path folder;   // below the target
  std::string stem;  // of the files with the numbers
  std::string config;
  bool pickled = false;
};

Place place_of_network(const Checkpoint& checkpoint, const CheckpointComponent& component,
                       const ConvertOptions& options) {
  const std::string role(to_string(component.role));
  const bool transformer = component.kind == ModelKind::transformer;
  const bool encoder = component.kind == ModelKind::text_encoder || component.kind == ModelKind::image_encoder;
  switch (options.layout) {
    case FolderLayout::flashmotion:
      return {"", role, role + ".json"};
    case FolderLayout::diffusers:
      return {role, encoder ? "model" : "diffusion_pytorch_model", "config.json"};
    case FolderLayout::original:
      break;
  }
  if (transformer) {
    const bool experts = checkpoint.find(Role::transformer_2) != nullptr;
    const char* folder = !experts ? "" : component.role == Role::transformer ? "high_noise_model" : "low_noise_model";
    return {folder, "diffusion_pytorch_model", "config.json"};
  }
  std::string stem = component.kind == ModelKind::vae21 ? "Wan2.1_VAE" : "Wan2.2_VAE";
  if (component.kind == ModelKind::text_encoder) stem = "models_t5_umt5-xxl-enc";
  if (component.kind == ModelKind::image_encoder) stem = "models_clip_open-clip-xlm-roberta-large-vit-huge-14";
  return {"", stem, stem + ".json", true};
}

std::vector<Output> outputs_of(const CheckpointComponent& component, const ConvertOptions& options) {
  std::vector<Output> outputs;
  for (const CheckpointTensor& tensor : component.tensors) {
    const at::ScalarType have = tensor.dtype();
    const at::ScalarType dtype = c10::isFloatingType(have) ? options.dtype.value_or(have) : have;
    if (options.layout != FolderLayout::diffusers) {
      outputs.push_back({{tensor.name, dtype, tensor.shape()}, &tensor, {}});
      continue;
    }
    for (const MappedKey& key : diffusers_keys(component.kind, tensor.name)) {
      std::vector<std::int64_t> shape = tensor.shape();
      if (key.change.part >= 0) shape.at(0) /= 3;
      shape.erase(shape.begin(), shape.begin() + key.change.unit_axes);
      if (key.change.transposed) std::swap(shape.at(0), shape.at(1));
      outputs.push_back({{key.name, dtype, std::move(shape)}, &tensor, key.change});
    }
  }
  return outputs;
}

// All that stands against writing a network, at once.
void check(const Checkpoint& checkpoint) {
  std::string problems;
  int count = 0;
  const auto add = [&](const std::string& problem) {
    constexpr int kShown = 20;
    if (++count <= kShown) problems += "\n  " + problem;
  };
  for (const CheckpointComponent& component : checkpoint.components) {
    for (const StoredTensor& stored : component.surplus) {
      add(fmt::format("tensor '{}' of '{}' belongs to no {}", stored.name, stored.file->path().string(),
                      to_string(component.kind)));
    }
    for (const CheckpointTensor& tensor : component.tensors) {
      bool whole = true;
      for (const StoredTensor& part : tensor.parts) whole = whole && part.view.defined();
      if (!whole) {
        add(fmt::format("tensor '{}' of '{}' is joined of three, and not all are there", tensor.name,
                        component.path.string()));
        continue;
      }
      const std::vector<std::int64_t> shape = tensor.shape();
      for (const MappedKey& key : diffusers_keys(component.kind, tensor.name)) {
        const bool joined = key.change.part < 0 || (!shape.empty() && shape[0] % 3 == 0);
        const bool flat =
            static_cast<int>(shape.size()) > key.change.unit_axes &&
            std::all_of(shape.begin(), shape.begin() + key.change.unit_axes, [](auto n) { return n == 1; });
        if (joined && (key.change.unit_axes == 0 || flat) && (!key.change.transposed || shape.size() == 2)) continue;
        add(fmt::format("tensor '{}' of '{}' has a shape that no {} has", tensor.name, component.path.string(),
                        to_string(component.kind)));
        break;
      }
    }
  }
  if (count > 0) throw InputError(fmt::format("'{}' cannot be converted:{}", checkpoint.path.string(), problems));
}

class Conversion {
 public:
  Conversion(const Checkpoint& checkpoint, const ConvertOptions& options)
      : checkpoint_(checkpoint), options_(options) {}

  void write_network(const CheckpointComponent& component, const fs::path& root) {
    const Place place = place_of_network(checkpoint_, component, options_);
    const fs::path folder = root / place.folder;
    fs::create_directories(folder);
    const std::vector<Output> outputs = outputs_of(component, options_);
    std::vector<TensorOutline> outlines;
    outlines.reserve(outputs.size());
    for (const Output& output : outputs) outlines.push_back(output.outline);
    if (place.pickled) {
      // The names of the released files state their type.
      const bool text = component.kind == ModelKind::text_encoder && !outlines.empty();
      const std::string stem = text ? fmt::format("{}-{}", place.stem, short_type(outlines[0].dtype)) : place.stem;
      write_pickle(folder / (stem + ".pth"), outputs, std::move(outlines));
      write_text(folder / (stem + ".json"), config_text(component, KeyLayout::original));
      return;
    }
    write_shards(folder, place.stem, outputs, outlines);
    const bool diffusers = options_.layout == FolderLayout::diffusers;
    write_text(folder / place.config, config_text(component, diffusers ? KeyLayout::diffusers : KeyLayout::original));
  }

  void write_file(const CheckpointComponent& component, const fs::path& file) {
    const std::vector<Output> outputs = outputs_of(component, options_);
    std::vector<TensorOutline> outlines;
    outlines.reserve(outputs.size());
    for (const Output& output : outputs) outlines.push_back(output.outline);
    write_part(file, outputs, std::move(outlines));
  }

  void write_text(const fs::path& file, const std::string& text) {
    write_file_atomically(file.string(), text);
    files_.push_back(file);
  }

  // Small files that have nothing to convert.
  void copy_folder(const fs::path& from, const fs::path& to) {
    if (!fs::is_directory(from)) return;
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
      if (!entry.is_regular_file()) continue;
      fs::copy_file(entry.path(), to / entry.path().filename(), fs::copy_options::overwrite_existing);
      files_.push_back(to / entry.path().filename());
    }
  }

  void write_surroundings(const fs::path& root) {
    const fs::path& in = checkpoint_.path;
    if (!fs::is_directory(in)) return;
    const bool original = options_.layout == FolderLayout::original;
    for (const fs::path& from : {in / "tokenizer", in / "google" / "umt5-xxl"}) {
      copy_folder(from, original ? root / "google" / "umt5-xxl" : root / "tokenizer");
    }
    if (options_.layout != FolderLayout::diffusers || checkpoint_.components.size() < 2) return;
    if (fs::exists(in / "model_index.json")) {
      fs::copy_file(in / "model_index.json", root / "model_index.json");
      files_.push_back(root / "model_index.json");
      copy_folder(in / "scheduler", root / "scheduler");
      copy_folder(in / "image_processor", root / "image_processor");
      return;
    }
    write_text(root / "model_index.json", checkpoint_detail::model_index_text(checkpoint_));
    fs::create_directories(root / "scheduler");
    write_text(root / "scheduler" / "scheduler_config.json", checkpoint_detail::scheduler_text(checkpoint_));
  }

  [[nodiscard]] const std::vector<fs::path>& files() const { return files_; }

 private:
  static std::string_view short_type(at::ScalarType type) {
    if (type == at::kBFloat16) return "bf16";
    if (type == at::kHalf) return "fp16";
    return type == at::kFloat ? "fp32" : "fp8";
  }

  template <class Writer>
  void write_one(Writer& writer, const Output& output) {
    writer.write(output.tensor());
    output.source->forget();
    if (options_.written) options_.written(output.outline.bytes());
  }

  void write_part(const fs::path& file, std::span<const Output> outputs, std::vector<TensorOutline> outlines) {
    SafetensorsWriter writer(file, std::move(outlines), {{"format", "pt"}});
    for (const std::size_t i : writer.order()) write_one(writer, outputs[i]);
    writer.finish();
    files_.push_back(file);
  }

  void write_shards(const fs::path& folder, const std::string& stem, std::span<const Output> outputs,
                    const std::vector<TensorOutline>& outlines) {
    const std::vector<std::size_t> starts = shard_starts(outlines, options_.shard_bytes);
    std::map<std::string, std::string> file_of;
    std::uint64_t total = 0;
    for (std::size_t part = 0; part < starts.size(); ++part) {
      const std::size_t end = part + 1 < starts.size() ? starts[part + 1] : outlines.size();
      const std::string name = shard_name(stem, part, starts.size());
      const std::vector<TensorOutline> these(outlines.begin() + static_cast<std::ptrdiff_t>(starts[part]),
                                             outlines.begin() + static_cast<std::ptrdiff_t>(end));
      for (const TensorOutline& outline : these) {
        file_of[outline.name] = name;
        total += outline.bytes();
      }
      write_part(folder / name, outputs.subspan(starts[part], end - starts[part]), these);
    }
    if (starts.size() > 1) write_text(folder / (stem + ".safetensors.index.json"), shard_index(file_of, total));
  }

  void write_pickle(const fs::path& file, std::span<const Output> outputs, std::vector<TensorOutline> outlines) {
    TorchPickleWriter writer(file, std::move(outlines));
    for (const Output& output : outputs) write_one(writer, output);
    writer.finish();
    files_.push_back(file);
  }

  const Checkpoint& checkpoint_;
  const ConvertOptions& options_;
  std::vector<fs::path> files_;
};

// A folder beside the target that goes away unless it takes the target's name.
class NewFolder {
 public:
  explicit NewFolder(const fs::path& target) : target_(target) {
    fs::path clean = target.lexically_normal();
    if (!clean.has_filename()) clean = clean.parent_path();
    target_ = clean;
    path_ = clean.parent_path() / fmt::format(".tmp-{}-{}", ::getpid(), clean.filename().string());
    std::error_code code;
    fs::remove_all(path_, code);
    fs::create_directories(path_, code);
    if (code) throw InputError(fmt::format("'{}' cannot be made: {}", target.string(), code.message()));
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

  void take_name() {
    std::error_code code;
    const fs::path old = path_.string() + ".old";
    if (fs::exists(target_, code)) fs::rename(target_, old, code);
    if (!code) fs::rename(path_, target_, code);
    if (code) throw InputError(fmt::format("'{}' cannot be put in place: {}", target_.string(), code.message()));
    fs::remove_all(old, code);
  }

 private:
  fs::path target_;
  fs::path path_;
};

// Refuses a target that is there, unless it is an older checkpoint that may go.
void check_target(const Checkpoint& checkpoint, const fs::path& out, bool overwrite) {
  std::error_code code;
  if (!fs::exists(out, code)) return;
  const bool folder = fs::is_directory(out, code);
  if (folder && fs::is_empty(out, code)) return;
  const fs::path to = fs::weakly_canonical(out, code);
  const fs::path from = fs::weakly_canonical(checkpoint.path, code);
  const auto [rest, end] = std::mismatch(to.begin(), to.end(), from.begin(), from.end());
  if (rest == to.end()) {
    throw InputError(fmt::format("'{}' is, or holds, what is read; write to another place", out.string()));
  }
  if (!overwrite) {
    throw InputError(fmt::format("'{}' is there already; give another name, or --overwrite", out.string()));
  }
  if (!folder) return;
  try {
    static_cast<void>(checkpoint_detail::find_sources(out));
  } catch (const InputError&) {
    throw InputError(fmt::format("'{}' is no checkpoint and is not overwritten; give another name", out.string()));
  }
}

}  // namespace checkpoint_convert_detail

std::uint64_t converted_bytes(const Checkpoint& checkpoint, const ConvertOptions& options) {
  checkpoint_convert_detail::check(checkpoint);
  std::uint64_t total = 0;
  for (const CheckpointComponent& component : checkpoint.components) {
    for (const auto& output : checkpoint_convert_detail::outputs_of(component, options))
      total += output.outline.bytes();
  }
  return total;
}

std::vector<std::filesystem::path> convert_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& out,
                                                      const ConvertOptions& options) {
  using namespace checkpoint_convert_detail;
  check(checkpoint);
  check_target(checkpoint, out, options.overwrite);
  Conversion conversion(checkpoint, options);
  if (out.extension() == ".safetensors") {
    if (checkpoint.components.size() != 1) {
      throw InputError(fmt::format("'{}' holds {} networks and '{}' is one file; give a folder to write to",
                                   checkpoint.path.string(), checkpoint.components.size(), out.string()));
    }
    conversion.write_file(checkpoint.components[0], out);
    return conversion.files();
  }
  NewFolder folder(out);
  for (const CheckpointComponent& component : checkpoint.components) conversion.write_network(component, folder.path());
  conversion.write_surroundings(folder.path());
  folder.take_name();
  std::vector<std::filesystem::path> files;
  for (const fs::path& file : conversion.files()) files.push_back(out / file.lexically_relative(folder.path()));
  return files;
}

}  // namespace flashmotion::wan
