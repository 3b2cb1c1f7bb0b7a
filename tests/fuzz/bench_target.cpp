#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "tests/fuzz/target.hpp"

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace fuzz {
namespace {

using namespace flashmotion;
namespace fs = std::filesystem;

// A benchmark of one case whose pictures are only counted, removed at the end of the program.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("flashmotion-fuzz-bench-" + std::to_string(::getpid()))) {
    for (const char* part : {"reference", "masks"}) {
      fs::create_directories(path_ / part);
      for (int f = 0; f < 5; ++f) std::ofstream(path_ / part / (std::to_string(f) + ".png"));
    }
    std::ofstream(path_ / "first.png");
    Trajectory trajectory;
    trajectory.frames = 5;
    trajectory.width = 32;
    trajectory.height = 16;
    TrajectoryObject object;
    object.name = "a";
    object.keys.push_back({.frame = 0, .box = Box{0.1, 0.1, 0.5, 0.5}});
    trajectory.objects.push_back(object);
    write_trajectory(path_ / "one.traj.json", trajectory);
  }
  ~Folder() {
    std::error_code none;
    fs::remove_all(path_, none);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Bench small_bench(const fs::path& folder) {
  return {.folder = folder,
          .name = "small",
          .kind = BenchKind::clips,
          .fps = 24,
          .frames = 5,
          .width = 32,
          .height = 16,
          .seed = 1,
          .cases = {{"1-01", "1", "first.png", "a fox", "one.traj.json", "reference", "masks"}}};
}

}  // namespace

// What is let through is written and read back equal, and its paths stay inside the folder.
void run_bench(std::string_view bytes) {
  static const Folder folder;
  try {
    const Bench bench = parse_bench(folder.path(), std::string(bytes));
    if (bench.cases.empty()) throw std::logic_error("a benchmark has cases");
    for (const BenchCase& one : bench.cases) {
      for (const std::string& path : {one.image, one.trajectory, one.reference, one.masks}) {
        if (fs::relative(folder.path() / path, folder.path()).string().starts_with(".."))
          throw std::logic_error("paths stay inside");
      }
    }
    if (!(parse_bench(folder.path(), bench_text(bench)) == bench))
      throw std::logic_error("what is written is read back equal");
  } catch (const InputError&) {  // what a wrong text gives
  }
}

std::vector<std::string> bench_seeds() {
  Bench two = small_bench("");
  two.kind = BenchKind::composite;
  two.cases.push_back(two.cases.front());
  two.cases.back().id = "1-02";
  two.cases.back().prompt = "";
  return {bench_text(small_bench("")), bench_text(two)};
}

}  // namespace fuzz
