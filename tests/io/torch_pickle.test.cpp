#include "flashmotion/io/torch_pickle.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/tensor_outline.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <string>

namespace torch_pickle_test {

using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::MappedFile;
using flashmotion::PickleValue;
using flashmotion::TorchPickleFile;

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "tests" / "fixtures" / "checkpoints" / name;
}

void put(std::string& text, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i) text += static_cast<char>(number >> (8 * i));
}

// A zip archive of `archive/data.pkl` and a storage `0` of so many bytes, without checksums.
std::string archive(const std::string& pickle, std::size_t storage = 8, const std::string& order = "little") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"archive/data.pkl", pickle}, {"archive/data/0", std::string(storage, '\0')}, {"archive/byteorder", order}};
  std::string bytes;
  std::string directory;
  for (const auto& [name, content] : files) {
    std::string sizes;
    put(sizes, 0, 4);
    put(sizes, content.size(), 4);
    put(sizes, content.size(), 4);
    put(sizes, name.size(), 2);
    put(sizes, 0, 2);
    put(directory, 0x02014b50, 4);
    put(directory, 0, 2);
    directory.append(10, '\0');
    directory += sizes;
    directory.append(10, '\0');
    put(directory, bytes.size(), 4);
    directory += name;
    put(bytes, 0x04034b50, 4);
    bytes.append(10, '\0');
    bytes += sizes + name + content;
  }
  const std::size_t begin = bytes.size();
  bytes += directory;
  put(bytes, 0x06054b50, 4);
  put(bytes, 0, 4);
  put(bytes, files.size(), 2);
  put(bytes, files.size(), 2);
  put(bytes, directory.size(), 4);
  put(bytes, begin, 4);
  put(bytes, 0, 2);
  return bytes;
}

std::string refused(const std::string& bytes) {
  try {
    const TorchPickleFile file(MappedFile(bytes, "x.pt"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string refused_pickle(const std::string& pickle, std::size_t storage = 8) {
  return refused(archive("\x80\x02" + pickle, storage));
}

// A dictionary with one tensor of float32 whose arguments after the storage are given.
std::string one_tensor(const std::string& rest, const std::string& elements = "K\x02") {
  return "}X" + std::string("\x01\0\0\0", 4) + "a" + "ctorch._utils\n_rebuild_tensor_v2\n((X" +
         std::string("\x07\0\0\0", 4) + "storagectorch\nFloatStorage\nX" + std::string("\x01\0\0\0", 4) + "0X" +
         std::string("\x03\0\0\0", 4) + "cpu" + elements + "tQ" + rest + "\x89}tRs.";
}

const at::Tensor& tensor(const PickleValue& root, std::string_view name) {
  const PickleValue* value = root.find(name);
  REQUIRE(value != nullptr);
  REQUIRE(value->tensor() != nullptr);
  return *value->tensor();
}

TEST_CASE("what torch.save writes comes back: views, types, nested values", "[io][unit]") {
  const TorchPickleFile file(fixture("every_kind.pt"));
  const PickleValue& root = file.root();
  const at::Tensor base = at::arange(12, at::kFloat).reshape({3, 4});
  CHECK(tensor(root, "base").equal(base));
  CHECK(tensor(root, "turned").equal(base.t()));
  CHECK(tensor(root, "row").equal(base[1]));
  CHECK(tensor(root, "corner").equal(base.slice(0, 1).slice(1, 2)));
  CHECK(tensor(root, "repeated").equal(at::arange(2, at::kFloat).reshape({2, 1}).expand({2, 3})));
  CHECK(tensor(root, "scalar").item<double>() == 2.5);
  CHECK(tensor(root, "scalar").dim() == 0);
  CHECK(tensor(root, "empty").sizes() == at::IntArrayRef{0, 4});
  CHECK(tensor(root, "parameter").equal(at::arange(6, at::kFloat).reshape({2, 3})));
  const std::vector<std::pair<std::string, at::ScalarType>> types = {
      {"double", at::kDouble}, {"half", at::kHalf},   {"brain", at::kBFloat16}, {"long", at::kLong},
      {"int", at::kInt},       {"short", at::kShort}, {"char", at::kChar},      {"byte", at::kByte}};
  for (const auto& [name, type] : types) {
    INFO(name);
    CHECK(tensor(root, name).equal(at::arange(2).to(type)));
  }
  CHECK(tensor(root, "flags").equal(at::tensor({1, 0}).to(at::kBool)));
  CHECK(tensor(root, "e4m3").scalar_type() == at::ScalarType::Float8_e4m3fn);
  CHECK(tensor(root, "e4m3").to(at::kFloat).equal(at::arange(3, at::kFloat)));
  CHECK(tensor(root, "e5m2").scalar_type() == at::ScalarType::Float8_e5m2);
  CHECK(tensor(root, "e5m2").to(at::kFloat).equal(at::arange(3, at::kFloat)));

  CHECK(tensor(*root.find("module"), "weight").equal(at::arange(4, at::kFloat).reshape({2, 2})));
  const PickleValue& settings = *root.find("settings");
  CHECK(std::get<std::string>(settings.find("name")->content()) == "näme");
  CHECK(std::get<double>(settings.find("rate")->content()) == 1.5);
  CHECK(std::get<std::int64_t>(settings.find("large")->content()) == std::int64_t{1} << 40);
  CHECK(std::get<std::int64_t>(settings.find("negative")->content()) == -2);
  CHECK(std::get<bool>(settings.find("on")->content()));
  CHECK(std::holds_alternative<std::monostate>(settings.find("none")->content()));
  const PickleValue::List& list = *root.find("list")->list();
  CHECK(list.at(1).list()->size() == 2);
  CHECK(tensor(list.at(2), "deep").equal(base));
  CHECK(root.find("numbered")->find("7") != nullptr);
  CHECK(std::get<std::string>(root.find("type")->content()) == "torch.float32");
  CHECK(root.find("ordered")->dictionary()->front().first == "b");
  CHECK(root.find("missing") == nullptr);
}

TEST_CASE("tensors that shared memory when saved share it, and the file is never written to", "[io][unit]") {
  const std::string before = flashmotion::read_file(fixture("every_kind.pt").string());
  const TorchPickleFile file(fixture("every_kind.pt"));
  tensor(file.root(), "row").fill_(-1);
  CHECK(tensor(file.root(), "base")[1].equal(at::full({4}, -1.0)));
  CHECK(tensor(file.root(), "base")[0].equal(at::arange(4, at::kFloat)));
  CHECK(before == flashmotion::read_file(fixture("every_kind.pt").string()));
}

TEST_CASE("newer pickle protocols are read too", "[io][unit]") {
  const TorchPickleFile file(fixture("protocol4.pt"));
  CHECK(tensor(file.root(), "a").equal(at::arange(6, at::kFloat).reshape({2, 3})));
  CHECK(file.root().find("b")->list()->front().tensor()->equal(at::arange(2, at::kFloat)));
}

TEST_CASE("a pickle that wants something run is refused by name", "[io][message]") {
  try {
    const TorchPickleFile file(fixture("calls.pt"));
    FAIL("it was read");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), Contains("calls.pt:data.pkl' cannot be read, at byte"));
    CHECK_THAT(error.what(), Contains("wants to use 'posix.system'"));
    CHECK_THAT(error.what(), Contains("nothing was run"));
  }
  CHECK_THAT(refused_pickle("cbuiltins\neval\n."), Contains("wants to use 'builtins.eval'"));
  CHECK_THAT(refused_pickle("ctorch\nload\n."), Contains("wants to use 'torch.load'"));
  CHECK_THAT(refused_pickle("i"), Contains("at byte 2: the instruction 0x69 is none"));
}

TEST_CASE("other formats than the zip of torch.save are told apart", "[io][message]") {
  CHECK_THAT(
      [] {
        try {
          const TorchPickleFile file(fixture("legacy.pt"));
        } catch (const InputError& error) {
          return std::string(error.what());
        }
        return std::string();
      }(),
      Contains("before version 1.6; write it anew in Python with torch.save(torch.load('legacy.pt'"));
  CHECK_THAT(refused("\x80\x02}."), Contains("before version 1.6"));
  CHECK_THAT(refused("something"), Contains("it does not begin as a zip archive does"));
  CHECK_THAT(refused(""), Contains("it does not begin as a zip archive does"));
  CHECK_THAT(refused(archive("\x80\x02}.", 8, "big")), Contains("another order of bytes"));
}

TEST_CASE("a tensor outside its storage is refused", "[io][message]") {
  const std::string zero("K\0", 2);
  CHECK(refused_pickle(one_tensor(zero + "K\x02\x85K\x01\x85")).empty());
  CHECK(refused_pickle(one_tensor(zero + ")" + ")")).empty());
  CHECK_THAT(refused_pickle(one_tensor("K\x01K\x02\x85K\x01\x85")), Contains("reaches beyond its storage '0' of 8"));
  CHECK_THAT(refused_pickle(one_tensor(zero + "K\x03\x85K\x01\x85")), Contains("reaches beyond"));
  CHECK_THAT(refused_pickle(one_tensor(zero + "K\x02\x85K\x02\x85")), Contains("reaches beyond"));
  CHECK_THAT(refused_pickle(one_tensor(zero + "J\xff\xff\xff\xff\x85K\x01\x85")), Contains("whole numbers from 0"));
  CHECK_THAT(refused_pickle(one_tensor("J\xff\xff\xff\xffK\x02\x85K\x01\x85")), Contains("something else than"));
  CHECK_THAT(refused_pickle(one_tensor(zero + "K\x02\x85K\x01K\x01\x86")), Contains("more or fewer strides"));
  const std::string huge("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
  CHECK_THAT(refused_pickle(one_tensor(zero + huge + "K\x02\x86" + huge + "K\x01\x86")), Contains("reaches beyond"));
  CHECK_THAT(refused_pickle(one_tensor(zero + "K\x02\x85K\x01\x85", huge)), Contains("is impossible"));
  CHECK_THAT(refused_pickle(one_tensor(zero + "K\x02\x85K\x01\x85"), 4),
             Contains("has 4 bytes, but its tensors need 8"));
}

TEST_CASE("damage of a pickle is an error with its byte", "[io][message]") {
  CHECK_THAT(refused_pickle(""), Contains("ends in the middle"));
  CHECK_THAT(refused_pickle("."), Contains("more or less than one value"));
  CHECK_THAT(refused_pickle("}}."), Contains("more or less than one value"));
  CHECK_THAT(refused_pickle("(."), Contains("more or less than one value"));
  CHECK_THAT(refused_pickle("t"), Contains("finds no mark"));
  CHECK_THAT(refused_pickle("0"), Contains("finds nothing to work on"));
  CHECK_THAT(refused_pickle("h\x05."), Contains("not remembered"));
  CHECK_THAT(refused_pickle("]q\x01h\x01"
                            "a."),
             Contains("contains itself"));
  CHECK_THAT(refused_pickle("}K\x01K\x02sK\x01K\x03s."), Contains("the name '1' is there twice"));
  CHECK_THAT(refused_pickle("}}K\x02s."), Contains("neither a text nor a whole number"));
  CHECK_THAT(refused_pickle("X\xff\xff\xff\xff"
                            "a"),
             Contains("ends in the middle"));
  CHECK_THAT(refused_pickle("U\x01\xff."), Contains("not UTF-8"));
  CHECK_THAT(refused(archive("\x80\x09.")), Contains("has protocol 9"));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "]";
  for (int i = 1; i < 100; ++i) deep += "a";
  CHECK_THAT(refused_pickle(deep + "."), Contains("nested too deeply"));
  // Each list holds the one before it ten times: small to write, endless to walk.
  std::string bomb("]q\0", 3);
  for (char i = 0; i < 9; ++i) {
    bomb += "](";
    for (int k = 0; k < 10; ++k) bomb += std::string("h") + i;
    bomb += std::string("eq") + static_cast<char>(i + 1) + "0";
  }
  CHECK_THAT(refused_pickle("0" + bomb), Contains("finds nothing to work on"));
  CHECK_THAT(refused_pickle("](" + bomb + std::string("h\x09") + "e."), Contains("too large"));
}

TEST_CASE("cutting an archive anywhere, or changing a byte of its names, is noticed", "[io][unit]") {
  const std::string whole = flashmotion::read_file(fixture("few_step.pt").string());
  REQUIRE(refused(whole).empty());
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    INFO(length);
    CHECK_FALSE(refused(whole.substr(0, length)).empty());
  }
  const std::size_t begin = whole.find("\x80\x02}");
  for (std::size_t i = 0; i < 200; i += 3) {
    std::string changed = whole;
    changed[begin + i] = static_cast<char>(changed[begin + i] ^ 0x10);
    CHECK_FALSE(refused(changed).empty());
  }
}

TEST_CASE("a written checkpoint is read back, types and all", "[io][unit]") {
  const TempFolder folder;
  const flashmotion::NamedTensors tensors = {
      {"b", at::arange(6, at::kFloat).reshape({2, 3}).t()},
      {"a", at::arange(5).to(at::kBFloat16)},
      {"scalar", at::ones({})},
      {"none", at::ones({0, 3})},
      {"tiny", at::arange(3, at::kFloat).to(at::ScalarType::Float8_e4m3fn)},
  };
  std::vector<flashmotion::TensorOutline> outlines;
  for (const auto& [name, value] : tensors) outlines.push_back({name, value.scalar_type(), value.sizes().vec()});
  flashmotion::TorchPickleWriter writer(folder / "x.pth", outlines);
  for (const auto& item : tensors) writer.write(item.tensor);
  writer.finish();
  const TorchPickleFile file(folder / "x.pth");
  REQUIRE(file.root().dictionary()->size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    INFO(tensors[i].name);
    CHECK(file.root().dictionary()->at(i).first == tensors[i].name);
    const at::Tensor& have = *file.root().dictionary()->at(i).second.tensor();
    CHECK(have.scalar_type() == tensors[i].tensor.scalar_type());
    CHECK(have.to(at::kFloat).equal(tensors[i].tensor.to(at::kFloat)));
    CHECK(reinterpret_cast<std::uintptr_t>(have.const_data_ptr()) % 64 == 0);
  }
  CHECK_THROWS_WITH(flashmotion::TorchPickleWriter(folder / "y.pth", {{"a", at::kFloat, {1}}, {"a", at::kFloat, {1}}}),
                    Contains("the name is taken"));
  CHECK_THROWS_WITH(flashmotion::TorchPickleWriter(folder / "y.pth", {{"a", at::kComplexFloat, {1}}}),
                    Contains("ComplexFloat is not known"));
}

}  // namespace torch_pickle_test
