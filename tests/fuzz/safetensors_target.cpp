#include "flashmotion/base/error.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {
namespace {

std::string with_length(std::string header, std::size_t data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes + std::move(header) + std::string(data, '\x01');
}

}  // namespace

void run_safetensors(std::string_view bytes) {
  using namespace flashmotion;
  try {
    const SafetensorsFile file(MappedFile(std::string(bytes), "x.safetensors"));
    for (const std::string& name : file.names()) {
      const Tensor tensor = file.tensor(name);
      if (tensor.numel() == 0) continue;
      // The last byte is there.
      const auto* data = static_cast<const volatile char*>(tensor.const_data_ptr());
      static_cast<void>(data[tensor.nbytes() - 1]);
    }
  } catch (const InputError&) {  // what a damaged file gives
  }
}

std::vector<std::string> safetensors_seeds() {
  return {
      with_length("{}", 0),
      with_length(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8),
      with_length(R"({"__metadata__":{"k":"v"},"a":{"dtype":"BF16","shape":[2,0],"data_offsets":[0,0]}})", 0),
      with_length(R"({"b":{"dtype":"F8_E4M3","shape":[],"data_offsets":[4,5]},)"
                  R"("a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})",
                  5),
  };
}

}  // namespace fuzz
