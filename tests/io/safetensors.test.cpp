#include "flashmotion/io/safetensors.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/core/rng.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace safetensors_test {

using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::NamedTensors;
using flashmotion::SafetensorsFile;

// A file with the given header text, padded, and so many data bytes.
std::string raw(std::string header, std::size_t data) {
  header.append((8 - header.size() % 8) % 8, ' ');
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes + header + std::string(data, '\0');
}

std::string opened(const TempFolder& folder, const std::string& content) {
  const auto path = folder / "x.safetensors";
  flashmotion::write_file_atomically(path.string(), content);
  try {
    const SafetensorsFile file(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("tensors of every type come back equal, in the given order", "[io][unit]") {
  const TempFolder folder;
  flashmotion::Rng rng(1, "safetensors");
  const at::Tensor base = rng.normal({3, 5});
  const NamedTensors tensors = {{"flags", base.gt(0)},
                                {"b.weight", base},
                                {"half", base.to(at::kHalf)},
                                {"brain", base.to(at::kBFloat16)},
                                {"long", at::arange(7)},
                                {"int", at::arange(7).to(at::kInt)},
                                {"bytes", at::arange(3).to(at::kByte)},
                                {"scalar", base.sum()},
                                {"empty", at::zeros({0, 4})},
                                {"turned", base.t()},
                                {"a \"quoted\" näme", at::ones({2})}};
  flashmotion::write_safetensors(folder / "x.safetensors", tensors, {{"kind", "test"}, {"step", "7"}});

  const SafetensorsFile file(folder / "x.safetensors");
  REQUIRE(file.names().size() == tensors.size());
  CHECK(file.metadata().at("kind") == "test");
  CHECK(file.metadata().size() == 2);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    INFO(tensors[i].name);
    CHECK(file.names()[i] == tensors[i].name);
    CHECK(file.dtype(tensors[i].name) == tensors[i].tensor.scalar_type());
    CHECK(file.tensor(tensors[i].name).equal(tensors[i].tensor));
    const auto address = reinterpret_cast<std::uintptr_t>(file.tensor(tensors[i].name).const_data_ptr());
    CHECK(address % tensors[i].tensor.element_size() == 0);
  }
  CHECK(file.shape("turned") == std::vector<std::int64_t>{5, 3});
  CHECK(file.tensors().back().tensor.equal(at::ones({2})));
  CHECK_THROWS_WITH(file.tensor("nothing"), Contains("has no tensor 'nothing'"));
}

TEST_CASE("equal tensors give equal bytes, and the data begin at a boundary of 64", "[io][unit]") {
  const TempFolder folder;
  const NamedTensors tensors = {{"b", at::ones({3})}, {"a", at::arange(3).to(at::kByte)}};
  flashmotion::write_safetensors(folder / "one", tensors, {{"k", "v"}});
  flashmotion::write_safetensors(folder / "two", tensors, {{"k", "v"}});
  const std::string one = flashmotion::read_file((folder / "one").string());
  CHECK(one == flashmotion::read_file((folder / "two").string()));
  CHECK((8 + static_cast<unsigned char>(one[0]) + 256 * static_cast<unsigned char>(one[1])) % 64 == 0);
  CHECK(one.find("\"b\"") < one.find("\"a\""));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("a view outlives its file object, and writing to it leaves the file alone", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_safetensors(folder / "x", {{"a", at::ones({1000})}});
  at::Tensor view;
  {
    const SafetensorsFile file(folder / "x");
    view = file.tensor("a");
  }
  CHECK(view.sum().item<float>() == 1000.0F);
  view.fill_(2.0);
  CHECK(SafetensorsFile(folder / "x").tensor("a").sum().item<float>() == 1000.0F);
}

TEST_CASE("what cannot be written is refused", "[io][unit]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(flashmotion::write_safetensors(folder / "x", {{"a", at::ones({1})}, {"a", at::ones({1})}}),
                    Contains("the name is taken"));
  CHECK_THROWS_WITH(flashmotion::write_safetensors(folder / "x", {{"a", at::ones({1}, at::kComplexFloat)}}),
                    Contains("has no type for ComplexFloat"));
  CHECK_THROWS_AS(flashmotion::write_safetensors(folder / "none" / "x", {{"a", at::ones({1})}}), InputError);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("every damage of a file is one error with its place", "[io][message]") {
  const TempFolder folder;
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK(opened(folder, raw("{" + a + "}", 8)).empty());
  CHECK(opened(folder, raw("{}", 0)).empty());

  CHECK_THAT(opened(folder, ""), Contains("at byte 0: the file ends after 0 bytes"));
  CHECK_THAT(opened(folder, "1234567"), Contains("at byte 7: the file ends after 7 bytes"));
  CHECK_THAT(opened(folder, raw("{" + a + "}", 0).substr(0, 20)), Contains("but the file holds only 12"));
  CHECK_THAT(opened(folder, std::string(16, '\x7f')), Contains("more than the 100000000"));
  CHECK_THAT(opened(folder, raw("{\"a\":;}", 0)), Contains("at byte 13: the header is not JSON from here on"));
  CHECK_THAT(opened(folder, raw("[1]", 0)), Contains("the header is not a JSON object"));
  CHECK_THAT(opened(folder, raw("{" + a + "," + a + "}", 8)), Contains("the name 'a' is there twice"));
  CHECK_THAT(opened(folder, raw("{" + a + "}", 7)), Contains("lies at 0 to 8 of the data, which have 7 bytes"));
  CHECK_THAT(opened(folder, raw("{" + a + "}", 9)), Contains("1 bytes after the last tensor belong to none"));
  CHECK_THAT(opened(folder, raw("{" + a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12)),
             Contains("tensor 'b' overlaps tensor 'a'"));
  CHECK_THAT(opened(folder, raw("{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})", 16)),
             Contains("4 bytes before tensor 'b' belong to no tensor"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8)),
             Contains("has 8 bytes, but its shape [3] and dtype F32 need 12"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F7","shape":[2],"data_offsets":[0,8]}})", 8)),
             Contains("tensor 'a' has the unknown dtype 'F7'"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8)),
             Contains("not a list of whole numbers from 0"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", 8)),
             Contains("has the impossible shape"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8)),
             Contains("lies at 8 to 0"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F32","shape":[2]}})", 8)), Contains("does not state"));
  CHECK_THAT(opened(folder, raw(R"({"__metadata__":{"a":1}})", 0)), Contains("the metadata 'a' is not a text"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}})", 8)),
             Contains("a number that is out of range"));
  CHECK_THAT(opened(folder, raw(R"({"a":{"b":[[[[1]]]]}})", 0)), Contains("nested deeper"));
}

TEST_CASE("a tensor off the boundary of its elements is read all the same", "[io][unit]") {
  const TempFolder folder;
  const std::string odd = R"({"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                          R"("a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})";
  flashmotion::write_file_atomically((folder / "x").string(), raw(odd, 5));
  CHECK(SafetensorsFile(folder / "x").tensor("a").equal(at::zeros({1})));
}

TEST_CASE("8-bit floats keep their bytes", "[io][unit]") {
  const TempFolder folder;
  const at::Tensor wide = at::arange(-8, 8).to(at::kFloat);
  for (const at::ScalarType type : {at::ScalarType::Float8_e4m3fn, at::ScalarType::Float8_e5m2}) {
    const at::Tensor narrow = wide.to(type);
    flashmotion::write_safetensors(folder / "x", {{"a", narrow}});
    const SafetensorsFile file(folder / "x");
    CHECK(file.dtype("a") == type);
    CHECK(file.tensor("a").view(at::kByte).equal(narrow.view(at::kByte)));
  }
}

TEST_CASE("tensors are written one after the other", "[io][unit]") {
  const TempFolder folder;
  const NamedTensors tensors = {{"b", at::ones({3}, at::kByte)}, {"a", at::arange(3)}};
  flashmotion::write_safetensors(folder / "whole", tensors, {{"k", "v"}});
  flashmotion::SafetensorsWriter writer(folder / "parts", {{"b", at::kByte, {3}}, {"a", at::kLong, {3}}}, {{"k", "v"}});
  CHECK(writer.order() == std::vector<std::size_t>{1, 0});
  for (const std::size_t i : writer.order()) {
    CHECK_FALSE(std::filesystem::exists(folder / "parts"));
    writer.write(tensors[i].tensor);
  }
  writer.finish();
  CHECK(flashmotion::read_file((folder / "parts").string()) == flashmotion::read_file((folder / "whole").string()));
}

TEST_CASE("cutting a file anywhere is noticed", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_safetensors(folder / "x", {{"a", at::ones({5})}, {"b", at::ones({2})}});
  const std::string whole = flashmotion::read_file((folder / "x").string());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    CHECK_FALSE(opened(folder, whole.substr(0, length)).empty());
  }
  CHECK(opened(folder, whole).empty());
}

TEST_CASE("loading checks all tensors before it copies one", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_safetensors(folder / "x",
                                 {{"net.a", at::ones({2})}, {"net.b", at::ones({3})}, {"other", at::ones({1})}});
  const SafetensorsFile file(folder / "x");

  const NamedTensors good = {{"a", at::zeros({2})}, {"b", at::zeros({3}, at::kBFloat16)}};
  flashmotion::load_into(file, good, "net.");
  CHECK(good[0].tensor.equal(at::ones({2})));
  CHECK(good[1].tensor.equal(at::ones({3}, at::kBFloat16)));

  const NamedTensors bad = {{"a", at::zeros({2})}, {"b", at::zeros({4})}, {"c", at::zeros({1})}};
  std::string text;
  try {
    flashmotion::load_into(file, bad, "net.");
  } catch (const InputError& error) {
    text = error.what();
  }
  CHECK_THAT(text, Contains("tensor 'net.b' has the shape [3], expected [4]"));
  CHECK_THAT(text, Contains("tensor 'net.c' is missing, expected with shape [1]"));
  CHECK(bad[0].tensor.equal(at::zeros({2})));

  const NamedTensors few = {{"a", at::zeros({2})}};
  CHECK_THROWS_WITH(flashmotion::load_into(file, few, "net."),
                    Contains("tensor 'net.b' with shape [3] is not expected"));
  const NamedTensors whole_numbers = {{"other", at::zeros({1}, at::kLong)}};
  CHECK_THROWS_WITH(flashmotion::load_into(file, whole_numbers, "other"), Contains("is missing"));
  flashmotion::write_safetensors(folder / "y", {{"n", at::ones({1})}});
  CHECK_THROWS_WITH(flashmotion::load_into(SafetensorsFile(folder / "y"), {{"n", at::zeros({1}, at::kLong)}}),
                    Contains("has the type Float, expected Long"));
}

TEST_CASE("loading reaches tensors that record gradients", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_safetensors(folder / "x", {{"w", at::ones({2})}});
  const at::Tensor weight = at::zeros({2}).requires_grad_(true);
  flashmotion::load_into(SafetensorsFile(folder / "x"), {{"w", weight}});
  CHECK(weight.equal(at::ones({2})));
  CHECK(weight.is_leaf());
}

}  // namespace safetensors_test
