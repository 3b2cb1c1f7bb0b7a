#include "flashmotion/io/script_module.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "flashmotion/io/zip_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include <fstream>
#include <string>

namespace script_module_test {

using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::ScriptModule;

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

const at::Tensor kSome = at::arange(6, at::kFloat).view({2, 3});

TEST_CASE("a TorchScript program runs with inputs and flags", "[io][unit]") {
  const TempFolder folder;
  save_script(folder / "twice.pt",
              "def forward(self, x, more: bool = False):\n  return x * 3.0 if more else x * 2.0\n");
  const ScriptModule program(folder / "twice.pt");
  CHECK(program.path() == folder / "twice.pt");
  CHECK(program.sha256() == flashmotion::sha256_of_file((folder / "twice.pt").string()));
  CHECK(program.takes("more"));
  CHECK_FALSE(program.takes("less"));
  CHECK(program({kSome}).equal(kSome * 2));
  CHECK(program({kSome}, {{"more", true}}).equal(kSome * 3));
  CHECK(ScriptModule::is_program(folder / "twice.pt"));
}

TEST_CASE("a program runs in evaluation mode, without gradients, and its results may be used with them", "[io][unit]") {
  const TempFolder folder;
  save_script(folder / "mode.pt", "def forward(self, x):\n  return x * 5.0 if self.training else x\n");
  const auto result = ScriptModule(folder / "mode.pt")({kSome.clone().requires_grad_(true)});
  CHECK(result.equal(kSome));
  CHECK_FALSE(result.requires_grad());
  const auto weight = at::ones({3}).requires_grad_(true);
  (result * weight).sum().backward();
  CHECK(weight.grad().equal(kSome.sum(0)));
}

TEST_CASE("a program that fails gives its own words in one line", "[io][message]") {
  const TempFolder folder;
  const auto message = [&](const std::string& method) -> std::string {
    save_script(folder / "wrong.pt", method);
    try {
      static_cast<void>(ScriptModule(folder / "wrong.pt")({kSome}));
    } catch (const InputError& error) {
      return error.message();
    }
    return "none";
  };
  const auto raised = message("def forward(self, x):\n  assert x.dim() > 3, 'too few frames'\n  return x\n");
  CHECK_THAT(raised, Contains("wrong.pt' failed: ") && Contains("too few frames"));
  CHECK(raised.find('\n') == std::string::npos);
  const auto product = message("def forward(self, x):\n  return x.mm(x)\n");
  CHECK_THAT(product, Contains("2x3"));
  CHECK(product.find('\n') == std::string::npos);
  CHECK_THAT(message("def forward(self, x, y):\n  return x\n"), Contains("'y'") || Contains("y"));
  CHECK_THAT(message("def forward(self, x):\n  return [x]\n"), Contains("value of type List[Tensor]"));
}

TEST_CASE("files that hold no program say what they are", "[io][message]") {
  const TempFolder folder;
  const auto open = [&](const std::string& name) { return ScriptModule(folder / name); };
  CHECK_THROWS_WITH(open("missing.pt"), Contains("missing.pt"));
  write(folder / "text.pt", "hello");
  CHECK_THROWS_WITH(open("text.pt"), Contains("no TorchScript file"));
  write(folder / "old.pt", "\x80\x02rest");
  CHECK_THROWS_WITH(open("old.pt"), Contains("holds weights alone"));
  write(folder / "weights.pt", flashmotion::torch_pickle_of_bytes("weights"));
  CHECK_THROWS_WITH(open("weights.pt"), Contains("holds weights alone") && Contains("torch.jit.script"));
  CHECK_FALSE(ScriptModule::is_program(folder / "weights.pt"));
  write(folder / "other.zip", flashmotion::zip_of_one("a.txt", "a"));
  CHECK_THROWS_WITH(open("other.zip"), Contains("without a TorchScript program"));
  save_script(folder / "methods.pt", "def other(self, x):\n  return x\n");
  CHECK_THROWS_WITH(open("methods.pt"), Contains("without a method 'forward'"));
}

TEST_CASE("damaged programs are refused or give what the whole one gives", "[io][law]") {
  const TempFolder folder;
  save_script(folder / "whole.pt", "def forward(self, x):\n  return x + 1.0\n");
  const std::string whole = flashmotion::read_file((folder / "whole.pt").string());
  const auto file = folder / "damaged.pt";
  std::int64_t refused = 0, tried = 0;
  const auto attempt = [&](const std::string& bytes) {
    write(file, bytes);
    ++tried;
    try {
      const flashmotion::Tensor found = ScriptModule(file)({kSome});
      CHECK(found.equal(kSome + 1));
    } catch (const InputError&) {
      ++refused;
    }
  };
  for (std::size_t at = 0; at < whole.size(); at += 13) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    attempt(changed);
  }
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const auto before = refused;
    attempt(whole.substr(0, size));
    CHECK(refused == before + 1);
  }
  CHECK(refused * 3 > tried);
}

}  // namespace script_module_test
