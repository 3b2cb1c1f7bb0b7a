#include "flashmotion/io/script_module.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/io/detail/zip_directory.hpp"
#include "flashmotion/io/mapped_file.hpp"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <exception>
#include <optional>

namespace flashmotion {

struct ScriptModule::Program {
  std::filesystem::path path;
  std::string sha256;
  torch::jit::Module module;
  std::optional<torch::jit::Method> forward;
};

namespace script_module {

constexpr std::size_t kLongest = 300;  // bytes of somebody else's message
constexpr std::string_view kCode = "/constants.pkl";

// What an error of LibTorch says, without the lists of calls around it: the last line that is not empty.
std::string reason(const std::exception& error) {
  const auto* own = dynamic_cast<const c10::Error*>(&error);
  std::string_view text = own != nullptr ? own->what_without_backtrace() : error.what();
  text = text.substr(0, text.find("\nException raised from"));
  const auto end = text.find_last_not_of(" \n");
  if (end == std::string_view::npos) return "no reason is given";
  text = text.substr(0, end + 1);
  const auto line = text.rfind('\n');
  if (line != std::string_view::npos) text = text.substr(line + 1);
  return std::string(text.substr(0, kLongest));
}

bool has_code(const auto& entries) {
  for (const auto& [name, entry] : entries) {
    if (name.ends_with(kCode)) return true;
  }
  return false;
}

// All that can be said without LibTorch, which trusts the bytes that it reads.
void expect_program(const MappedFile& file) {
  const std::string name = file.path().string();
  const auto bytes = file.bytes();
  constexpr const char* kExport =
      "'{}' holds weights alone, and a program is needed; write one in Python with "
      "torch.jit.script(model).save('NEW.pt')";
  if (bytes.starts_with("\x80")) throw InputError(fmt::format(kExport, name));
  if (!bytes.starts_with("PK")) {
    throw InputError(fmt::format(
        "'{}' is no TorchScript file: it does not begin as a zip archive does; give what torch.jit.save wrote", name));
  }
  const auto entries = zip_detail::read_zip_directory(bytes, name, zip_detail::ZipPacking::deflated);
  if (!has_code(entries)) {
    for (const auto& [entry, place] : entries) {
      if (entry.ends_with("/data.pkl")) throw InputError(fmt::format(kExport, name));
    }
    throw InputError(
        fmt::format("'{}' is a zip archive without a TorchScript program; give what torch.jit.save wrote", name));
  }
  for (const auto& [entry, place] : entries) static_cast<void>(zip_detail::zip_content(bytes, place, name));
}

}  // namespace script_module

ScriptModule::ScriptModule(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  script_module::expect_program(mapped);
  auto program = std::make_shared<Program>();
  program->path = file;
  program->sha256 = sha256_hex(mapped.bytes());
  try {
    program->module = torch::jit::load(file.string(), at::kCPU);
    program->module.eval();
    program->forward = program->module.find_method("forward");
  } catch (const std::exception& error) {
    throw InputError(
        fmt::format("'{}' cannot be read as a TorchScript program ({}); write it anew with PyTorch 2.11 or "
                    "older",
                    file.string(), script_module::reason(error)));
  }
  if (!program->forward) {
    throw InputError(fmt::format("'{}' is a program without a method 'forward'; save one that has it", file.string()));
  }
  program_ = std::move(program);
}

const std::filesystem::path& ScriptModule::path() const noexcept { return program_->path; }

const std::string& ScriptModule::sha256() const noexcept { return program_->sha256; }

bool ScriptModule::takes(std::string_view argument) const {
  for (const auto& known : program_->forward->function().getSchema().arguments()) {
    if (known.name() == argument) return true;
  }
  return false;
}

Tensor ScriptModule::operator()(const std::vector<Tensor>& inputs, const Flags& flags) const {
  const c10::InferenceMode inference;
  const torch::jit::GraphOptimizerEnabledGuard unoptimised(false);
  std::vector<c10::IValue> stack;
  for (const auto& input : inputs) stack.emplace_back(input.detach().to(at::kCPU));
  torch::jit::Kwargs named;
  for (const auto& [name, value] : flags) named.emplace(name, value);
  c10::IValue result;
  try {
    result = (*program_->forward)(std::move(stack), named);
  } catch (const std::exception& error) {
    throw InputError(fmt::format("'{}' failed: {}; see what its 'forward' is given in the page on FlashBench",
                                 program_->path.string(), script_module::reason(error)));
  }
  if (!result.isTensor() || !result.toTensor().defined() || result.toTensor().is_complex() ||
      result.toTensor().layout() != at::kStrided) {
    throw InputError(
        fmt::format("'{}' returned a value of type {}; let its 'forward' return one dense tensor of numbers",
                    program_->path.string(), result.type()->annotation_str()));
  }
  // A tensor of inference mode could not be used where gradients are recorded.
  const c10::InferenceMode outside(false);
  return result.toTensor().clone();
}

bool ScriptModule::is_program(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  if (!mapped.bytes().starts_with("PK")) return false;
  try {
    return script_module::has_code(
        zip_detail::read_zip_directory(mapped.bytes(), file.string(), zip_detail::ZipPacking::deflated));
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace flashmotion
