#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/concepts/dataset.hpp"
#include "flashmotion/data/latent_index.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {

/// Settings of a latent store.
struct LatentStoreConfig {
  std::string folder;
  std::int64_t frames = 9;
  std::int64_t height = 32;
  std::int64_t width = 32;

  static void fields(auto& f, auto& c) {
    f("folder", c.folder, required, NotEmpty{}, "folder that 'flashmotion cache' made");
    f("frames", c.frames, Range{1, 1000}, "frames of its clips, 1 + 4k");
    f("height", c.height, Range{4, 4096}, "height of its clips in pixels");
    f("width", c.width, Range{4, 4096}, "width of its clips in pixels");
  }
};

/// Clips that were encoded ahead of time. They are read as they are drawn, so that memory does not grow with their
/// number. Equal generators draw the same clips as from the clip folder that the store was made of.
class FLASHMOTION_EXPORT LatentStore {
 public:
  using Config = LatentStoreConfig;

  /// Throws InputError as `read_latent_index` does, when there is no clip, and when clips have another extent.
  explicit LatentStore(const LatentStoreConfig& config);

  [[nodiscard]] const LatentIndex& index() const { return index_; }
  [[nodiscard]] ClipSpec spec() const { return index_.clips; }
  /// With `encoded`; pixels for evaluation only. Throws InputError when a file is missing or damaged, or no clip of the
  /// split is what is asked for.
  [[nodiscard]] ClipBatch draw(const ClipRequest& request, Rng& rng) const;

 private:
  struct Part {
    std::vector<std::string> names;
    std::vector<std::string> prompts;
    std::vector<ClipWindows> windows;
  };
  [[nodiscard]] ClipBatch read(const Part& part, const ClipPick& pick, bool pixels) const;

  LatentStoreConfig config_;
  LatentIndex index_;
  Part train_, evaluation_;
};
static_assert(Dataset<LatentStore>);

}  // namespace flashmotion
