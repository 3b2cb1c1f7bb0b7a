#include "flashmotion/io/sealed_safetensors.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string_view>

namespace flashmotion {
namespace sealed_safetensors_detail {

constexpr const char* kKey = "sha256";

// One tensor at a time.
std::string digest_of(const NamedTensors& tensors, const SafetensorsMetadata& metadata) {
  Sha256 digest;
  for (const auto& [key, value] : metadata) {
    if (key != kKey) digest.update(fmt::format("{} {} {} {}\n", key.size(), key, value.size(), value));
  }
  for (const auto& [name, tensor] : tensors) {
    digest.update(fmt::format("{} {} {}\n", name, c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ",")));
    const Tensor flat = tensor.detach().to(at::kCPU).contiguous();
    digest.update({static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
  }
  return digest.hex();
}

// The header is filled up with blanks, which no digest covers and a reader of JSON takes other bytes for.
bool blank_filling(std::string_view bytes) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 8; ++i) size |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  const std::string_view header = bytes.substr(8, size);
  return header.find_first_not_of(' ', header.rfind('}') + 1) == std::string_view::npos;
}

}  // namespace sealed_safetensors_detail

void write_sealed_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                              const SafetensorsMetadata& metadata) {
  SafetensorsMetadata sealed = metadata;
  sealed[sealed_safetensors_detail::kKey] = sealed_safetensors_detail::digest_of(tensors, metadata);
  write_safetensors(path, tensors, sealed);
}

std::string seal_damage(const std::filesystem::path& path) {
  using namespace sealed_safetensors_detail;
  try {
    const SafetensorsFile opened(path);
    const std::string digest = digest_of(opened.tensors(), opened.metadata());
    if (!blank_filling(opened.file().bytes())) return fmt::format("'{}' is damaged: its header is", path.string());
    const auto kept = opened.metadata().find(kKey);
    if (kept != opened.metadata().end() && kept->second == digest) return {};
    return fmt::format("'{}' is damaged: its numbers have the SHA-256 {} and were written with {}", path.string(),
                       digest, kept == opened.metadata().end() ? "none" : kept->second);
  } catch (const InputError& problem) {
    return fmt::format("'{}' is damaged: {}", path.string(), problem.what());
  }
}

}  // namespace flashmotion
