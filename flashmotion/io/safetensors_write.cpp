#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/safetensors_types.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace flashmotion {

struct SafetensorsWriter::State {
  explicit State(const std::filesystem::path& path) : file(path.string()) {}

  AtomicFile file;
  std::vector<TensorOutline> tensors;
  std::vector<std::size_t> order;
  std::size_t written = 0;
};

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorOutline> tensors,
                                     const SafetensorsMetadata& metadata) {
  std::set<std::string_view> seen;
  for (const TensorOutline& tensor : tensors) {
    if (!seen.insert(tensor.name).second || tensor.name == "__metadata__") {
      throw Error(fmt::format("tensor '{}' cannot be written to '{}': the name is taken", tensor.name, path.string()));
    }
    static_cast<void>(safetensors_detail::type_name(tensor.dtype, tensor.name));
  }

  // Widest elements first: no tensor starts off its alignment, and the format allows no holes.
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return c10::elementSize(tensors[a].dtype) > c10::elementSize(tensors[b].dtype);
  });
  std::vector<std::uint64_t> begin(tensors.size());
  std::uint64_t total = 0;
  for (const std::size_t i : order) {
    begin[i] = total;
    total += tensors[i].bytes();
  }

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    header[tensors[i].name] = {{"dtype", safetensors_detail::type_name(tensors[i].dtype, tensors[i].name)},
                               {"shape", tensors[i].shape},
                               {"data_offsets", {begin[i], begin[i] + tensors[i].bytes()}}};
  }
  std::string text = header.dump();
  // The format asks for a boundary of 8; from one of 64 the products of matrices are quick, and equal to the last bit
  // to those of matrices in memory.
  constexpr std::size_t kBoundary = 64;
  text.append((kBoundary - (8 + text.size()) % kBoundary) % kBoundary, ' ');

  state_ = std::make_unique<State>(path);
  state_->tensors = std::move(tensors);
  state_->order = std::move(order);
  std::string length;
  for (int i = 0; i < 8; ++i) length += static_cast<char>(text.size() >> (8 * i));
  state_->file.write(length);
  state_->file.write(text);
}

SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&&) noexcept = default;
SafetensorsWriter::~SafetensorsWriter() = default;

const std::vector<std::size_t>& SafetensorsWriter::order() const { return state_->order; }

void SafetensorsWriter::write(const Tensor& tensor) {
  FLASHMOTION_ASSERT(state_->written < state_->order.size());
  const TensorOutline& outline = state_->tensors[state_->order[state_->written++]];
  FLASHMOTION_ASSERT(tensor.scalar_type() == outline.dtype && tensor.sizes() == at::IntArrayRef(outline.shape));
  const Tensor flat = tensor.detach().to(at::kCPU).contiguous();
  state_->file.write({static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
}

void SafetensorsWriter::finish() {
  FLASHMOTION_ASSERT(state_->written == state_->order.size());
  state_->file.commit();
}

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const SafetensorsMetadata& metadata) {
  std::vector<TensorOutline> outlines;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined()) {
      throw Error(fmt::format("tensor '{}' cannot be written to '{}': it is undefined", name, path.string()));
    }
    outlines.push_back({name, tensor.scalar_type(), tensor.sizes().vec()});
  }
  SafetensorsWriter writer(path, std::move(outlines), metadata);
  for (const std::size_t i : writer.order()) writer.write(tensors[i].tensor);
  writer.finish();
}

}  // namespace flashmotion
