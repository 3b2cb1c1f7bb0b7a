#include "flashmotion/trajectory/path_words.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/base/utf8.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace path_words_detail {

using Words = std::vector<std::string_view>;

constexpr double kFar = 4;  // pictures away: a box there is a mistake

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

Words words_of(std::string_view part) {
  Words words;
  while (!part.empty()) {
    const std::size_t blank = part.find(' ');
    words.push_back(part.substr(0, blank));
    part = blank == std::string_view::npos ? std::string_view() : trimmed(part.substr(blank));
  }
  return words;
}

// What is read of one description: words are taken one by one, and mistakes name the part they stand in.
class Part {
 public:
  Part(std::string_view whole, std::string_view part) : whole_(whole), part_(part), words_(words_of(part)) {}

  [[nodiscard]] bool done() const { return at_ == words_.size(); }
  [[nodiscard]] std::string_view peek() const { return done() ? std::string_view() : words_[at_]; }
  std::string_view word() { return done() ? std::string_view() : words_[at_++]; }

  // A share, or per cent.
  double number(std::string_view of) {
    std::string_view text = word();
    const bool percent = text.ends_with('%');
    if (percent) text.remove_suffix(1);
    const auto value = finite_number(text);
    if (!value) fail(fmt::format("'{}' needs a number, such as 0.3 or 30%{}", of, found(text)));
    return percent ? *value / 100 : *value;
  }
  std::string_view rest() {
    const std::string_view text =
        done() ? std::string_view() : part_.substr(static_cast<std::size_t>(words_[at_].data() - part_.data()));
    at_ = words_.size();
    return text;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("'{}' was not understood at '{}': {}", whole_, part_, what));
  }

 private:
  static std::string found(std::string_view text) {
    return text.empty() ? std::string() : fmt::format(", found '{}'", text);
  }

  std::string_view whole_;
  std::string_view part_;
  Words words_;
  std::size_t at_ = 0;
};

// A speed, when the part is one.
std::optional<Easing> speed_of(Part& part) {
  const std::string_view first = part.peek();
  Easing easing;
  if (first == "linear" || first == "smooth") {
    part.word();
    easing.kind = first == "smooth" ? EasingKind::smooth : EasingKind::linear;
    return easing;
  }
  easing.kind = EasingKind::bezier;
  if (first == "slow") {
    part.word();
    const std::string_view where = part.word();
    if (where != "start" && where != "end") part.fail("say 'slow start' or 'slow end'");
    easing.handles = where == "start" ? std::array<double, 4>{0.55, 0, 1, 1} : std::array<double, 4>{0, 0, 0.45, 1};
    return easing;
  }
  if (first == "bezier") {
    part.word();
    for (double& handle : easing.handles) handle = part.number("bezier");
    if (easing.handles[0] < 0 || easing.handles[0] > 1 || easing.handles[2] < 0 || easing.handles[2] > 1)
      part.fail("x1 and x2 of a Bezier curve lie between 0 and 1");
    if (std::abs(easing.handles[1]) > kFar || std::abs(easing.handles[3]) > kFar)
      part.fail("y1 and y2 of a Bezier curve lie between -4 and 4");
    return easing;
  }
  return std::nullopt;
}

struct Step {
  Box box{};          // at its end
  double length = 0;  // how far it goes, in shares of the shorter side
  double wait = 0;    // or its share of the clip
};

Step step_of(Part& part, const Box& from, const Trajectory& clip) {
  const std::vector<std::string> known = {"right", "left",   "up",     "down", "to",     "grow",   "shrink",
                                          "wait",  "linear", "smooth", "slow", "bezier", "colour", "prompt"};
  Step step{from, 0, 0};
  double x = (from[0] + from[2]) / 2;
  double y = (from[1] + from[3]) / 2;
  double size = 1;
  while (!part.done()) {
    const std::string_view word = part.word();
    if (word == "right" || word == "left") {
      x += (word == "right" ? 1 : -1) * part.number(word);
    } else if (word == "down" || word == "up") {
      y += (word == "down" ? 1 : -1) * part.number(word);
    } else if (word == "to") {
      x = part.number(word);
      y = part.number(word);
    } else if (word == "grow" || word == "shrink") {
      const double factor = part.number(word);
      if (!(factor > 0)) part.fail(fmt::format("'{}' needs a factor above 0, such as 1.5", word));
      size *= word == "grow" ? factor : 1 / factor;
    } else if (word == "wait") {
      step.wait = part.number(word);
      if (!(step.wait > 0 && step.wait < 1)) part.fail("'wait' needs a share of the clip between 0 and 1");
      return step;
    } else {
      part.fail(fmt::format("'{}' is no step{}", word, suggestion(word, known, "there are")));
    }
  }
  const double wide = (from[2] - from[0]) / 2 * size;
  const double high = (from[3] - from[1]) / 2 * size;
  step.box = {x - wide, y - high, x + wide, y + high};
  if (!(step.box[0] < step.box[2] && step.box[1] < step.box[3])) part.fail("this leaves nothing of the box");
  for (const double side : step.box) {
    if (!(std::abs(side) <= kFar)) part.fail("this leads far out of the picture");
  }
  const double shorter = static_cast<double>(std::min(clip.width, clip.height));
  // The corner that goes farthest tells how long a step is, so growing takes time too.
  for (std::size_t i = 0; i < 2; ++i) {
    const double across = (step.box[2 * i] - from[2 * i]) * static_cast<double>(clip.width) / shorter;
    const double down = (step.box[2 * i + 1] - from[2 * i + 1]) * static_cast<double>(clip.height) / shorter;
    step.length = std::max(step.length, std::hypot(across, down));
  }
  return step;
}

Box box_of(Part& part) {
  Box box{};
  for (double& side : box) side = part.number("the box x0 y0 x1 y1");
  if (!(box[0] < box[2] && box[1] < box[3])) part.fail("the box is empty: x0 must be below x1, and y0 below y1");
  for (const double side : box) {
    if (std::abs(side) > kFar) part.fail("sides are shares of width and height, so divide pixels by them");
  }
  return box;
}

void end(Part& part) {
  if (!part.done()) part.fail(fmt::format("'{}' is one word too many", part.peek()));
}

// Ends of the steps as shares of the clip's time.
std::vector<double> times_of(const std::vector<Step>& steps, std::string_view whole) {
  double waits = 0;
  double length = 0;
  for (const Step& step : steps) {
    waits += step.wait;
    length += step.length;
  }
  if (waits >= 1) throw InputError(fmt::format("'{}' waits for more than the whole clip", whole));
  std::vector<double> times;
  double now = 0;
  for (const Step& step : steps) {
    now += step.wait + (length > 0 ? (1 - waits) * step.length / length : 0);
    times.push_back(now);
  }
  return times;
}

void add_keys(TrajectoryObject& object, const Box& first, const std::vector<Step>& steps, const Easing& speed,
              const Trajectory& clip, std::string_view whole) {
  const std::vector<double> times = times_of(steps, whole);
  const double last = static_cast<double>(clip.frames - 1);
  object.keys.push_back({.frame = 0, .box = first});
  if (clip.frames == 1 || steps.empty()) return;
  if (steps.size() == 1 || speed == Easing()) {
    object.keys[0].easing = speed;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::int64_t frame = std::llround(times[i] * last);
      if (frame <= object.keys.back().frame) {
        throw InputError(
            fmt::format("'{}' has more steps than fit into {} frames; leave out those that go no way, or "
                        "give the clip more frames",
                        whole, clip.frames));
      }
      object.keys.push_back({.frame = frame, .box = steps[i].box});
    }
    return;
  }
  // One curve over several steps has a key in each frame.
  for (std::int64_t t = 1; t < clip.frames; ++t) {
    const double time = std::clamp(eased(speed, static_cast<double>(t) / last), 0.0, 1.0);
    const auto next =
        static_cast<std::size_t>(std::min(std::lower_bound(times.begin(), times.end(), time) - times.begin(),
                                          static_cast<std::ptrdiff_t>(times.size()) - 1));
    const double begin = next == 0 ? 0 : times[next - 1];
    const Box& from = next == 0 ? first : steps[next - 1].box;
    const double share = times[next] > begin ? std::min(1.0, (time - begin) / (times[next] - begin)) : 1;
    Box box{};
    for (std::size_t i = 0; i < 4; ++i) box[i] = from[i] + (steps[next].box[i] - from[i]) * share;
    object.keys.push_back({.frame = t, .box = box});
  }
}

}  // namespace path_words_detail

TrajectoryObject object_of_words(std::string_view words, std::size_t index, const Trajectory& clip) {
  using namespace path_words_detail;
  for (std::string_view rest = words; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0) throw InputError("the words for an object are no UTF-8 text");
    rest.remove_prefix(length);
  }
  const std::size_t colon = words.find(':');
  if (colon == std::string_view::npos) {
    throw InputError(
        fmt::format("'{}' was not understood: say a name, a colon and the box in the first frame, as in "
                    "'fox: 0.1 0.4 0.3 0.7, right 0.5'",
                    words));
  }
  TrajectoryObject object;
  object.name = trimmed(words.substr(0, colon));
  object.prompt = object.name;
  object.colour = object_colour(index);
  if (object.name.empty()) throw InputError(fmt::format("'{}' has no name in front of the colon", words));
  const std::vector<std::string_view> parts = parts_of(words.substr(colon + 1));
  Part place(words, parts[0]);
  const Box first = box_of(place);
  end(place);
  Easing speed;
  std::vector<Step> steps;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Part part(words, parts[i]);
    if (part.done()) part.fail("there is nothing between two commas");
    if (const auto given = speed_of(part)) {
      speed = *given;
      end(part);
    } else if (part.peek() == "colour") {
      part.word();
      const auto colour = parse_colour(part.word());
      if (!colour) part.fail("a colour is written like #f21a1a");
      object.colour = *colour;
      end(part);
    } else if (part.peek() == "prompt") {
      part.word();
      object.prompt = part.rest();
    } else {
      steps.push_back(step_of(part, steps.empty() ? first : steps.back().box, clip));
      end(part);
    }
  }
  object.fixed = steps.empty();
  add_keys(object, first, steps, speed, clip, words);
  return object;
}

std::vector<CameraKey> camera_of_words(std::string_view words, const Trajectory& clip) {
  using namespace path_words_detail;
  CameraKey begin;
  CameraKey end_key;
  end_key.frame = clip.frames - 1;
  for (const std::string_view text : parts_of(words)) {
    Part part(words, text);
    if (const auto speed = speed_of(part)) {
      begin.easing = *speed;
    } else if (part.peek() == "pan") {
      part.word();
      for (double& way : end_key.pan) way = part.number("pan");
      if (std::abs(end_key.pan[0]) > kFar || std::abs(end_key.pan[1]) > kFar) part.fail("this leads far away");
    } else if (part.peek() == "zoom") {
      part.word();
      end_key.zoom = part.number("zoom");
      if (!(end_key.zoom >= 0.01 && end_key.zoom <= 100)) part.fail("'zoom' goes from 0.01 to 100");
    } else {
      part.fail("say 'pan X Y', 'zoom F' or a speed");
    }
    end(part);
  }
  if (clip.frames == 1) return {begin};
  return {begin, end_key};
}

}  // namespace flashmotion
