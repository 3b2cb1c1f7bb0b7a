#include "flashmotion/data/latent_index.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/io/json_value.hpp"

#include <fmt/format.h>

#include <limits>

namespace flashmotion {
namespace latent_index_detail {

namespace fs = std::filesystem;

constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kMost = std::int64_t{1} << 40;

std::string file_of(const fs::path& folder) { return (folder / "index.json").string(); }

// Names become folders.
std::string name_of(const JsonValue& value) {
  std::string name = value.text();
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos)
    throw InputError(fmt::format("'{}': '{}' cannot name a clip", value.source(), name));
  return name;
}

template <std::size_t N>
std::array<std::int64_t, N> extent(const JsonValue& value) {
  const std::vector<std::int64_t> list = value.wholes(1, kMost);
  if (list.size() != N)
    throw InputError(fmt::format("'{}': an extent of {} numbers has {}", value.source(), N, list.size()));
  std::array<std::int64_t, N> made{};
  std::copy(list.begin(), list.end(), made.begin());
  return made;
}

StoredClip clip_of(const JsonValue& value) {
  StoredClip clip;
  clip.name = name_of(value.at("name"));
  clip.prompt = value.at("prompt").text();
  clip.split = value.at("evaluation").boolean() ? Split::evaluation : Split::train;
  clip.windows.starts = value.at("starts").wholes(0, kMost);
  clip.windows.shown = value.at("objects").wholes(0, kMost);
  if (clip.windows.starts.size() != clip.windows.shown.size())
    throw InputError(fmt::format("'{}': the clip '{}' has {} starts and {} numbers of objects", value.source(),
                                 clip.name, clip.windows.starts.size(), clip.windows.shown.size()));
  return clip;
}

}  // namespace latent_index_detail

void write_latent_index(const std::filesystem::path& folder, const LatentIndex& index) {
  JsonWriter json(1);
  json.begin_object().field("format", "flashmotion-latents").field("version", latent_index_detail::kVersion);
  json.field("settings", index.settings);
  json.field("pixels", std::vector<std::int64_t>{index.clips.frames, index.clips.height, index.clips.width});
  json.field("max_objects", index.clips.max_objects);
  json.field("latent", std::vector<std::int64_t>(index.latent.begin(), index.latent.end()));
  json.field("text", std::vector<std::int64_t>(index.text.begin(), index.text.end())).field("flip", index.flip);
  json.key("clips").begin_array();
  for (const StoredClip& clip : index.entries) {
    json.begin_object().field("name", clip.name).field("prompt", clip.prompt);
    json.field("evaluation", clip.split == Split::evaluation).field("starts", clip.windows.starts);
    json.field("objects", clip.windows.shown).end_object();
  }
  json.end_array().end_object();
  write_file_atomically(latent_index_detail::file_of(folder), json.text() + "\n");
}

LatentIndex read_latent_index(const std::filesystem::path& folder) {
  using namespace latent_index_detail;
  std::error_code none;
  if (!fs::exists(file_of(folder), none)) {
    throw InputError(fmt::format(
        "'{}' holds no latents (there is no index.json); 'flashmotion cache RECIPE --out {}' makes them, and goes on "
        "where it was stopped",
        folder.string(), folder.string()));
  }
  const JsonValue root = read_json(file_of(folder), std::uint64_t{1} << 32);
  if (root.at("format").text() != "flashmotion-latents")
    throw InputError(fmt::format("'{}' is no index of latents", file_of(folder)));
  if (const std::int64_t version = root.at("version").whole(1); version > kVersion)
    throw InputError(fmt::format("'{}' is of version {}; this program reads versions up to {}: use a newer one",
                                 file_of(folder), version, kVersion));
  LatentIndex index;
  index.settings = root.at("settings").text();
  const auto pixels = extent<3>(root.at("pixels"));
  index.clips = {pixels[0], pixels[1], pixels[2], root.at("max_objects").whole(1, 1000)};
  index.latent = extent<4>(root.at("latent"));
  index.text = extent<2>(root.at("text"));
  index.flip = root.at("flip").boolean();
  for (const JsonValue& value : root.at("clips").elements()) index.entries.push_back(clip_of(value));
  return index;
}

std::filesystem::path window_file(const std::filesystem::path& folder, const std::string& clip, std::int64_t start,
                                  bool flip) {
  return folder / "clips" / clip / fmt::format("{}{}.safetensors", start, flip ? ".flipped" : "");
}

std::filesystem::path text_file(const std::filesystem::path& folder, const std::string& clip) {
  return folder / "clips" / clip / "text.safetensors";
}

}  // namespace flashmotion
