#pragma once

#include "flashmotion/base/progress.hpp"
#include "flashmotion/pipeline/clip_size.hpp"
#include "flashmotion/pipeline/memory_plan.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/pipeline/wan_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// One clip that is asked for.
struct ClipCase {
  std::filesystem::path image{};  // first frame; empty: none
  std::string prompt{};           // empty: that of the trajectory
  std::filesystem::path trajectory{};
  std::uint64_t seed = 0;
  std::filesystem::path out{};  // *.mp4, or a folder of pictures
};

/// What a finished clip took.
struct ClipCost {
  double seconds = 0;            // of denoising and decoding; 0 where it had been denoised before
  std::int64_t peak_memory = 0;  // bytes, since the clip's phase began
};

/// Clips that are made with one model. What is not given is the model's own.
struct PipelineRequest {
  WanFiles model;
  std::filesystem::path adapter{};
  std::vector<ClipCase> cases{};
  std::optional<PixelSize> size{};
  std::optional<std::int64_t> frames{};
  std::optional<double> fps{};
  std::string sampler{};                    // a component's word
  std::vector<std::string> sampler_keys{};  // `KEY=VALUE` of it
  std::optional<std::int64_t> steps{};
  std::optional<double> shift{};
  std::optional<double> guidance{};
  std::optional<std::string> negative{};
  Arithmetic arithmetic{};
  MemoryLimits memory{};
  std::int64_t decode_tile = 0;  // pixels of a tile's side; 0: whole frames
  bool keep_latents = false;
  bool skip_finished = false;  // leave clips alone that are there
  bool plan_only = false;      // nothing is going to be written
  ProgressOptions progress{};
  std::function<void(const ClipCase&, const ClipCost&)> finished{};  // told of each clip that was written; may be empty
};

}  // namespace flashmotion
