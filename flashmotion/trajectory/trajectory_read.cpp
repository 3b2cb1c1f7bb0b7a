#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/io/json_places.hpp"
#include "flashmotion/trajectory/detail/json_checks.hpp"
#include "flashmotion/trajectory/trajectory.hpp"
#include "flashmotion/trajectory/trajectory_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace flashmotion {
namespace trajectory_read_detail {

using trajectory_json::At;
using trajectory_json::Mistakes;
using Json = nlohmann::json;

constexpr std::uint64_t kMaxBytes = 64'000'000;
constexpr int kMaxDepth = 16;
constexpr double kFarOutside = 4;  // a box so far away is in pixels
constexpr std::int64_t kMostPlaces = 10'000;
constexpr std::int64_t kMaxMaskPixels = std::int64_t{1} << 28;

// The text as JSON; keys that are given twice become mistakes.
Json parse(std::string_view text, const std::string& name, Mistakes& mistakes) {
  bool deep = false;
  bool twice = false;
  std::vector<std::set<std::string>> seen;
  const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
    deep = deep || depth > kMaxDepth;
    if (event == Json::parse_event_t::object_start) seen.emplace_back();
    if (event == Json::parse_event_t::object_end && !seen.empty()) seen.pop_back();
    if (event == Json::parse_event_t::key && !seen.empty())
      twice = !seen.back().insert(value.get<std::string>()).second || twice;
    return !deep;
  };
  try {
    Json root = Json::parse(text.begin(), text.end(), look);
    if (deep) throw InputError("this is nested far deeper than a trajectory", SourceLocation{name, 1, 1});
    if (twice) {
      const JsonPlaces places(text);
      for (const std::string& path : places.repeated()) mistakes.add_repeated(path);
    }
    return root;
  } catch (const Json::parse_error& error) {
    const std::size_t start = json_token_start(text, error.byte == 0 ? 0 : error.byte - 1);
    const TextPlace place = place_of(text, start);
    std::string what = "this is not valid JSON; look for a missing comma, quotation mark or bracket just before it";
    if (error.byte > text.size()) what = "the text ends too early; a bracket or a quotation mark is not closed";
    for (const std::string_view word : {"NaN", "nan", "Infinity", "-Infinity", "inf"}) {
      if (text.substr(std::min(start, text.size())).starts_with(word))
        what = fmt::format("{} is no place; where an object is not seen, leave it out or name the frames in 'hidden'",
                           word);
    }
    throw InputError(what, SourceLocation{name, place.line, place.column});
  } catch (const Json::exception&) {
    throw InputError("this holds a number that is out of range", SourceLocation{name, 1, 1});
  }
}

// Plain values, each a mistake when it is another.
struct Values {
  Mistakes& mistakes;

  // The value of a key, or none after a note that it is missing.
  const Json* member(const Json& object, const At& at, std::string_view key, bool needed) const;
  std::optional<std::int64_t> whole(const Json& value, const At& at, std::int64_t low, std::int64_t high) const;
  std::optional<double> number(const Json& value, const At& at, double low, double high) const;
  std::optional<std::string> text(const Json& value, const At& at) const;
};

const Json* Values::member(const Json& object, const At& at, std::string_view key, bool needed) const {
  const auto found = object.find(std::string(key));
  if (found != object.end()) return &*found;
  if (needed) mistakes.add(at, fmt::format("needs the key '{}'", key));
  return nullptr;
}

std::optional<std::int64_t> Values::whole(const Json& value, const At& at, std::int64_t low, std::int64_t high) const {
  if (!value.is_number_integer()) {
    mistakes.add(at,
                 fmt::format("must be a whole number, found {}", value.is_number() ? value.dump() : value.type_name()));
    return std::nullopt;
  }
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (huge || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    mistakes.add(at, fmt::format("must be from {} to {}, found {}", low, high, value.dump()));
    return std::nullopt;
  }
  return value.get<std::int64_t>();
}

std::optional<double> Values::number(const Json& value, const At& at, double low, double high) const {
  const double number = value.is_number() ? value.get<double>() : low - 1;
  if (number >= low && number <= high) return number;
  mistakes.add(at, fmt::format("must be a number from {} to {}, found {}", low, high,
                               value.is_number() ? value.dump() : value.type_name()));
  return std::nullopt;
}

std::optional<std::string> Values::text(const Json& value, const At& at) const {
  if (value.is_string()) return value.get<std::string>();
  mistakes.add(at, fmt::format("must be a text in quotation marks, found {}", value.type_name()));
  return std::nullopt;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& name, const TrajectoryLimits& limits)
      : text_(text), name_(name), mistakes_(text, name), limits_(limits) {}

  Trajectory read();

 private:
  bool header(const Json& root);
  void only(const Json& table, const At& at, std::string_view name);
  std::int64_t whole(const Json& table, const At& at, std::string_view name, std::string_view key);
  std::optional<double> number(const Json& table, const At& at, std::string_view name, std::string_view key);
  std::string text(const Json& table, const At& at, std::string_view key, std::string otherwise, bool needed);
  bool is_list(const Json& value, const At& at, const char* of);

  CameraKey camera_key(const Json& value, const At& at);
  TrajectoryObject object(const Json& value, const At& at, std::size_t index);
  void keys(const Json& list, const At& at, TrajectoryObject& object);
  TrajectoryKey key(const Json& value, const At& at);
  bool dense(const Json& value, const At& at, TrajectoryObject& object);
  void hidden(const Json& list, const At& at, TrajectoryObject& object);
  MaskSource mask_source(const Json& value, const At& at);
  std::optional<Colour> colour(const std::string& text, const At& at);
  std::optional<Box> box(const Json& value, const At& at);
  std::optional<Place> place(const Json& value, const At& at);
  std::vector<Place> places(const Json& value, const At& at, std::size_t least, const char* example);
  std::optional<RleMask> mask(const Json& value, const At& at);
  Easing easing(const Json& value, const At& at);
  void check_frame(const At& at, std::int64_t before, std::int64_t frame);
  void count_key();

  std::string_view text_;
  const std::string& name_;
  Mistakes mistakes_;
  Values values_{mistakes_};
  const TrajectoryLimits& limits_;
  std::int64_t version_ = 1;
  std::int64_t frames_ = 0;  // of the clip; the most where it is not known, so that not every key is wrong
  bool frames_known_ = true;
  std::int64_t keys_ = 0;
};

// Returns false when the rest cannot be judged.
bool Reader::header(const Json& root) {
  const At at;
  if (!root.is_object()) {
    mistakes_.add(at, "a trajectory must be an object in { }");
    return false;
  }
  const Json* format = values_.member(root, at, "format", true);
  if (format == nullptr || *format != "flashmotion-trajectory") {
    if (format != nullptr)
      mistakes_.add(at["format"], fmt::format("must be \"flashmotion-trajectory\", found {}", format->dump()));
    return false;
  }
  const Json* version = values_.member(root, at, "version", true);
  if (version == nullptr) return false;
  const bool newer = version->is_number_integer() && *version > kTrajectoryVersion;
  if (newer) {
    mistakes_.add(at["version"], fmt::format("is {}: the file was made by a newer version of this program, which reads "
                                             "1 and 2; update it, or save the trajectory as version 2",
                                             version->dump()));
    return false;
  }
  const auto known = values_.whole(*version, at["version"], 1, kTrajectoryVersion);
  version_ = known.value_or(1);
  return known.has_value();
}

void Reader::only(const Json& table, const At& at, std::string_view name) {
  const std::vector<std::string> known = trajectory_keys(name, version_);
  const std::vector<std::string> later = trajectory_keys(name, kTrajectoryVersion);
  for (const auto& [key, value] : table.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (std::find(later.begin(), later.end(), key) != later.end()) {
      mistakes_.add_key(at[key], "is known from version 2 on; set \"version\": 2 at the head of the file");
    } else {
      mistakes_.add_key(at[key], fmt::format("is not known{}", suggestion(key, known, "known here")));
    }
  }
}

std::int64_t Reader::whole(const Json& table, const At& at, std::string_view name, std::string_view key) {
  const TrajectoryField& field = trajectory_field(name, key);
  const Json* value = values_.member(table, at, key, field.required);
  const auto low = static_cast<std::int64_t>(field.range[0]);
  const auto high = key == "frame"    ? frames_ - 1
                    : key == "frames" ? std::min(limits_.frames, static_cast<std::int64_t>(field.range[1]))
                                      : static_cast<std::int64_t>(field.range[1]);
  return value == nullptr ? low : values_.whole(*value, at[key], low, high).value_or(low);
}

std::optional<double> Reader::number(const Json& table, const At& at, std::string_view name, std::string_view key) {
  const TrajectoryField& field = trajectory_field(name, key);
  const Json* value = values_.member(table, at, key, field.required);
  if (value == nullptr) return std::nullopt;
  return values_.number(*value, at[key], field.range[0], field.range[1]);
}

std::string Reader::text(const Json& table, const At& at, std::string_view key, std::string otherwise, bool needed) {
  const Json* value = values_.member(table, at, key, needed);
  if (value == nullptr) return otherwise;
  return values_.text(*value, at[key]).value_or(std::move(otherwise));
}

bool Reader::is_list(const Json& value, const At& at, const char* of) {
  if (value.is_array() && !value.empty()) return true;
  mistakes_.add(at, fmt::format("must be a list of at least one {}", of));
  return false;
}

std::optional<Colour> Reader::colour(const std::string& text, const At& at) {
  auto parsed = parse_colour(text);
  if (!parsed) mistakes_.add(at, fmt::format("must be a colour like \"#f21a1a\", found \"{}\"", text));
  return parsed;
}

std::optional<Box> Reader::box(const Json& value, const At& at) {
  const bool numbers = value.is_array() && value.size() == 4 &&
                       std::all_of(value.begin(), value.end(), [](const Json& side) { return side.is_number(); });
  if (!numbers) {
    mistakes_.add(at, "must be four numbers [x0, y0, x1, y1]");
    return std::nullopt;
  }
  Box box{};
  for (std::size_t i = 0; i < 4; ++i) {
    box[i] = value[i].get<double>();
    if (std::abs(box[i]) <= kFarOutside) continue;
    mistakes_.add(at, fmt::format("lies far outside the picture ({}): sides are shares of width and height, so divide "
                                  "pixels by them",
                                  value[i].dump()));
    return std::nullopt;
  }
  if (!(box[0] < box[2] && box[1] < box[3])) mistakes_.add(at, "is empty: x0 must be below x1, and y0 below y1");
  return box;
}

std::optional<Place> Reader::place(const Json& value, const At& at) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_number() || !value[1].is_number()) {
    mistakes_.add(at, "must be two numbers [x, y]");
    return std::nullopt;
  }
  const Place place{value[0].get<double>(), value[1].get<double>()};
  if (std::abs(place[0]) <= kFarOutside && std::abs(place[1]) <= kFarOutside) return place;
  mistakes_.add(at, fmt::format("lies far outside the picture ({}): places are shares of width and height, so divide "
                                "pixels by them",
                                value.dump()));
  return std::nullopt;
}

std::vector<Place> Reader::places(const Json& value, const At& at, std::size_t least, const char* example) {
  std::vector<Place> places;
  if (!value.is_array() || value.size() < least || value.size() > static_cast<std::size_t>(kMostPlaces)) {
    mistakes_.add(at, fmt::format("must be a list of {} to {} places like {}", least, kMostPlaces, example));
    return places;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (const auto found = place(value[i], at[i])) places.push_back(*found);
  }
  return places;
}

std::optional<RleMask> Reader::mask(const Json& value, const At& at) {
  const auto wrong = [&](const std::string& what) {
    mistakes_.add(at, what);
    return std::nullopt;
  };
  if (!value.is_object() || value.size() != 2 || !value.contains("size") || !value.contains("counts"))
    return wrong("must be runs like { \"size\": [480, 720], \"counts\": \"…\" }");
  const Json& size = value["size"];
  const Json& counts = value["counts"];
  if (!size.is_array() || size.size() != 2) return wrong("has a 'size' that is not [height, width]");
  const At at_size = at["size"];
  const auto height = values_.whole(size[0], at_size[std::size_t{0}], 1, 16384);
  const auto width = values_.whole(size[1], at_size[1], 1, 16384);
  if (!height || !width) return std::nullopt;
  RleMask mask{*height, *width, {}};
  if (mask.height * mask.width > kMaxMaskPixels) return wrong("is larger than any video");
  if (counts.is_string()) {
    auto parsed = parse_rle_counts(counts.get_ref<const std::string&>());
    if (!parsed) return wrong("has 'counts' that are no runs in COCO's writing");
    mask.counts = *std::move(parsed);
  } else if (counts.is_array()) {
    const At at_counts = at["counts"];
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto count = values_.whole(counts[i], at_counts[i], 0, kMaxMaskPixels);
      if (!count) return std::nullopt;
      mask.counts.push_back(static_cast<std::uint32_t>(*count));
    }
  } else {
    return wrong("has 'counts' that are neither a text nor a list");
  }
  if (const std::string problem = rle_problem(mask); !problem.empty()) return wrong("is damaged: " + problem);
  return mask;
}

Easing Reader::easing(const Json& value, const At& at) {
  Easing easing;
  if (value.is_string()) {
    const auto word = value.get<std::string>();
    std::vector<std::string> known = enum_words<EasingKind>();
    known.pop_back();
    const auto kind = parse_enum<EasingKind>(word);
    if (kind && *kind != EasingKind::bezier) {
      easing.kind = *kind;
    } else {
      mistakes_.add(at, fmt::format("'{}' is no easing{}; or give the handles of a Bezier curve, [x1, y1, x2, y2]",
                                    word, suggestion(word, known, "there are")));
    }
    return easing;
  }
  const bool numbers = value.is_array() && value.size() == 4 &&
                       std::all_of(value.begin(), value.end(), [](const Json& handle) { return handle.is_number(); });
  if (!numbers) {
    mistakes_.add(at, "must be \"linear\", \"smooth\", \"hold\" or the handles [x1, y1, x2, y2] of a Bezier curve");
    return easing;
  }
  easing.kind = EasingKind::bezier;
  for (std::size_t i = 0; i < 4; ++i) {
    const double most = i % 2 == 0 ? 1 : kFarOutside;
    easing.handles[i] = values_.number(value[i], at[i], i % 2 == 0 ? 0 : -most, most).value_or(0);
  }
  return easing;
}

void Reader::check_frame(const At& at, std::int64_t before, std::int64_t frame) {
  if (frame > before) return;
  mistakes_.add(at["frame"], fmt::format("is {}, but the key before is at frame {}: frames must rise", frame, before));
}

// Stops at once: what is too long is not read to its end.
void Reader::count_key() {
  if (++keys_ <= limits_.keys) return;
  mistakes_.add({}, fmt::format("the trajectory has more than {} keys, the most that are read", limits_.keys));
  mistakes_.tell();
}

TrajectoryKey Reader::key(const Json& value, const At& at) {
  TrajectoryKey key;
  count_key();
  if (!value.is_object()) {
    mistakes_.add(at, "must be an object like { \"frame\": 0, \"box\": [0.1, 0.1, 0.4, 0.4] }");
    return key;
  }
  only(value, at, "key");
  key.frame = whole(value, at, "key", "frame");
  bool shape = version_ == 1;
  const auto given = [&](std::string_view name) {
    const Json* member = values_.member(value, at, name, version_ == 1 && name == "box");
    shape = shape || member != nullptr;
    return member;
  };
  if (const Json* member = given("box")) key.box = box(*member, at["box"]);
  if (version_ > 1) {
    if (const Json* member = given("points")) key.points = places(*member, at["points"], 1, "[[0.5, 0.5]]");
    if (const Json* member = given("polygon")) {
      key.polygon = places(*member, at["polygon"], 3, "[[0.1, 0.1], [0.4, 0.1], [0.2, 0.4]]");
    }
    if (const Json* member = given("mask")) key.mask = mask(*member, at["mask"]).value_or(RleMask());
    if (const Json* member = values_.member(value, at, "easing", false)) key.easing = easing(*member, at["easing"]);
  }
  if (!shape) mistakes_.add(at, "says no place: give 'box', 'points', 'polygon' or 'mask'");
  return key;
}

void Reader::keys(const Json& list, const At& at, TrajectoryObject& object) {
  if (!is_list(list, at, "key")) return;
  std::int64_t before = -1;
  for (std::size_t k = 0; k < list.size(); ++k) {
    const At here = at[k];
    const std::size_t mistakes = mistakes_.count();
    object.keys.push_back(key(list[k], here));
    if (mistakes_.count() > mistakes) continue;
    check_frame(here, before, object.keys.back().frame);
    before = object.keys.back().frame;
  }
}

// Lists with an entry for each frame; false when there is none.
bool Reader::dense(const Json& value, const At& at, TrajectoryObject& object) {
  constexpr std::array<std::string_view, 4> kLists = {"boxes", "points", "polygons", "masks"};
  std::array<const Json*, 4> lists{};
  bool any = false;
  bool usable = true;
  for (std::size_t i = 0; i < kLists.size(); ++i) {
    const Json* list = values_.member(value, at, kLists[i], false);
    if (list == nullptr || (kLists[i] == "masks" && list->is_object())) continue;
    any = true;
    if (list->is_array() && static_cast<std::int64_t>(list->size()) == frames_) {
      lists[i] = list;
      continue;
    }
    usable = false;
    if (!frames_known_) continue;
    mistakes_.add(at[kLists[i]],
                  list->is_array()
                      ? fmt::format("has {} entries; it needs one for each of the {} frames", list->size(), frames_)
                      : "must be a list with an entry for each frame");
  }
  if (!any || !usable || !frames_known_) return any;
  const std::array<At, 4> places_of = {at[kLists[0]], at[kLists[1]], at[kLists[2]], at[kLists[3]]};
  for (std::int64_t t = 0; t < frames_; ++t) {
    const auto index = static_cast<std::size_t>(t);
    TrajectoryKey key{.frame = t};
    bool seen = false;
    for (std::size_t i = 0; i < kLists.size(); ++i) {
      if (lists[i] == nullptr || (*lists[i])[index].is_null()) continue;
      const Json& entry = (*lists[i])[index];
      const At here = places_of[i][index];
      seen = true;
      if (i == 0) key.box = box(entry, here);
      if (i == 1) key.points = places(entry, here, 1, "[[0.5, 0.5]]");
      if (i == 2) key.polygon = places(entry, here, 3, "[[0.1, 0.1], [0.4, 0.1], [0.2, 0.4]]");
      if (i == 3) key.mask = mask(entry, here).value_or(RleMask());
    }
    if (seen) {
      count_key();
      object.keys.push_back(std::move(key));
    } else if (!object.hidden.empty() && object.hidden.back().end == t) {
      ++object.hidden.back().end;
    } else {
      object.hidden.push_back({t, t + 1});
    }
  }
  if (object.keys.empty()) mistakes_.add(at, "is never seen: all entries of its lists are null");
  return true;
}

void Reader::hidden(const Json& list, const At& at, TrajectoryObject& object) {
  if (!list.is_array()) return mistakes_.add(at, "must be a list of ranges of frames like [[10, 20]]");
  std::vector<FrameRange> ranges = std::move(object.hidden);
  std::int64_t before = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const At here = at[i];
    if (!list[i].is_array() || list[i].size() != 2) {
      mistakes_.add(here, "must be a range of frames [begin, end], without the end");
      continue;
    }
    const auto begin = values_.whole(list[i][0], here[std::size_t{0}], 0, frames_ - 1);
    const auto end = values_.whole(list[i][1], here[1], 1, frames_);
    if (!begin || !end) continue;
    if (*begin >= *end) mistakes_.add(here, "is empty: the end is not part of the range");
    if (*begin < before) mistakes_.add(here, "begins before the range in front of it has ended");
    before = *end;
    ranges.push_back({*begin, *end});
  }
  // What touches or overlaps becomes one.
  std::sort(ranges.begin(), ranges.end(), [](const FrameRange& a, const FrameRange& b) { return a.begin < b.begin; });
  object.hidden.clear();
  for (const FrameRange& range : ranges) {
    if (!object.hidden.empty() && object.hidden.back().end >= range.begin) {
      object.hidden.back().end = std::max(object.hidden.back().end, range.end);
    } else {
      object.hidden.push_back(range);
    }
  }
}

MaskSource Reader::mask_source(const Json& value, const At& at) {
  MaskSource source;
  only(value, at, "masks");
  source.path = text(value, at, "path", "", true);
  if (value.contains("path") && source.path.empty()) mistakes_.add(at["path"], "is empty");
  if (value.contains("label")) source.label = whole(value, at, "masks", "label");
  if (value.contains("colour")) {
    const std::string word = text(value, at, "colour", "#000000", false);
    source.colour = colour(word, at["colour"]);
  }
  if (value.contains("label") == value.contains("colour")) mistakes_.add(at, "needs one of 'label' and 'colour'");
  return source;
}

TrajectoryObject Reader::object(const Json& value, const At& at, std::size_t index) {
  TrajectoryObject object;
  if (!value.is_object()) {
    mistakes_.add(at, "must be an object with 'name' and 'keys'");
    return object;
  }
  only(value, at, "object");
  object.name = text(value, at, "name", "", true);
  object.prompt = text(value, at, "prompt", object.name, false);
  const std::string word = text(value, at, "colour", colour_text(object_colour(index)), false);
  if (const auto parsed = colour(word, at["colour"])) object.colour = *parsed;
  const bool lists = version_ > 1 && dense(value, at, object);
  const Json* of_masks = version_ > 1 ? values_.member(value, at, "masks", false) : nullptr;
  if (of_masks != nullptr && of_masks->is_object()) object.masks = mask_source(*of_masks, at["masks"]);
  const Json* key_list = values_.member(value, at, "keys", !lists && !object.masks);
  if (key_list != nullptr && lists) {
    mistakes_.add(at, "has both 'keys' and lists with an entry for each frame; give one of them");
  } else if (key_list != nullptr) {
    keys(*key_list, at["keys"], object);
  }
  if (version_ > 1) {
    if (const Json* ranges = values_.member(value, at, "hidden", false)) hidden(*ranges, at["hidden"], object);
    if (const Json* fixed = values_.member(value, at, "static", false)) {
      if (!fixed->is_boolean()) mistakes_.add(at["static"], "must be true or false");
      object.fixed = fixed->is_boolean() && fixed->get<bool>();
    }
    if (object.fixed && (object.keys.size() != 1 || lists)) {
      mistakes_.add(at["static"], fmt::format("is true, so the object needs one key; it has {}", object.keys.size()));
    }
  }
  return object;
}

CameraKey Reader::camera_key(const Json& value, const At& at) {
  CameraKey key;
  if (!value.is_object()) {
    mistakes_.add(at, "must be an object like { \"frame\": 0, \"pan\": [0, 0], \"zoom\": 1 }");
    return key;
  }
  only(value, at, "camera");
  key.frame = whole(value, at, "camera", "frame");
  if (const Json* pan = values_.member(value, at, "pan", false)) key.pan = place(*pan, at["pan"]).value_or(Place{});
  key.zoom = number(value, at, "camera", "zoom").value_or(1);
  if (const Json* curve = values_.member(value, at, "easing", false)) key.easing = easing(*curve, at["easing"]);
  return key;
}

Trajectory Reader::read() {
  const Json root = parse(text_, name_, mistakes_);
  const At at;
  Trajectory result;
  if (!header(root)) {
    mistakes_.tell();
    return result;
  }
  only(root, at, "");
  const std::size_t before = mistakes_.count();
  result.frames = whole(root, at, "", "frames");
  frames_known_ = mistakes_.count() == before;
  frames_ = frames_known_ ? result.frames : limits_.frames;
  result.width = whole(root, at, "", "width");
  result.height = whole(root, at, "", "height");
  result.fps = number(root, at, "", "fps").value_or(result.fps);
  if (version_ > 1) {
    result.prompt = text(root, at, "prompt", "", false);
    const Json* camera = values_.member(root, at, "camera", false);
    const At at_camera = at["camera"];
    if (camera != nullptr && is_list(*camera, at_camera, "key")) {
      for (std::size_t i = 0; i < camera->size(); ++i) {
        count_key();
        result.camera.push_back(camera_key((*camera)[i], at_camera[i]));
        if (i > 0) check_frame(at_camera[i], result.camera[i - 1].frame, result.camera[i].frame);
      }
    }
  }
  const Json* objects = values_.member(root, at, "objects", true);
  const At at_objects = at["objects"];
  if (objects != nullptr && is_list(*objects, at_objects, "object")) {
    if (objects->size() > static_cast<std::size_t>(limits_.objects)) {
      mistakes_.add(at_objects, fmt::format("has {} objects; at most {} are read", objects->size(), limits_.objects));
    } else {
      for (std::size_t i = 0; i < objects->size(); ++i) {
        result.objects.push_back(object((*objects)[i], at_objects[i], i));
      }
    }
  }
  mistakes_.tell();
  return result;
}

}  // namespace trajectory_read_detail

Trajectory parse_trajectory(std::string_view text, const std::string& name, const TrajectoryLimits& limits) {
  return trajectory_read_detail::Reader(text, name, limits).read();
}

Trajectory read_trajectory(const std::filesystem::path& path, const TrajectoryLimits& limits) {
  const std::string text = read_file(path.string(), trajectory_read_detail::kMaxBytes);
  return parse_trajectory(text, path.string(), limits);
}

}  // namespace flashmotion
