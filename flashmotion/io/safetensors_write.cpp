#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/safetensors_types.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

namespace flashmotion {

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const SafetensorsMetadata& metadata) {
  const std::size_t count = tensors.size();
  std::set<std::string_view> seen;
  for (const NamedTensor& item : tensors) {
    if (!seen.insert(item.name).second || item.name == "__metadata__") {
      throw Error(fmt::format("tensor '{}' cannot be written to '{}': the name is taken", item.name, path.string()));
    }
    if (!item.tensor.defined()) {
      throw Error(fmt::format("tensor '{}' cannot be written to '{}': it is undefined", item.name, path.string()));
    }
    static_cast<void>(safetensors_detail::type_name(item.tensor.scalar_type(), item.name));
  }

  // Widest elements first: no tensor starts off its alignment, and the format allows no holes.
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tensors[a].tensor.element_size() > tensors[b].tensor.element_size();
  });
  std::vector<std::uint64_t> begin(count);
  std::uint64_t total = 0;
  for (const std::size_t i : order) {
    begin[i] = total;
    total += static_cast<std::uint64_t>(tensors[i].tensor.nbytes());
  }

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor& tensor = tensors[i].tensor;
    header[tensors[i].name] = {{"dtype", safetensors_detail::type_name(tensor.scalar_type(), tensors[i].name)},
                               {"shape", tensor.sizes().vec()},
                               {"data_offsets", {begin[i], begin[i] + static_cast<std::uint64_t>(tensor.nbytes())}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');

  AtomicFile file(path.string());
  std::string length;
  for (int i = 0; i < 8; ++i) length += static_cast<char>(text.size() >> (8 * i));
  file.write(length);
  file.write(text);
  for (const std::size_t i : order) {
    const Tensor flat = tensors[i].tensor.detach().to(at::kCPU).contiguous();
    file.write({static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
  }
  file.commit();
}

}  // namespace flashmotion
