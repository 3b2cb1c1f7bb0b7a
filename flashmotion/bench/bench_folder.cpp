#include "flashmotion/bench/bench_folder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/json_places.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/io/picture_files.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace flashmotion {
namespace bench_folder_detail {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = 64'000'000;
constexpr std::int64_t kMaxSide = 16384;
constexpr std::size_t kMaxCases = 10'000;
constexpr std::size_t kMaxId = 100;
constexpr std::size_t kShown = 20;  // mistakes

const std::vector<std::string> kBenchKeys{"format", "version", "name",   "kind", "fps",
                                          "frames", "width",   "height", "seed", "cases"};
const std::vector<std::string> kCaseKeys{"id", "group", "image", "prompt", "trajectory", "reference", "masks"};

bool is_id(const std::string& text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.size() <= kMaxId && text.front() != '.' && std::all_of(text.begin(), text.end(), good);
}

// Whether a path stays below its folder, by its words and by where links lead.
bool stays_inside(const fs::path& folder, const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  if (std::find(path.begin(), path.end(), fs::path("..")) != path.end()) return false;
  std::error_code code;
  const fs::path root = fs::canonical(folder, code);
  const fs::path real = fs::weakly_canonical(folder / path, code);
  return code || std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
}

class Reader {
 public:
  Reader(const fs::path& folder, const std::string& text)
      : folder_(folder), name_((folder / "bench.json").string()), text_(text), places_(std::nullopt) {}

  Bench read();

 private:
  // Runs what may throw, and keeps the mistake.
  template <class Work>
  bool attempt(Work work) {
    try {
      work();
      return true;
    } catch (const InputError& error) {
      mistakes_.push_back(error);
      return false;
    }
  }
  void only(const JsonValue& table, const std::string& path, const std::vector<std::string>& known);
  void header(const JsonValue& root, Bench& bench);
  BenchCase one_case(const JsonValue& value, const std::string& path, const Bench& bench);
  std::string place(const JsonValue& value, bool folder);
  void pictures(const JsonValue& value, const std::string& path, const Bench& bench);
  void trajectory(const JsonValue& value, const BenchCase& one, const Bench& bench);
  void tell() const;

  const fs::path& folder_;
  std::string name_;
  const std::string& text_;
  std::optional<JsonPlaces> places_;
  std::vector<InputError> mistakes_;
  bool sized_ = true;  // frames, width and height are known
};

void Reader::only(const JsonValue& table, const std::string& path, const std::vector<std::string>& known) {
  for (const std::string& key : table.keys()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string full = path.empty() ? key : path + "." + key;
    if (!places_) places_.emplace(text_);
    const TextPlace at = places_->key(full);
    mistakes_.emplace_back(fmt::format("'{}' is not known{}", full, suggestion(key, known, "known here")),
                           SourceLocation{name_, at.line, at.column});
  }
}

void Reader::header(const JsonValue& root, Bench& bench) {
  attempt([&] {
    bench.name = root.at("name").text();
    if (bench.name.empty()) root.at("name").fail("must not be empty");
  });
  attempt([&] {
    const std::string word = root.at("kind").text();
    const auto kind = parse_enum<BenchKind>(word);
    const std::vector<std::string> known = enum_words<BenchKind>();
    if (!kind) root.at("kind").fail(fmt::format("is '{}'{}", word, suggestion(word, known, "there are")));
    bench.kind = *kind;
  });
  attempt([&] {
    bench.fps = root.at("fps").number();
    if (!(bench.fps >= 0.1 && bench.fps <= 1000)) root.at("fps").fail("must be from 0.1 to 1000");
  });
  sized_ = attempt([&] {
    bench.frames = root.at("frames").whole(1, TrajectoryLimits{}.frames);
    if (!is_valid_frame_count(bench.frames))
      root.at("frames").fail(frame_count_message("is wrong: a case", bench.frames));
  });
  sized_ = attempt([&] { bench.width = root.at("width").whole(1, kMaxSide); }) && sized_;
  sized_ = attempt([&] { bench.height = root.at("height").whole(1, kMaxSide); }) && sized_;
  attempt([&] { bench.seed = root.at("seed").whole(0); });
}

// A path of a case that is there and inside the folder.
std::string Reader::place(const JsonValue& value, bool folder) {
  std::string text = value.text();
  if (!stays_inside(folder_, text))
    value.fail(fmt::format("must be a path inside the benchmark's folder, relative to it, found '{}'", text));
  std::error_code code;
  const bool there = folder ? fs::is_directory(folder_ / text, code) : fs::is_regular_file(folder_ / text, code);
  if (!there)
    value.fail(fmt::format("names {} '{}', which is missing; make the benchmark again or copy it whole",
                           folder ? "the folder" : "the file", text));
  return text;
}

void Reader::pictures(const JsonValue& value, const std::string& path, const Bench& bench) {
  const std::size_t count = pictures_in(folder_ / path).size();
  if (count == static_cast<std::size_t>(bench.frames)) return;
  value.fail(fmt::format("has {} pictures in '{}'; it needs one for each of the {} frames", count, path, bench.frames));
}

void Reader::trajectory(const JsonValue& value, const BenchCase& one, const Bench& bench) {
  const JsonValue file = value.at("trajectory");
  const Trajectory trajectory = read_case_trajectory(bench, one);
  if (trajectory.frames != bench.frames)
    file.fail(fmt::format("has {} frames; the benchmark has {}", trajectory.frames, bench.frames));
  if (trajectory.width != bench.width || trajectory.height != bench.height)
    file.fail(fmt::format("is of {}x{} pixels; the benchmark is of {}x{}", trajectory.width, trajectory.height,
                          bench.width, bench.height));
  const auto objects = static_cast<std::int64_t>(trajectory.objects.size());
  if (objects > 255) file.fail("has more objects than a label map can name, 255");
  if (objects == 0 || one.group.empty() || one.group == bench_group(objects)) return;
  value.at("group").fail(
      fmt::format("is '{}', but the trajectory has {} objects: group '{}'", one.group, objects, bench_group(objects)));
}

BenchCase Reader::one_case(const JsonValue& value, const std::string& path, const Bench& bench) {
  BenchCase one;
  only(value, path, kCaseKeys);
  attempt([&] {
    one.id = value.at("id").text();
    if (!is_id(one.id))
      value.at("id").fail(fmt::format("must be 1 to {} letters, digits, '-', '_' and '.', found '{}'", kMaxId, one.id));
  });
  attempt([&] {
    const std::string group = value.at("group").text();
    if (std::find(kBenchGroups.begin(), kBenchGroups.end(), group) == kBenchGroups.end())
      value.at("group").fail(fmt::format("must be \"1\", \"2\", \"3\", \"4\", \"5\" or \"6+\", found \"{}\"", group));
    one.group = group;
  });
  attempt([&] { one.prompt = value.at("prompt").text(); });
  attempt([&] { one.image = place(value.at("image"), false); });
  for (auto [key, member] : {std::pair{"reference", &BenchCase::reference}, std::pair{"masks", &BenchCase::masks}}) {
    attempt([&, key = key, member = member] {
      one.*member = place(value.at(key), true);
      if (sized_) pictures(value.at(key), one.*member, bench);
    });
  }
  attempt([&] {
    one.trajectory = place(value.at("trajectory"), false);
    if (sized_) trajectory(value, one, bench);
  });
  return one;
}

void Reader::tell() const {
  if (mistakes_.empty()) return;
  std::string text = mistakes_.front().message();
  for (std::size_t i = 1; i < std::min(mistakes_.size(), kShown); ++i) {
    const std::string where = mistakes_[i].where().str();
    text += fmt::format("\n{}{}{}", where, where.empty() ? "" : ": ", mistakes_[i].message());
  }
  if (mistakes_.size() > kShown) text += fmt::format("\nand {} more mistakes", mistakes_.size() - kShown);
  throw InputError(text, mistakes_.front().where());
}

Bench Reader::read() {
  const JsonValue root = JsonValue::parse(text_, name_);
  if (!root.is_object()) throw InputError("a benchmark must be an object in { }", SourceLocation{name_, 1, 1});
  if (const std::string format = root.at("format").text(); format != "flashmotion-bench")
    root.at("format").fail(fmt::format("must be \"flashmotion-bench\", found \"{}\"", format));
  const std::int64_t version = root.at("version").whole();
  if (version > kBenchVersion)
    root.at("version").fail(
        fmt::format("is {}: the folder was made by a newer version of this program, which reads {}; "
                    "update it, or make the benchmark again",
                    version, kBenchVersion));
  if (version < 1) root.at("version").fail(fmt::format("must be {}, found {}", kBenchVersion, version));

  Bench bench;
  bench.folder = folder_;
  only(root, "", kBenchKeys);
  header(root, bench);
  std::vector<JsonValue> cases;
  attempt([&] {
    cases = root.at("cases").elements();
    if (cases.empty() || cases.size() > kMaxCases)
      root.at("cases").fail(fmt::format("must be a list of 1 to {} cases", kMaxCases));
  });
  std::map<std::string, std::size_t> ids;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    attempt([&] {
      bench.cases.push_back(one_case(cases[i], fmt::format("cases[{}]", i), bench));
      const std::string& id = bench.cases.back().id;
      const auto [first, fresh] = ids.try_emplace(id, i);
      if (!fresh && !id.empty())
        cases[i].at("id").fail(fmt::format("is '{}', as that of cases[{}]: give each case its own", id, first->second));
    });
  }
  tell();
  return bench;
}

}  // namespace bench_folder_detail

std::string bench_group(std::int64_t objects) { return objects >= 6 ? "6+" : fmt::format("{}", objects); }

Bench read_bench(const std::filesystem::path& folder) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(folder / "bench.json", code))
    throw InputError(fmt::format(
        "'{}' is no benchmark folder: it has no bench.json; 'flashmotion flashbench make' makes one", folder.string()));
  return parse_bench(folder, read_file((folder / "bench.json").string(), bench_folder_detail::kMaxBytes));
}

Bench parse_bench(const std::filesystem::path& folder, const std::string& text) {
  return bench_folder_detail::Reader(folder, text).read();
}

Trajectory read_case_trajectory(const Bench& bench, const BenchCase& one) {
  return read_trajectory(bench.folder / one.trajectory);
}

std::string bench_text(const Bench& bench) {
  JsonWriter json(2);
  json.begin_object()
      .field("format", "flashmotion-bench")
      .field("version", kBenchVersion)
      .field("name", bench.name)
      .field("kind", std::string(to_string(bench.kind)))
      .field("fps", bench.fps)
      .field("frames", bench.frames)
      .field("width", bench.width)
      .field("height", bench.height)
      .field("seed", bench.seed)
      .key("cases")
      .begin_array();
  for (const BenchCase& one : bench.cases) {
    json.begin_object()
        .field("id", one.id)
        .field("group", one.group)
        .field("image", one.image)
        .field("prompt", one.prompt)
        .field("trajectory", one.trajectory)
        .field("reference", one.reference)
        .field("masks", one.masks)
        .end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

}  // namespace flashmotion
