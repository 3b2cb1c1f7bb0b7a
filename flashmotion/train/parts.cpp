#include "flashmotion/train/parts.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/data/clip_folder.hpp"
#include "flashmotion/data/latent_store.hpp"
#include "flashmotion/data/linear_codec.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/wan/dit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace flashmotion {
namespace parts_detail {

void report_unknown(const ComponentNode& table, const char* noun, const std::vector<std::string>& names,
                    Reporter& reporter) {
  reporter.error(table.use_region,
                 fmt::format("no {} named '{}'{}", noun, table.use, suggestion(table.use, names, "there are")));
}

template <class Config>
Config read(const ComponentNode& table) {
  Diagnostics diagnostics;
  Config config = read_component<Config>(table, diagnostics);
  diagnostics.throw_if_any();
  return config;
}

}  // namespace parts_detail

void check_dataset(ComponentNode& table, Reporter& reporter) {
  if (table.use == "toy_motion") {
    table.resolved = resolve_component<ToyMotionConfig>(table, reporter);
  } else if (table.use == "clip_folder") {
    table.resolved = resolve_component<ClipFolderConfig>(table, reporter);
  } else if (table.use == "latents") {
    table.resolved = resolve_component<LatentStoreConfig>(table, reporter);
  } else if (!table.use.empty()) {
    parts_detail::report_unknown(table, "dataset", {"toy_motion", "clip_folder", "latents"}, reporter);
  }
}

void check_codec(ComponentNode& table, Reporter& reporter) {
  if (table.use == "linear") {
    table.resolved = resolve_component<LinearCodecConfig>(table, reporter);
  } else if (table.use == "wan_vae") {
    table.resolved = resolve_component<WanVaeConfig>(table, reporter);
  } else if (!table.use.empty()) {
    parts_detail::report_unknown(table, "codec", {"linear", "wan_vae"}, reporter);
  }
}

void check_generator(ComponentNode& table, Reporter& reporter) {
  if (table.use == "wan_dit") {
    table.resolved = resolve_component<wan::DitConfig>(table, reporter);
  } else if (!table.use.empty()) {
    parts_detail::report_unknown(table, "generator", {"wan_dit"}, reporter);
  }
}

CodecExtent extent_of(const ComponentNode& codec) {
  if (codec.use == "wan_vae") return extent_of(parts_detail::read<WanVaeConfig>(codec));
  const auto linear = parts_detail::read<LinearCodecConfig>(codec);
  return {linear.patch, linear.group, linear.channels};
}

bool is_encoded(const ComponentNode& dataset) { return dataset.use == "latents"; }

ClipSpec clips_of(const ComponentNode& dataset) {
  if (is_encoded(dataset)) {
    const auto latents = parts_detail::read<LatentStoreConfig>(dataset);
    return {latents.frames, latents.height, latents.width, 0};
  }
  if (dataset.use == "toy_motion") return ToyMotion(parts_detail::read<ToyMotionConfig>(dataset)).spec();
  const auto clips = parts_detail::read<ClipFolderConfig>(dataset);
  return {clips.frames, clips.height, clips.width, clips.max_objects};
}

void check_fit(const ComponentNode& dataset, const ComponentNode& codec, const ComponentNode& generator,
               std::int64_t text_width, Reporter& reporter) {
  const auto place = [](const ComponentNode& table, const char* key) {
    const ConfigNode* value = table.table != nullptr ? table.table->child(key) : nullptr;
    return value != nullptr ? value->region() : table.use_region;
  };
  const auto expect = [&](const ComponentNode& table, const char* key, std::int64_t have, std::int64_t want,
                          const std::string& why) {
    if (have == want) return;
    reporter.error(place(table, key), fmt::format("'{}' is {}, but {}; use {}", key, have, why, want));
  };
  const auto network = parts_detail::read<wan::DitConfig>(generator);
  const CodecExtent latent = extent_of(codec);
  expect(generator, "text_width", network.text_width, text_width, "[text] has 'width' " + std::to_string(text_width));
  expect(generator, "latent_channels", network.latent_channels, latent.channels,
         fmt::format("the codec has {} channels", latent.channels));

  const auto fits = [&](const char* key, std::int64_t have, std::int64_t step, std::int64_t first) {
    const std::int64_t nearest = first + std::max<std::int64_t>(1, (have - first + step / 2) / step) * step;
    if ((have - first) % step == 0 && have > first) return;
    expect(dataset, key, have, nearest,
           first == 0 ? fmt::format("codec and generator take multiples of {}", step)
                      : fmt::format("the codec takes {} + {}k", first, step));
  };
  const std::int64_t down = latent.patch * network.patch[1], across = latent.patch * network.patch[2];
  if (dataset.use == "toy_motion") {
    const auto clips = parts_detail::read<ToyMotionConfig>(dataset);
    fits("frames", clips.frames, latent.group, 1);
    fits("size", clips.size, std::lcm(down, across), 0);
  } else if (dataset.use == "clip_folder") {
    const auto clips = parts_detail::read<ClipFolderConfig>(dataset);
    fits("frames", clips.frames, latent.group, 1);
    fits("height", clips.height, down, 0);
    fits("width", clips.width, across, 0);
  } else {
    const auto latents = parts_detail::read<LatentStoreConfig>(dataset);
    fits("frames", latents.frames, latent.group, 1);
    fits("height", latents.height, down, 0);
    fits("width", latents.width, across, 0);
  }
}

AnyDataset make_dataset(const ComponentNode& table, std::vector<std::string>& notes) {
  if (table.use == "toy_motion") return AnyDataset(ToyMotion(parts_detail::read<ToyMotionConfig>(table)));
  if (is_encoded(table)) return AnyDataset(LatentStore(parts_detail::read<LatentStoreConfig>(table)));
  ClipFolder clips(parts_detail::read<ClipFolderConfig>(table));
  const auto& skipped = clips.folder_report();
  for (const SkippedClip& clip : skipped) notes.push_back(fmt::format("skipped {}: {}", clip.clip, clip.reason));
  if (!skipped.empty()) {
    notes.push_back(fmt::format("{} of {} clips were skipped", skipped.size(), clips.found()));
  }
  return AnyDataset(std::move(clips));
}

AnyCodec make_codec(const ComponentNode& table, const AnyDataset& dataset, const std::filesystem::path& folder,
                    const c10::Device& device) {
  if (table.use == "wan_vae") return open_wan_vae(parts_detail::read<WanVaeConfig>(table), folder, device);
  // A fixed seed: the codec belongs to the world and not to a run.
  constexpr std::int64_t kClips = 512;
  Rng rng(0, "codec");
  const ClipBatch clips = dataset.draw({.count = kClips, .objects = {}, .split = Split::train}, rng);
  if (!clips.video.defined()) {
    throw InputError(
        "a codec of this kind is fitted to clips, and the dataset has latents alone; give codec.load the "
        "codec that made them");
  }
  return AnyCodec(LinearCodec::fit(clips.video, parts_detail::read<LinearCodecConfig>(table)));
}

AnyCodec load_codec(const ComponentNode& table, const NamedTensors& tensors, const std::filesystem::path& folder,
                    const c10::Device& device) {
  if (table.use == "wan_vae") return open_wan_vae(parts_detail::read<WanVaeConfig>(table), folder, device);
  return AnyCodec(LinearCodec(tensors));
}

wan::DitConfig generator_config(const ComponentNode& table) { return parts_detail::read<wan::DitConfig>(table); }

AnyGenerator make_generator(const ComponentNode& table, std::uint64_t seed) {
  return AnyGenerator(wan::DitGenerator(generator_config(table), seed));
}

wan::DitGenerator make_empty_generator(const ComponentNode& table) {
  return wan::DitGenerator(generator_config(table), nn::Storage::deferred);
}

}  // namespace flashmotion
