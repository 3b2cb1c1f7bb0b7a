#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/train/run_folder.hpp"

#include <filesystem>
#include <string>

namespace flashmotion {

/// Results of stages under the digest of what they depend on, shared by runs. An entry appears whole or not at all.
class FLASHMOTION_EXPORT StageStore {
 public:
  /// Makes the folder. Throws InputError when that cannot be done.
  explicit StageStore(std::filesystem::path folder);

  /// Exclusive right to make an entry, until it goes out of scope; another process that wants it waits.
  class FLASHMOTION_EXPORT Claim {
   public:
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    Claim(Claim&& other) noexcept;
    ~Claim();

   private:
    friend class StageStore;
    explicit Claim(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
  };
  [[nodiscard]] Claim claim(const std::string& digest) const;

  /// Gives a run the result of a stage, its lines of metrics included, when there is one. Files are linked where the
  /// file system can do that and copied otherwise.
  [[nodiscard]] bool take(const std::string& digest, RunFolder& run, const std::string& stage) const;
  /// Keeps the result of a stage that a run has finished. `inputs` is kept beside it, to be looked at.
  void keep(const std::string& digest, const std::string& inputs, const RunFolder& run, const std::string& stage) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace flashmotion
