#pragma once

#include "flashmotion/wan/checkpoint.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion::wan::checkpoint_detail {

/// Files that hold one set of tensors together.
struct Source {
  std::filesystem::path folder;
  std::string stem;                          // name without the number of a part and without ending
  std::vector<std::filesystem::path> files;  // parts, or one index
};

/// Whether a name ends as files with weights do.
[[nodiscard]] bool holds_weights(const std::filesystem::path& file);

/// The sources of a folder and of the folders that the layouts put networks into, or the one that a file is.
[[nodiscard]] std::vector<Source> find_sources(const std::filesystem::path& path);

/// All tensors of a source. `weights` chooses among sets in a pickle, see `CheckpointOptions`.
[[nodiscard]] std::vector<StoredTensor> read_source(const Source& source, const std::string& weights);

}  // namespace flashmotion::wan::checkpoint_detail
