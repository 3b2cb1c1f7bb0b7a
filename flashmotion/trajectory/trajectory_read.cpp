#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/json_places.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

namespace flashmotion {
namespace trajectory_read_detail {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxBytes = 64'000'000;
constexpr std::size_t kMaxMistakes = 20;
constexpr int kMaxDepth = 16;
constexpr double kFarOutside = 4;  // a box so far away is in pixels
constexpr std::array<std::string_view, 6> kColours = {"#f21a1a", "#1ad926", "#2640ff", "#f2e61a", "#f226e6", "#1ae6eb"};

// Collects all mistakes of one text.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Trajectory read(const TrajectoryLimits& limits);

 private:
  void mistake(const std::string& path, const std::string& what) {
    mistakes_.push_back({places_->find(path), path.empty() ? what : fmt::format("'{}' {}", path, what)});
  }
  [[noreturn]] void give_up() const;

  [[nodiscard]] Json parse();
  // The value of a key, or none after a note that it is missing.
  const Json* member(const Json& object, const std::string& path, std::string_view key, bool needed = true);
  void only(const Json& object, const std::string& path, const std::vector<std::string>& known);
  std::int64_t whole(const Json& object, const std::string& path, std::string_view key, std::int64_t low,
                     std::int64_t high);
  std::string text(const Json& object, const std::string& path, std::string_view key, std::string otherwise,
                   bool needed);
  bool header(const Json& root);
  TrajectoryObject object(const Json& value, const std::string& path, std::size_t index, std::int64_t frames);
  void key(const Json& value, const std::string& path, std::int64_t frames, TrajectoryObject& object);
  void box(const Json& value, const std::string& path, std::array<double, 4>& box);

  static std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  struct Mistake {
    TextPlace place;
    std::string text;
  };
  std::string_view text_;
  const std::string& name_;
  std::unique_ptr<JsonPlaces> places_;
  std::vector<Mistake> mistakes_;
};

void Reader::give_up() const {
  std::string text;
  for (std::size_t i = 0; i < std::min(mistakes_.size(), kMaxMistakes); ++i) {
    const auto& [place, what] = mistakes_[i];
    text += i == 0 ? what : fmt::format("\n{}: {}", SourceLocation{name_, place.line, place.column}.str(), what);
  }
  if (mistakes_.size() > kMaxMistakes) text += fmt::format("\nand {} more mistakes", mistakes_.size() - kMaxMistakes);
  throw InputError(text, SourceLocation{name_, mistakes_[0].place.line, mistakes_[0].place.column});
}

Json Reader::parse() {
  bool deep = false;
  try {
    Json root = Json::parse(text_.begin(), text_.end(), [&](int depth, Json::parse_event_t, Json&) {
      deep = deep || depth > kMaxDepth;
      return !deep;
    });
    if (deep) throw InputError("this is nested far deeper than a trajectory", SourceLocation{name_, 1, 1});
    return root;
  } catch (const Json::parse_error& error) {
    const TextPlace place = place_of(text_, json_token_start(text_, error.byte == 0 ? 0 : error.byte - 1));
    const bool end = error.byte > text_.size();
    throw InputError(end ? "the text ends too early; a bracket or a quotation mark is not closed"
                         : "this is not valid JSON; look for a missing comma, quotation mark or bracket just before it",
                     SourceLocation{name_, place.line, place.column});
  }
}

const Json* Reader::member(const Json& object, const std::string& path, std::string_view key, bool needed) {
  const auto found = object.find(std::string(key));
  if (found != object.end()) return &*found;
  if (needed) mistake(path, fmt::format("needs the key '{}'", key));
  return nullptr;
}

void Reader::only(const Json& object, const std::string& path, const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    // At the key itself, as that is what is misspelt.
    const std::string place = join(path, key);
    mistakes_.push_back(
        {places_->key(place), fmt::format("'{}' is not known{}", place, suggestion(key, known, "known here"))});
  }
}

std::int64_t Reader::whole(const Json& object, const std::string& path, std::string_view key, std::int64_t low,
                           std::int64_t high) {
  const Json* value = member(object, path, key);
  if (value == nullptr) return low;
  if (!value->is_number_integer()) {
    mistake(join(path, key), fmt::format("must be a whole number, found {}", value->dump()));
    return low;
  }
  const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (huge || value->get<std::int64_t>() < low || value->get<std::int64_t>() > high) {
    mistake(join(path, key), fmt::format("must be from {} to {}, found {}", low, high, value->dump()));
    return low;
  }
  return value->get<std::int64_t>();
}

std::string Reader::text(const Json& object, const std::string& path, std::string_view key, std::string otherwise,
                         bool needed) {
  const Json* value = member(object, path, key, needed);
  if (value == nullptr) return otherwise;
  if (value->is_string()) return value->get<std::string>();
  mistake(join(path, key), fmt::format("must be a text in quotation marks, found {}", value->type_name()));
  return otherwise;
}

// Returns false when the rest cannot be judged.
bool Reader::header(const Json& root) {
  if (!root.is_object()) {
    mistake("", "a trajectory must be an object in { }");
    return false;
  }
  const Json* format = member(root, "", "format");
  if (format == nullptr || *format != "flashmotion-trajectory") {
    if (format != nullptr)
      mistake("format", fmt::format("must be \"flashmotion-trajectory\", found {}", format->dump()));
    return false;
  }
  const Json* version = member(root, "", "version");
  if (version == nullptr || !version->is_number_integer() || version->get<std::int64_t>() < 1) {
    if (version != nullptr) mistake("version", fmt::format("must be 1, found {}", version->dump()));
    return false;
  }
  if (*version != 1) {
    mistake("version", fmt::format("is {}: the file was made by a newer version of this program, which reads 1; "
                                   "update it, or save the trajectory as version 1",
                                   version->dump()));
    return false;
  }
  return true;
}

void Reader::box(const Json& value, const std::string& path, std::array<double, 4>& box) {
  const bool numbers = value.is_array() && value.size() == 4 &&
                       std::all_of(value.begin(), value.end(), [](const Json& side) { return side.is_number(); });
  if (!numbers) return mistake(path, "must be four numbers [x0, y0, x1, y1]");
  for (std::size_t i = 0; i < 4; ++i) {
    box[i] = value[i].get<double>();
    if (!(std::abs(box[i]) <= kFarOutside)) {
      return mistake(path, fmt::format("lies far outside the picture ({}): sides are shares of width and height, so "
                                       "divide pixels by them",
                                       value[i].dump()));
    }
  }
  if (!(box[0] < box[2] && box[1] < box[3])) mistake(path, "is empty: x0 must be below x1, and y0 below y1");
}

void Reader::key(const Json& value, const std::string& path, std::int64_t frames, TrajectoryObject& object) {
  if (!value.is_object())
    return mistake(path, "must be an object like { \"frame\": 0, \"box\": [0.1, 0.1, 0.4, 0.4] }");
  only(value, path, {"frame", "box"});
  BoxKey key;
  const std::size_t before = mistakes_.size();
  key.frame = whole(value, path, "frame", 0, frames - 1);
  const bool known = mistakes_.size() == before;
  if (const Json* sides = member(value, path, "box")) box(*sides, join(path, "box"), key.box);
  if (known && !object.keys.empty() && key.frame <= object.keys.back().frame) {
    mistake(join(path, "frame"), fmt::format("is {}, but the key before is at frame {}: frames must rise", key.frame,
                                             object.keys.back().frame));
  }
  object.keys.push_back(key);
}

TrajectoryObject Reader::object(const Json& value, const std::string& path, std::size_t index, std::int64_t frames) {
  TrajectoryObject object;
  if (!value.is_object()) {
    mistake(path, "must be an object with 'name' and 'keys'");
    return object;
  }
  only(value, path, {"name", "colour", "prompt", "keys"});
  object.name = text(value, path, "name", "", true);
  object.prompt = text(value, path, "prompt", object.name, false);
  const std::string colour = text(value, path, "colour", std::string(kColours[index % kColours.size()]), false);
  if (const auto parsed = parse_colour(colour)) {
    object.colour = *parsed;
  } else {
    mistake(join(path, "colour"), fmt::format("must be a colour like \"#f21a1a\", found \"{}\"", colour));
  }
  const Json* keys = member(value, path, "keys");
  if (keys == nullptr) return object;
  if (!keys->is_array() || keys->empty()) {
    mistake(join(path, "keys"), "must be a list of at least one key");
    return object;
  }
  for (std::size_t k = 0; k < keys->size(); ++k) {
    key((*keys)[k], fmt::format("{}[{}]", join(path, "keys"), k), frames, object);
  }
  return object;
}

Trajectory Reader::read(const TrajectoryLimits& limits) {
  const Json root = parse();
  places_ = std::make_unique<JsonPlaces>(text_);
  for (const std::string& path : places_->repeated()) {
    mistakes_.push_back({places_->key(path), fmt::format("'{}' is given twice", path)});
  }
  Trajectory result;
  if (header(root)) {
    only(root, "", {"format", "version", "frames", "width", "height", "fps", "objects"});
    const std::size_t before = mistakes_.size();
    result.frames = whole(root, "", "frames", 1, limits.frames);
    // An unknown length must not make every key wrong.
    const std::int64_t frames = mistakes_.size() == before ? result.frames : limits.frames;
    result.width = whole(root, "", "width", 1, 16384);
    result.height = whole(root, "", "height", 1, 16384);
    if (const Json* fps = member(root, "", "fps", false)) {
      const double value = fps->is_number() ? fps->get<double>() : 0;
      if (value >= 0.1 && value <= 1000) {
        result.fps = value;
      } else {
        mistake("fps", fmt::format("must be a number from 0.1 to 1000, found {}", fps->dump()));
      }
    }
    const Json* objects = member(root, "", "objects");
    if (objects != nullptr && (!objects->is_array() || objects->empty())) {
      mistake("objects", "must be a list of at least one object");
    } else if (objects != nullptr && objects->size() > static_cast<std::size_t>(limits.objects)) {
      mistake("objects", fmt::format("has {} objects; at most {} are read", objects->size(), limits.objects));
    } else if (objects != nullptr) {
      for (std::size_t i = 0; i < objects->size(); ++i) {
        result.objects.push_back(object((*objects)[i], fmt::format("objects[{}]", i), i, frames));
      }
    }
  }
  if (!mistakes_.empty()) give_up();
  return result;
}

}  // namespace trajectory_read_detail

Trajectory parse_trajectory(std::string_view text, const std::string& name, const TrajectoryLimits& limits) {
  return trajectory_read_detail::Reader(text, name).read(limits);
}

Trajectory read_trajectory(const std::filesystem::path& path, const TrajectoryLimits& limits) {
  const std::string text = read_file(path.string(), trajectory_read_detail::kMaxBytes);
  return parse_trajectory(text, path.string(), limits);
}

}  // namespace flashmotion
