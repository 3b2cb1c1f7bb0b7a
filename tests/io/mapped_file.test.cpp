#include "flashmotion/io/mapped_file.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <string>

namespace mapped_file_test {

using Catch::Matchers::Contains;
using flashmotion::MappedFile;

TEST_CASE("bytes of a file are seen as tensors, copied only off their boundary", "[io][unit]") {
  const TempFolder folder;
  const std::string bytes("\x01\0\0\0\x02\0\0\0\x03\0\0\0", 12);
  flashmotion::write_file_atomically((folder / "x").string(), bytes);
  const MappedFile file(folder / "x");
  CHECK(file.bytes() == bytes);
  const at::Tensor view = file.view(4, {2}, at::kInt);
  CHECK(view[1].item<int>() == 3);
  CHECK(view.const_data_ptr() == file.bytes().data() + 4);
  CHECK(file.view(1, {1}, at::kInt).item<int>() == 0x02000000);
  CHECK(file.view(12, {0, 3}, at::kInt).numel() == 0);
  CHECK_THROWS_WITH(MappedFile(folder / "none"), Contains("could not be opened"));
  CHECK_THROWS_WITH(MappedFile(folder.path()), Contains("it is not a file"));
}

TEST_CASE("what is forgotten is read again", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_file_atomically((folder / "x").string(), std::string(3 << 12, '\x05'));
  const MappedFile file(folder / "x");
  const at::Tensor view = file.view(0, {3 << 12}, at::kByte);
  view.fill_(7);
  file.forget(view);
  CHECK(view[5000].item<int>() == 5);
  const MappedFile memory(std::string(3 << 12, '\x05'), "x");
  const at::Tensor other = memory.view(0, {3 << 12}, at::kByte);
  other.fill_(7);
  memory.forget(other);
  file.forget(other);
  CHECK(other[5000].item<int>() == 7);
}

}  // namespace mapped_file_test
