#include "flashmotion/io/zip_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/zip_directory.hpp"
#include "flashmotion/io/detail/zip_writer.hpp"

#include <fmt/format.h>

namespace flashmotion {

std::string zip_entry(std::string_view archive, const std::string& name, std::string_view entry) {
  const auto entries = zip_detail::read_zip_directory(archive, name, zip_detail::ZipPacking::deflated);
  const auto found = entries.find(entry);
  if (found == entries.end()) throw InputError(fmt::format("'{}' has no file '{}' in it", name, entry));
  return zip_detail::zip_content(archive, found->second, name);
}

std::string zip_of_one(std::string_view entry, std::string_view content) {
  std::string archive;
  zip_detail::ZipWriter writer([&](std::string_view part) { archive += part; });
  writer.add(std::string(entry), content);
  writer.finish();
  return archive;
}

}  // namespace flashmotion
