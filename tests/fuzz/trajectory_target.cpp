#include "flashmotion/base/error.hpp"
#include "flashmotion/io/npy.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "flashmotion/io/zip_file.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"
#include "flashmotion/trajectory/path_words.hpp"
#include "flashmotion/trajectory/retime.hpp"
#include "tests/fuzz/target.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace fuzz {
namespace {

using namespace flashmotion;

const ForeignSettings kSize{.width = 64, .height = 48};

void insist(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

// What a reader let through is a trajectory: it is written and read back equal, and all its boxes are numbers.
void look_at(const Trajectory& trajectory, bool whole) {
  insist(trajectory.frames >= 1 && !trajectory.objects.empty(), "a trajectory has frames and objects");
  const std::string text = trajectory_text(trajectory);
  insist(parse_trajectory(text, "written") == trajectory, "what is written is read back equal");
  if (trajectory.frames > 200 || !whole) return;
  const Tensor places = boxes(trajectory, trajectory.frames);
  const float* value = places.const_data_ptr<float>();
  insist(std::all_of(value, value + places.numel(), [](float side) { return std::isfinite(side); }),
         "boxes are numbers");
  const Trajectory other = retimed(trajectory, trajectory.frames > 1 ? trajectory.frames / 2 + 1 : 7);
  insist(parse_trajectory(trajectory_text(other), "retimed") == other, "what is retimed is a trajectory");
}

bool has_keys(const Trajectory& trajectory) {
  return std::all_of(trajectory.objects.begin(), trajectory.objects.end(),
                     [](const TrajectoryObject& object) { return !object.keys.empty(); });
}

template <class Read>
void try_reading(Read read) {
  std::optional<Trajectory> trajectory;
  try {
    trajectory = read();
  } catch (const InputError&) {  // what a wrong file gives
    return;
  }
  // An InputError from here on is a bug and ends the run.
  if (trajectory) look_at(*trajectory, has_keys(*trajectory));
}

std::string npy_of(const Tensor& tensor) { return npy_bytes(tensor.to(at::kDouble)); }

}  // namespace

void run_trajectory(std::string_view bytes) {
  try_reading([&] { return parse_trajectory(bytes, "x.traj.json", {.objects = 50, .frames = 300, .keys = 2000}); });
}

std::vector<std::string> trajectory_seeds() {
  const std::string head =
      R"({"format": "flashmotion-trajectory", "version": 2, "frames": 4, "width": 8, "height": 6, )";
  return {
      R"({"format": "flashmotion-trajectory", "version": 1, "frames": 9, "width": 8, "height": 6, "fps": 8,
"objects": [{"name": "a", "colour": "#f21a1a", "prompt": "b", "keys": [{"frame": 0, "box": [0, 0, 0.5, 1]},
{"frame": 8, "box": [0.1, -0.2, 0.5, 1.5]}]}]})",
      head + R"("prompt": "p", "camera": [{"frame": 0, "pan": [0, 0]}, {"frame": 3, "zoom": 1.5, "easing": "smooth"}],
"objects": [{"name": "a", "hidden": [[1, 2]], "keys": [{"frame": 0, "points": [[0.5, 0.5]], "easing": [0.4, 0, 0.2, 1]},
{"frame": 2, "polygon": [[0, 0], [1, 0], [0.5, 1]], "easing": "hold"},
{"frame": 3, "mask": {"size": [2, 3], "counts": [2, 3, 1]}}]}]})",
      head + R"("objects": [{"name": "a", "boxes": [null, [0, 0, 1, 1], [0, 0, 0.5, 1], null],
"masks": {"path": "m", "label": 3}}, {"name": "b", "static": true, "keys": [{"frame": 1, "box": [0, 0, 1, 1]}]}]})",
      head + R"("objects": [{"name": "a", "masks": [{"size": [2, 3], "counts": "231"}, null, null, null],
"points": [[[0, 0]], [[1, 1]], [[0, 1]], null]}, {"name": "b", "masks": {"path": "m", "colour": "#800000"}}]})",
  };
}

void run_mot(std::string_view bytes) {
  try_reading([&] { return parse_mot(bytes, "gt.txt", kSize).trajectory; });
}

std::vector<std::string> mot_seeds() {
  return {"1,1,1,1,5,5,1,-1,-1,-1\n2,1,2,1,5,5,1,-1,-1,-1\n1,2,10.5,1e1,5,5\n", "3 4 1 1 5 5 0\n\r\n3 5 1 1 5 5\n"};
}

void run_tora(std::string_view bytes) {
  try_reading([&] { return parse_tora(bytes, "path.txt", {}).trajectory; });
}

std::vector<std::string> tora_seeds() {
  return {"1,2\n3, 4\n256,256",
          "\xef\xbb\xbf"
          "10 20\r\n30 40\r\n"};
}

// The first byte chooses what the array is taken for.
void run_npy(std::string_view bytes) {
  if (bytes.empty()) return;
  try_reading([&]() -> Trajectory {
    const Tensor array = parse_npy(bytes.substr(1), "x.npy");
    if (bytes[0] == 's') return trajectory_of_sg_i2v(array, "x.npy", kSize).trajectory;
    return trajectory_of_tracks(
               array, bytes[0] == 'v' && array.dim() > 0 && array.size(-1) > 0 ? array.select(-1, 0) : Tensor(),
               "x.npy", kSize)
        .trajectory;
  });
}

std::vector<std::string> npy_seeds() {
  Tensor boxes = at::ones({1, 16, 2}, at::kDouble).mul(4);
  boxes.select(1, 0).fill_(1);
  const Tensor tracks = at::ones({1, 3, 2, 2}, at::kDouble).mul(9);
  return {"s" + npy_of(boxes), "t" + npy_of(tracks), "v" + npy_of(tracks.select(0, 0)),
          "t" + npy_bytes(tracks.to(at::kFloat)), "t" + npy_bytes(at::ones({1, 2, 1, 2}, at::kBool))};
}

// A first byte of 'Z' makes the rest a whole file, 'N' the NumPy archive in a valid one, others the array in a valid
// one.
void run_ati(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view rest = bytes.substr(1);
  std::string file(rest);
  if (bytes[0] != 'Z')
    file = torch_pickle_of_bytes(bytes[0] == 'N' ? std::string(rest) : zip_of_one("array.npy", rest));
  try_reading([&] { return parse_ati(std::move(file), "x.pth", kSize).trajectory; });
}

std::vector<std::string> ati_seeds() {
  const std::string array = npy_bytes(at::ones({2, 3, 1, 3}, at::kFloat).mul(8));
  const std::string archive = zip_of_one("array.npy", array);
  return {"A" + array, "N" + archive, "Z" + torch_pickle_of_bytes(archive)};
}

void run_sav(std::string_view bytes) {
  constexpr std::size_t kMost = 4096;  // each mistake is looked for in the whole text
  if (bytes.size() > kMost) return;
  try_reading([&] { return parse_sav(std::string(bytes), "x.json", {}).trajectory; });
}

std::vector<std::string> sav_seeds() {
  return {R"({"video_frame_count": 8.0, "video_height": 2.0, "video_width": 3.0, "masklet_id": [4, 9], "masklet":
[[{"size": [2, 3], "counts": "231"}, {"size": [2, 3], "counts": [6]}],
[{"size": [2, 3], "counts": [0, 6]}, {"size": [2, 3], "counts": [4, 2]}]]})",
          R"({"masklet": [[{"size": [1, 1], "counts": "01"}]]})"};
}

void run_csv(std::string_view bytes) {
  try {
    static_cast<void>(parse_magicdata_csv(bytes, "m.csv"));
  } catch (const InputError&) {  // what a wrong file gives
  }
}

std::vector<std::string> csv_seeds() {
  return {"path,text,num_frames\nvideos/a.mp4,\"a, \"\"b\"\"\",49\nb.mkv,,\n", "video,caption\r\nx,y\r\n"};
}

// The first bytes are the width, the number of frames and whether colours are exact; then come pixels of three bytes.
void run_maps(std::string_view bytes) {
  constexpr std::size_t kHead = 3;
  if (bytes.size() < kHead + 3) return;
  const auto at = [&](std::size_t i) { return static_cast<std::int64_t>(static_cast<unsigned char>(bytes[i])); };
  const std::int64_t width = at(0) % 24 + 1;
  const std::int64_t frames = at(1) % 6 + 1;
  const auto pixels = static_cast<std::int64_t>((bytes.size() - kHead) / 3);
  const std::int64_t height = std::max<std::int64_t>(1, pixels / (width * frames));
  Tensor clip = at::zeros({frames, height, width, 3}, at::kByte);
  std::memcpy(clip.data_ptr(), bytes.data() + kHead, std::min<std::size_t>(clip.nbytes(), bytes.size() - kHead));
  MapFrames maps{.count = frames, .fps = 8, .exact = at(2) % 2 == 0, .path = "x", .frame = [clip](std::int64_t i) {
                   return clip.select(0, i);
                 }};
  try_reading([&] { return trajectory_of_maps(maps).trajectory; });
}

std::vector<std::string> maps_seeds() {
  std::vector<std::string> seeds;
  for (const char exact : {'\0', '\1'}) {
    std::string bytes = std::string("\x0b\x02", 2) + exact;
    for (int frame = 0; frame < 3; ++frame) {
      for (int y = 0; y < 12; ++y) {
        for (int x = 0; x < 12; ++x) {
          const bool inside = x > 1 + frame && x < 7 + frame && y > 1 && y < 9;
          const bool rim = inside && (x == 2 + frame || x == 6 + frame || y == 2 || y == 8);
          bytes += (frame == 0 ? inside : rim) ? std::string("\x80\x20\x20", 3) : std::string(3, '\0');
        }
      }
    }
    seeds.push_back(bytes);
  }
  return seeds;
}

void run_words(std::string_view bytes) {
  Trajectory clip;
  clip.frames = 13;
  clip.width = 64;
  clip.height = 48;
  try_reading([&] {
    Trajectory result = clip;
    if (bytes.starts_with('@')) result.camera = camera_of_words(bytes.substr(1), clip);
    result.objects.push_back(object_of_words(bytes.starts_with('@') ? "a: 0 0 1 1" : bytes, 0, clip));
    return result;
  });
}

std::vector<std::string> words_seeds() {
  return {"fox: 0.1 40% 0.3 0.7, right 0.5 up 0.1, wait 0.2, to 0.5 0.5 grow 2, smooth",
          "a: 0 0 1 1, left 10%, down 0.2, slow start, colour #102030, prompt a stone",
          "b: 0 0 1 1, shrink 2, bezier 0.4 0 0.2 1, linear", "@pan 0.1 -0.2, zoom 1.5, slow end"};
}

}  // namespace fuzz
