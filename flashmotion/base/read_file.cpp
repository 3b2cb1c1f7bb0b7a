#include "flashmotion/base/read_file.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace flashmotion {
namespace read_file_detail {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw InputError(fmt::format("'{}' cannot be read: {}", path, reason));
}

}  // namespace read_file_detail

std::string read_file(const std::string& path, std::uint64_t max_bytes) {
  using read_file_detail::refuse;
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (std::filesystem::is_directory(status)) refuse(path, "it is a folder");
  const std::unique_ptr<std::FILE, read_file_detail::Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) refuse(path, std::strerror(errno));

  std::string bytes;
  char block[1 << 16];
  while (true) {
    const std::size_t count = std::fread(block, 1, sizeof(block), file.get());
    bytes.append(block, count);
    if (bytes.size() > max_bytes) refuse(path, fmt::format("it has more than the {} bytes allowed", max_bytes));
    if (count < sizeof(block)) break;
  }
  if (std::ferror(file.get()) != 0) refuse(path, std::strerror(errno));
  return bytes;
}

}  // namespace flashmotion
