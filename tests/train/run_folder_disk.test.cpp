#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/train/run_folder.hpp"
#include "flashmotion/train/stage_states.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <sys/mount.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <string>

// A full disk: each kind of file says so, and what was there before stays.

namespace run_folder_disk_test {

namespace fs = std::filesystem;
using flashmotion::Error;
using flashmotion::read_file;

/// A file system of one MiB, while it lives.
class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("tmpfs", temp_.path().c_str(), "tmpfs", 0, "size=1m") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(temp_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] fs::path operator/(const char* name) const { return temp_ / name; }
  /// Takes all of the space that is left.
  void fill() const {
    std::ofstream filler(*this / "filler", std::ios::binary);
    while (filler.put('x').flush()) {
    }
  }

 private:
  TempFolder temp_;
  bool mounted_;
};

const Catch::Matchers::StdString::ContainsMatcher kFull = Catch::Contains("No space left on device");

TEST_CASE("states, lines, pictures and videos tell a full disk and harm nothing", "[train][message]") {
  const SmallDisk disk;
  if (!disk.mounted()) FLASHMOTION_SKIP("a small file system cannot be mounted here, which takes root");
  flashmotion::RunFolder folder(disk / "run", "[run]\nseed = 0\n", flashmotion::RunAccess::create);
  const flashmotion::StageStates states(disk / "run/stages", 2);
  const flashmotion::NamedTensors small{{"a", torch::ones({8})}}, large{{"a", torch::ones({1 << 19})}};
  states.save(1, small);
  folder.append_metrics("{\"stage\": \"s\"}");
  const fs::path picture = disk / "run/preview.png", video = disk / "run/preview.mp4";
  const flashmotion::Tensor noise = torch::rand({3, 64, 64}) * 2 - 1;
  flashmotion::write_png(picture, noise);
  const std::string before = read_file(picture.string());

  CHECK_THROWS_WITH(states.save(2, large), kFull && Catch::Contains("free some space and go on"));
  disk.fill();
  // Bytes of a page that is begun already may still be taken.
  const std::string line(8000, 'x');
  CHECK_THROWS_WITH(folder.append_metrics(line), kFull && Catch::Contains("metrics.jsonl"));
  CHECK_THROWS_WITH(flashmotion::write_png(picture, -noise), kFull && Catch::Contains("preview.png"));
  CHECK_THROWS_AS(flashmotion::write_video(video, torch::zeros({5, 64, 64, 3}, torch::kByte), 8.0), Error);

  CHECK(states.steps() == std::vector<std::int64_t>{1});
  CHECK(states.restore(flashmotion::NamedTensors{{"a", torch::zeros({8})}}, false).step == 1);
  CHECK(read_file(picture.string()) == before);
  CHECK_FALSE(fs::exists(video));
  fs::remove(disk / "filler");
  folder.truncate_metrics(15);
  CHECK(read_file((disk / "run/metrics.jsonl").string()) == "{\"stage\": \"s\"}\n");
}

}  // namespace run_folder_disk_test
