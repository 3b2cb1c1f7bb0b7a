#include "flashmotion/io/safetensors_set.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/ones.h>

#include <string>

namespace safetensors_set_test {

using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::SafetensorsSet;

void write(const TempFolder& folder, const std::string& name, const std::vector<std::string>& tensors) {
  flashmotion::NamedTensors all;
  for (const std::string& tensor : tensors) all.push_back({tensor, at::ones({2})});
  flashmotion::write_safetensors(folder / name, all);
}

std::string opened(const TempFolder& folder, const std::string& index) {
  flashmotion::write_file_atomically((folder / "m.safetensors.index.json").string(), index);
  try {
    const SafetensorsSet set(folder / "m.safetensors.index.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a set is its index and its files, and they must agree", "[io][message]") {
  const TempFolder folder;
  write(folder, "m-00001-of-00002.safetensors", {"a", "b"});
  write(folder, "m-00002-of-00002.safetensors", {"c"});
  const std::string a = R"("a": "m-00001-of-00002.safetensors")";
  const std::string b = R"("b": "m-00001-of-00002.safetensors")";
  const std::string c = R"("c": "m-00002-of-00002.safetensors")";
  const auto index = [](const std::string& entries) { return R"({"metadata": {}, "weight_map": {)" + entries + "}}"; };
  CHECK(opened(folder, index(a + "," + b + "," + c)).empty());
  const SafetensorsSet set(folder / "m.safetensors.index.json");
  REQUIRE(set.files().size() == 2);
  CHECK(set.files()[1].contains("c"));

  CHECK_THAT(opened(folder, index(a + "," + c)),
             Contains("tensor 'b' of 'm-00001-of-00002.safetensors' is not in the"));
  CHECK_THAT(opened(folder, index(a + "," + b + "," + c + R"(,"d": "m-00002-of-00002.safetensors")")),
             Contains("tensor 'd' is not in 'm-00002-of-00002.safetensors'"));
  CHECK_THAT(opened(folder, index(a + "," + b + R"(,"c": "m-00001-of-00002.safetensors")")),
             Contains("tensor 'c' is not in 'm-00001-of-00002.safetensors'"));
  CHECK_THAT(opened(folder, index(a + R"(,"b": "m-00002-of-00002.safetensors",)" + c)),
             Contains("tensor 'b' is in 'm-00001-of-00002.safetensors', but the index says"));
  CHECK_THAT(opened(folder, index(a + "," + b + R"(,"c": "m-00003-of-00002.safetensors")")),
             Contains("the file 'm-00003-of-00002.safetensors' is missing"));
  CHECK_THAT(opened(folder, index(R"("a": "../m.safetensors")")),
             Contains("'weight_map.a' must be the name of a file"));
  CHECK_THAT(opened(folder, index(R"("a": 1)")), Contains("must be a text"));
  CHECK_THAT(opened(folder, "{}"), Contains("needs the key 'weight_map'"));
  CHECK_THAT(opened(folder, "{"), Contains("ends too early"));
}

TEST_CASE("files without an index make a set when none is missing", "[io][unit]") {
  const TempFolder folder;
  write(folder, "m-00001-of-00002.safetensors", {"a"});
  write(folder, "m-00002-of-00002.safetensors", {"b"});
  write(folder, "other.safetensors", {"b"});
  const auto first = folder / "m-00001-of-00002.safetensors";
  const auto second = folder / "m-00002-of-00002.safetensors";
  CHECK(SafetensorsSet(std::vector{first, second}).files().size() == 2);
  CHECK_THROWS_WITH(SafetensorsSet(std::vector{first}), Contains("is one of 2 parts, but there are 1"));
  CHECK_THROWS_WITH(SafetensorsSet(std::vector{first, second, folder / "other.safetensors"}),
                    Contains("tensor 'b' is in"));
}

TEST_CASE("tensors are cut into parts in their order", "[io][unit]") {
  const auto floats = [](std::int64_t count) { return flashmotion::TensorOutline{"t", at::kFloat, {count}}; };
  using Starts = std::vector<std::size_t>;
  CHECK(flashmotion::shard_starts({floats(1), floats(1), floats(1)}, 8) == Starts{0, 2});
  CHECK(flashmotion::shard_starts({floats(1), floats(9), floats(1)}, 8) == Starts{0, 1, 2});
  CHECK(flashmotion::shard_starts({floats(9)}, 8) == Starts{0});
  CHECK(flashmotion::shard_starts({}, 8) == Starts{0});
  CHECK(flashmotion::shard_name("m", 0, 1) == "m.safetensors");
  CHECK(flashmotion::shard_name("m", 1, 3) == "m-00002-of-00003.safetensors");
  CHECK_THAT(flashmotion::shard_index({{"a", "m.safetensors"}}, 12), Contains("\"total_size\": 12"));
}

}  // namespace safetensors_set_test
