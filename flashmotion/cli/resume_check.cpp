#include "flashmotion/base/read_file.hpp"
#include "flashmotion/cli/child.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/train/experiment.hpp"

#include <ATen/core/Tensor.h>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>
#include <vector>

namespace flashmotion::cli {
namespace resume_check_detail {

namespace fs = std::filesystem;

constexpr int kStopped = 143;  // how a run says that its state is saved

/// The folder of both runs; it goes at the end, unless something is to be seen in it.
class Workplace {
 public:
  explicit Workplace(const cxxopts::ParseResult& parsed) : keep_(parsed.count("out") > 0) {
    if (keep_) {
      path_ = parsed["out"].as<std::string>();
      fs::create_directories(path_);
      if (!fs::is_empty(path_))
        throw InputError(fmt::format("'{}' is not empty; choose another --out", path_.string()));
      return;
    }
    std::string name = (fs::temp_directory_path() / "flashmotion-resume-check-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw InputError(fmt::format("'{}' cannot be made; give --out", name));
    path_ = name;
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code none;
    if (!keep_) fs::remove_all(path_, none);
  }
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
  void keep() { keep_ = true; }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
  bool keep_;
};

/// The words of `flashmotion run` with the options of this command.
std::vector<std::string> run_words(const cxxopts::ParseResult& parsed, const std::string& recipe) {
  std::vector<std::string> words{"run", recipe, "--stages-only", "--quiet"};
  for (const char* option : {"set", "drop", "plugin", "plugin-dir"}) {
    for (const std::string& value : list_of(parsed, option)) {
      words.push_back(fmt::format("--{}", option));
      words.push_back(value);
    }
  }
  if (parsed.count("allow-writable-plugins") > 0) words.emplace_back("--allow-writable-plugins");
  return words;
}

/// Runs the program in a process of its own; returns whether it was at its end. Throws Error when it failed.
bool run(std::vector<std::string> words, const fs::path& out, const std::vector<std::string>& more,
         const StopFlag& stop) {
  const std::string log = out.string() + ".log";
  words.insert(words.end(), {"--out", out.string()});
  words.insert(words.end(), more.begin(), more.end());
  Child child(words, log);
  while (!child.ended()) {
    stop.throw_if_stopped();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (child.code() == 0) return true;
  if (child.code() == kStopped) return false;
  throw Error(fmt::format("the run ended with exit code {}:\n{}", child.code(), read_file(log)));
}

/// One file of weights of both runs. Says nothing when they are equal.
std::string difference(const fs::path& one, const fs::path& other) {
  if (!fs::exists(other)) return "is missing in the resumed run";
  if (read_file(one.string()) == read_file(other.string())) return {};
  const SafetensorsFile a(one), b(other);
  if (a.names() != b.names()) return "has other tensors in the resumed run";
  std::string first;
  std::size_t count = 0;
  double largest = 0.0;
  for (const std::string& name : a.names()) {
    const at::Tensor x = a.tensor(name), y = b.tensor(name);
    if (x.sizes() == y.sizes() && std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0) continue;
    if (count++ == 0) first = name;
    if (x.sizes() == y.sizes() && x.numel() > 0) largest = std::max(largest, x.sub(y).abs().max().item<double>());
  }
  if (count == 0) return "has another header";
  return fmt::format("differs in {} of {} tensors, the first is '{}'; by up to {:.3g}", count, a.names().size(), first,
                     largest);
}

/// The first line of metrics that differs; empty when none does.
std::string first_other_line(const fs::path& one, const fs::path& other) {
  std::istringstream a(fs::exists(one) ? read_file(one.string()) : ""),
      b(fs::exists(other) ? read_file(other.string()) : "");
  for (std::string x, y; std::getline(a, x);) {
    if (!std::getline(b, y) || x != y) return x.substr(0, x.find(", \"terms\"")) + "}";
  }
  return {};
}

/// Every trained role of every stage; returns whether all are equal.
bool compare(const Recipe& recipe, const fs::path& whole, const fs::path& resumed) {
  std::vector<std::string> names;
  for (const StageConfig& stage : recipe.config.stage) names.push_back(stage.name);
  for (const VariantConfig& variant : recipe.config.variant) {
    const std::string name = Experiment::result_name(variant.adapter, variant.drop);
    if (!variant.drop.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  bool equal = true;
  for (const std::string& name : names) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(whole / "stages" / name)) {
      if (entry.path().extension() == ".safetensors") files.push_back(entry.path().filename().string());
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      const std::string told = difference(whole / "stages" / name / file, resumed / "stages" / name / file);
      fmt::print("{:<42} {:<14} {}\n", name, file.substr(6, file.size() - 18), told.empty() ? "equal" : told);
      equal = equal && told.empty();
    }
  }
  const std::string line = first_other_line(whole / "metrics.jsonl", resumed / "metrics.jsonl");
  if (!line.empty()) fmt::print("metrics.jsonl differs first at {}\n", line);
  return equal && line.empty();
}

}  // namespace resume_check_detail

int resume_check_command(std::span<char* const> arguments, const Context& context) {
  using namespace resume_check_detail;
  cxxopts::Options options("flashmotion resume-check",
                           "Trains a recipe's stages twice, in one go and with stops, each time going on in a process "
                           "of its own,\nand compares the final weights byte by byte. Exit code 0: equal, 1: not.");
  options.custom_help("RECIPE [OPTIONS]").positional_help("");
  options.add_options()("recipe", "recipe file", cxxopts::value<std::string>())(
      "stops", "stops in each stage", cxxopts::value<std::int64_t>()->default_value("3"))(
      "out", "folder to keep both runs in; default: one that goes at the end", cxxopts::value<std::string>());
  add_change_options(options);
  add_plugin_options(options);
  options.parse_positional("recipe");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const std::string path = required(*parsed, "recipe", "the recipe");
  const auto stops = (*parsed)["stops"].as<std::int64_t>();
  if (stops < 1) throw InputError(fmt::format("--stops is at least 1, not {}", stops));
  const LoadedRecipe loaded(path, changes_of(*parsed), plugin_search(*parsed));
  Workplace place(*parsed);
  const std::vector<std::string> words = run_words(*parsed, path);
  context.log.info("training in one go");
  run(words, place / "whole", {}, context.stop);
  context.log.info("training with {} stops in each stage", stops);
  std::int64_t processes = 1;
  while (!run(words, place / "resumed", {"--resume", "--stops", std::to_string(stops)}, context.stop)) ++processes;
  if (compare(loaded.recipe, place / "whole", place / "resumed")) {
    fmt::print("equal to the last byte after {} processes\n", processes);
    return 0;
  }
  place.keep();
  fmt::print(
      "a resumed run comes to other weights: something keeps a state that is not among its tensors, or draws numbers "
      "that do not come from the seed\n(docs/writing_a_plugin.md); both runs are in {}\n",
      place.path());
  return 1;
}

}  // namespace flashmotion::cli
