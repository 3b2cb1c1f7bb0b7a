#include "flashmotion/bench/parity/parity.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/bench/parity/components.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace flashmotion::parity {
namespace parity_detail {

struct Component {
  std::string_view name;
  NamedTensors (*compute)(const Fixture&);
  NamedTensors (*wanted)(const Fixture&) = nullptr;  // besides expected.safetensors
};
constexpr std::array kComponents{
    Component{"cfg", compute_cfg},
    Component{"clip_vision", compute_clip_vision},
    Component{"clip_vision_original_keys", compute_clip_vision},
    Component{"dit_bf16_diffusers", compute_dit_bf16},
    Component{"dit_original_keys", compute_dit},
    Component{"dit_wan21_i2v", compute_dit},
    Component{"dit_wan21_i2v_original_keys", compute_dit},
    Component{"dit_wan21_t2v", compute_dit},
    Component{"dit_wan22_ti2v", compute_dit},
    Component{"dmd_math", compute_dmd_math},
    Component{"experts", compute_experts},
    Component{"prompt_cleaning", compute_prompt_cleaning, wanted_prompt_cleaning},
    Component{"schedulers", compute_schedulers},
    Component{"tokenizer", compute_tokenizer, wanted_tokenizer},
    Component{"umt5", compute_umt5},
    Component{"umt5_original_keys", compute_umt5},
    Component{"vae_wan21", compute_vae},
    Component{"vae_wan21_original_keys", compute_vae},
    Component{"vae_wan22", compute_vae},
    Component{"vae_wan22_original_keys", compute_vae},
};

const Component& component_of(const Fixture& fixture) {
  std::vector<std::string> names;
  for (const Component& component : kComponents) {
    if (component.name == fixture.component) return component;
    names.emplace_back(component.name);
  }
  throw InputError(fmt::format("'{}' is of the component '{}', which is unknown{}", fixture.folder.string(),
                               fixture.component, suggestion(fixture.component, names, "there are")));
}

TensorResult compare(const std::string& name, const Tensor& have, const Tensor& want, const Fixture& fixture) {
  TensorResult result;
  result.name = name;
  if (!have.defined()) {
    result.problem = "is not computed by the library";
    return result;
  }
  if (have.sizes() != want.sizes()) {
    result.problem =
        fmt::format("has shape [{}], expected [{}]", fmt::join(have.sizes(), ", "), fmt::join(want.sizes(), ", "));
    return result;
  }
  if (want.numel() == 0) {
    result.passed = true;
    return result;
  }
  const Tensor a = have.detach().to(torch::kFloat64), b = want.to(torch::kFloat64);
  const Tensor difference = (a - b).abs();
  // Written so that a NaN fails.
  result.passed = (difference <= fixture.absolute + fixture.relative * b.abs()).all().item<bool>();
  result.absolute = difference.max().item<double>();
  const Tensor divisor = torch::where(b == 0, torch::full_like(b, INFINITY), b.abs());
  result.relative = (difference / divisor).max().item<double>();
  return result;
}

void write(JsonWriter& json, const FolderResult& folder) {
  json.begin_object().field("folder", folder.folder).field("component", folder.component);
  json.field("passed", folder.passed());
  if (!folder.problem.empty()) json.field("problem", folder.problem);
  json.key("tensors").begin_array();
  for (const TensorResult& tensor : folder.tensors) {
    json.begin_object().field("name", tensor.name).field("passed", tensor.passed);
    if (tensor.problem.empty()) {
      json.field("absolute", tensor.absolute).field("relative", tensor.relative);
    } else {
      json.field("problem", tensor.problem);
    }
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace parity_detail

bool FolderResult::passed() const {
  return problem.empty() && std::all_of(tensors.begin(), tensors.end(), [](const TensorResult& t) { return t.passed; });
}

FolderResult run_folder(const std::filesystem::path& folder) {
  const Fixture fixture = read_fixture(folder);
  const parity_detail::Component& component = parity_detail::component_of(fixture);
  if (!fixture.expected && component.wanted == nullptr) {
    throw InputError(fmt::format("'{}' has no expected.safetensors", folder.string()));
  }
  NamedTensors computed, wanted;
  try {
    computed = component.compute(fixture);
    if (fixture.expected) wanted = fixture.expected->tensors();
    if (component.wanted != nullptr) {
      const NamedTensors more = component.wanted(fixture);
      wanted.insert(wanted.end(), more.begin(), more.end());
    }
  } catch (const nlohmann::json::exception& problem) {
    throw InputError(fmt::format("'{}' is damaged: {}", (folder / "fixture.json").string(), problem.what()));
  } catch (const ShapeError& problem) {
    throw InputError(fmt::format("the inputs in '{}' do not fit: {}", folder.string(), problem.what()));
  }
  FolderResult result;
  result.folder = folder.string();
  result.component = fixture.component;
  for (const auto& [name, want] : wanted) {
    const auto found =
        std::find_if(computed.begin(), computed.end(), [&name = name](const auto& t) { return t.name == name; });
    result.tensors.push_back(
        parity_detail::compare(name, found == computed.end() ? Tensor() : found->tensor, want, fixture));
  }
  return result;
}

std::string results_text(std::span<const FolderResult> results) {
  std::string text;
  const auto out = std::back_inserter(text);
  std::size_t tensors = 0, failed = 0, bad = 0;
  for (const FolderResult& folder : results) {
    fmt::format_to(out, "{} ({})\n", folder.folder, folder.component.empty() ? "not run" : folder.component);
    if (!folder.problem.empty()) ++bad;
    for (const TensorResult& tensor : folder.tensors) {
      ++tensors;
      if (!tensor.passed) ++failed;
      const char* verdict = tensor.passed ? "PASS" : "FAIL";
      if (tensor.problem.empty()) {
        fmt::format_to(out, "  {}  {:<32} absolute {:9.3e}  relative {:9.3e}\n", verdict, tensor.name, tensor.absolute,
                       tensor.relative);
      } else {
        fmt::format_to(out, "  {}  {:<32} {}\n", verdict, tensor.name, tensor.problem);
      }
    }
  }
  fmt::format_to(out, "folders: {}, tensors: {}, passed: {}, failed: {}", results.size(), tensors, tensors - failed,
                 failed);
  if (bad > 0) fmt::format_to(out, ", folders that could not be run: {}", bad);
  return text + "\n";
}

std::string results_json(std::span<const FolderResult> results) {
  JsonWriter json(2);
  json.begin_object().field("version", 1);
  json.field("passed", std::all_of(results.begin(), results.end(), [](const auto& r) { return r.passed(); }));
  json.key("folders").begin_array();
  for (const FolderResult& folder : results) parity_detail::write(json, folder);
  json.end_array().end_object();
  return json.text() + "\n";
}

}  // namespace flashmotion::parity
