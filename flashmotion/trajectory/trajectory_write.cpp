#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace trajectory_write_detail {

constexpr std::size_t kMostOfFirstVersion = 16;  // objects that programs of that time read

std::string place_text(const Place& place) { return fmt::format("[{}, {}]", place[0], place[1]); }

std::string places_text(const std::vector<Place>& places) {
  std::string text = "[";
  for (std::size_t i = 0; i < places.size(); ++i) text += (i == 0 ? "" : ", ") + place_text(places[i]);
  return text + "]";
}

std::string box_text(const Box& box) { return fmt::format("[{}, {}, {}, {}]", box[0], box[1], box[2], box[3]); }

std::string mask_text(const RleMask& mask) {
  return fmt::format("{{ \"size\": [{}, {}], \"counts\": {} }}", mask.height, mask.width, json_string(rle_text(mask)));
}

std::string easing_text(const Easing& easing) {
  if (easing.kind == EasingKind::bezier) return box_text(easing.handles);
  return fmt::format("\"{}\"", to_string(easing.kind));
}

std::string easing_part(const Easing& easing) {
  return easing == Easing() ? std::string() : ", \"easing\": " + easing_text(easing);
}

bool plain(const TrajectoryKey& key) {
  return key.box && key.points.empty() && key.polygon.empty() && !key.mask.given() && key.easing == Easing();
}

bool plain(const TrajectoryObject& object) {
  return object.hidden.empty() && !object.masks && !object.fixed && !object.keys.empty() &&
         std::all_of(object.keys.begin(), object.keys.end(), [](const TrajectoryKey& key) { return plain(key); });
}

bool first_version(const Trajectory& trajectory) {
  return trajectory.prompt.empty() && trajectory.camera.empty() && trajectory.objects.size() <= kMostOfFirstVersion &&
         std::all_of(trajectory.objects.begin(), trajectory.objects.end(),
                     [](const TrajectoryObject& object) { return plain(object); });
}

// Whether there is a key in exactly the frames in which the object is seen, so that lists say the same.
bool is_dense(const Trajectory& trajectory, const TrajectoryObject& object) {
  if (trajectory.frames < 2 || object.fixed || object.keys.empty()) return false;
  std::size_t next = 0;
  std::size_t range = 0;
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    while (range < object.hidden.size() && object.hidden[range].end <= t) ++range;
    const bool hidden = range < object.hidden.size() && object.hidden[range].begin <= t;
    const bool keyed = next < object.keys.size() && object.keys[next].frame == t;
    if (keyed == hidden) return false;
    if (!keyed) continue;
    const TrajectoryKey& key = object.keys[next++];
    if (key.easing != Easing()) return false;
    if (key.mask.given() && object.masks) return false;
  }
  return true;
}

class Writer {
 public:
  explicit Writer(const Trajectory& trajectory) : trajectory_(trajectory), first_(first_version(trajectory)) {}

  std::string text() {
    text_ = fmt::format(
        "{{\n  \"format\": \"flashmotion-trajectory\",\n  \"version\": {},\n  \"frames\": {},\n  \"width\": {},\n"
        "  \"height\": {},\n  \"fps\": {},\n",
        first_ ? 1 : kTrajectoryVersion, trajectory_.frames, trajectory_.width, trajectory_.height, trajectory_.fps);
    if (!trajectory_.prompt.empty()) text_ += fmt::format("  \"prompt\": {},\n", json_string(trajectory_.prompt));
    if (!trajectory_.camera.empty()) camera();
    text_ += "  \"objects\": [";
    for (std::size_t i = 0; i < trajectory_.objects.size(); ++i) {
      text_ += i == 0 ? "\n" : ",\n";
      object(trajectory_.objects[i]);
    }
    text_ += trajectory_.objects.empty() ? "]\n}\n" : "\n  ]\n}\n";
    return std::move(text_);
  }

 private:
  void camera() {
    text_ += "  \"camera\": [";
    for (std::size_t i = 0; i < trajectory_.camera.size(); ++i) {
      const CameraKey& key = trajectory_.camera[i];
      text_ += fmt::format("{}\n    {{ \"frame\": {}, \"pan\": {}, \"zoom\": {}{} }}", i == 0 ? "" : ",", key.frame,
                           place_text(key.pan), key.zoom, easing_part(key.easing));
    }
    text_ += "\n  ],\n";
  }

  void object(const TrajectoryObject& object) {
    text_ += fmt::format("    {{\n      \"name\": {},\n      \"colour\": \"{}\",\n      \"prompt\": {}",
                         json_string(object.name), colour_text(object.colour), json_string(object.prompt));
    if (object.fixed) text_ += ",\n      \"static\": true";
    const bool lists = !first_ && is_dense(trajectory_, object);
    if (!object.hidden.empty() && !lists) {
      text_ += ",\n      \"hidden\": [";
      for (std::size_t i = 0; i < object.hidden.size(); ++i) {
        text_ += fmt::format("{}[{}, {}]", i == 0 ? "" : ", ", object.hidden[i].begin, object.hidden[i].end);
      }
      text_ += "]";
    }
    if (object.masks) {
      text_ += fmt::format(",\n      \"masks\": {{ \"path\": {}, ", json_string(object.masks->path));
      text_ += object.masks->colour ? fmt::format("\"colour\": \"{}\" }}", colour_text(*object.masks->colour))
                                    : fmt::format("\"label\": {} }}", object.masks->label);
    }
    if (lists) {
      dense(object);
    } else if (!object.keys.empty()) {
      keys(object);
    }
    text_ += "\n    }";
  }

  void keys(const TrajectoryObject& object) {
    text_ += ",\n      \"keys\": [";
    for (std::size_t k = 0; k < object.keys.size(); ++k) {
      const TrajectoryKey& key = object.keys[k];
      text_ += fmt::format("{}\n        {{ \"frame\": {}", k == 0 ? "" : ",", key.frame);
      if (key.box) text_ += ", \"box\": " + box_text(*key.box);
      if (!key.points.empty()) text_ += ", \"points\": " + places_text(key.points);
      if (!key.polygon.empty()) text_ += ", \"polygon\": " + places_text(key.polygon);
      if (key.mask.given()) text_ += ", \"mask\": " + mask_text(key.mask);
      text_ += easing_part(key.easing) + " }";
    }
    text_ += "\n      ]";
  }

  void dense(const TrajectoryObject& object) {
    list(object, "boxes", [](const TrajectoryKey& key) { return key.box ? box_text(*key.box) : std::string(); });
    list(object, "points",
         [](const TrajectoryKey& key) { return key.points.empty() ? std::string() : places_text(key.points); });
    list(object, "polygons",
         [](const TrajectoryKey& key) { return key.polygon.empty() ? std::string() : places_text(key.polygon); });
    list(object, "masks",
         [](const TrajectoryKey& key) { return key.mask.given() ? mask_text(key.mask) : std::string(); });
  }

  // An entry for each frame, where any key has one.
  template <class Entry>
  void list(const TrajectoryObject& object, std::string_view name, Entry entry) {
    std::string entries;
    bool any = false;
    std::size_t next = 0;
    for (std::int64_t t = 0; t < trajectory_.frames; ++t) {
      std::string text;
      if (next < object.keys.size() && object.keys[next].frame == t) text = entry(object.keys[next++]);
      any = any || !text.empty();
      entries += (t == 0 ? "\n        " : ",\n        ") + (text.empty() ? "null" : text);
    }
    if (any) text_ += fmt::format(",\n      \"{}\": [{}\n      ]", name, entries);
  }

  const Trajectory& trajectory_;
  bool first_;
  std::string text_;
};

}  // namespace trajectory_write_detail

std::string trajectory_text(const Trajectory& trajectory) { return trajectory_write_detail::Writer(trajectory).text(); }

void write_trajectory(const std::filesystem::path& path, const Trajectory& trajectory) {
  write_file_atomically(path.string(), trajectory_text(trajectory));
}

}  // namespace flashmotion
