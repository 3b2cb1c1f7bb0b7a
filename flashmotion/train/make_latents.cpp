#include "flashmotion/train/make_latents.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/data/clip_folder.hpp"
#include "flashmotion/data/latent_index.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "flashmotion/recipe/tree.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/experiment.hpp"
#include "flashmotion/train/parts.hpp"
#include "flashmotion/train/run_device.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <future>
#include <utility>
#include <vector>

namespace flashmotion {
namespace make_latents_detail {

namespace fs = std::filesystem;

// Half the size where nothing is lost.
Tensor narrow(const Tensor& numbers) {
  const Tensor half = numbers.to(at::kBFloat16);
  return half.to(at::kFloat).equal(numbers) ? half : numbers.contiguous();
}

// Tokens [L, D] without the rows of zeros at the end.
Tensor trimmed(const Tensor& tokens) {
  std::int64_t rows = tokens.size(0);
  while (rows > 1 && tokens[rows - 1].count_nonzero().item<std::int64_t>() == 0) --rows;
  return tokens.narrow(0, 0, rows);
}

ClipFolderConfig clip_folder_of(const Recipe& recipe) {
  if (recipe.config.data.use != "clip_folder") {
    throw InputError(
        fmt::format("latents are made of a clip folder, and the recipe has data.use = \"{}\"", recipe.config.data.use));
  }
  Diagnostics diagnostics;
  auto config = read_component<ClipFolderConfig>(recipe.config.data, diagnostics);
  diagnostics.throw_if_any();
  check_clip_folder(config);
  return config;
}

class Maker {
 public:
  Maker(const Recipe& recipe, const Catalog& catalog, fs::path out, const StopFlag& stop, const Logger& log)
      : recipe_(recipe),
        config_(clip_folder_of(recipe)),
        out_(std::move(out)),
        stop_(stop),
        log_(log),
        device_(open_run_device(recipe.config.run.device, OneProcess())),
        source_(AnyDataset(), open_codec(), prompt_encoder(recipe.config.text, recipe.folder, device_), {}, 0,
                AnyTrajectoryEncoder(catalog.trajectory_encoders.make(recipe.config.trajectory, context(recipe)))) {
    index_.settings = settings();
    index_.clips = {config_.frames, config_.height, config_.width, config_.max_objects};
    index_.flip = config_.flip;
  }

  MadeLatents run(const ProgressOptions& progress) {
    const at::NoGradGuard no_grad;
    begin();
    const std::vector<ClipFiles> files = find_clips(config_.folder);
    ProgressBar bar("encoding clips", static_cast<std::int64_t>(files.size()), progress);
    std::future<FolderClip> next;
    const ClipFiles* last = nullptr;
    for (std::size_t i = 0; i < files.size(); ++i) {
      stop_.throw_if_stopped();
      if (!ready(files[i])) {
        std::future<FolderClip> now = next.valid() ? std::exchange(next, {}) : read(files[i]);
        if (i + 1 < files.size() && !fs::exists(note_of(files[i + 1].name))) next = read(files[i + 1]);
        try {
          make(now.get(), is_for_evaluation(index_.entries.size(), files.size(), config_));
        } catch (const InputError& problem) {
          skipped_.push_back({files[i].name, skip_reason(problem)});
          log_.warning("skipped {}: {}", files[i].name, skipped_.back().reason);
          bar.advance();
          continue;
        }
      }
      last = &files[i];
      bar.advance();
    }
    if (last == nullptr) throw InputError(no_clip_message(config_.folder, skipped_));
    keep_one_for_evaluation(*last);
    write_latent_index(out_, index_);
    return summary();
  }

 private:
  static BuildContext context(const Recipe& recipe) {
    BuildContext made;
    made.generator = make_empty_generator(recipe.config.generator).spec();
    return made;
  }

  // As a run does it, and kept where it was fitted.
  AnyCodec open_codec() const {
    const CodecConfig& codec = recipe_.config.codec;
    if (!codec.load.empty())
      return load_codec(codec.codec, SafetensorsFile(fs::path(recipe_.folder) / codec.load).tensors(), recipe_.folder,
                        device_);
    std::vector<std::string> notes;
    const bool fitted = codec.codec.use == "linear";
    const AnyCodec made = make_codec(codec.codec, fitted ? make_dataset(recipe_.config.data, notes) : AnyDataset(),
                                     recipe_.folder, device_);
    fs::create_directories(out_);
    if (fitted)
      write_safetensors(out_ / "codec.safetensors", made.named_tensors(),
                        {{"format", "flashmotion"}, {"role", "codec"}});
    return made;
  }

  // All that the numbers depend on; not where the clips lie. A table's text has its defaults.
  std::string settings() const {
    const RecipeConfig& config = recipe_.config;
    const auto text = [](const ComponentNode& table) {
      if (table.resolved == nullptr) return std::string();
      TreeNode::Ptr copy = TreeNode::copy(*table.resolved);
      if (copy->child("folder") != nullptr) copy->put("folder", TreeNode::make_string("", {}), {});
      return to_toml(*copy);
    };
    JsonWriter json(0);
    json.begin_object().field("data", text(config.data)).field("codec", text(config.codec.codec));
    json.field("codec_file", config.codec.load).field("trajectory", config.trajectory.use + text(config.trajectory));
    json.field("text", fmt::format("{} {} {} {} {}", to_string(config.text.use), config.text.checkpoint,
                                   to_string(config.text.dtype), config.text.width, config.text.length));
    return json.end_object().text();
  }

  // Makes the folder, or looks whether it may be gone on with.
  void begin() const {
    std::error_code code;
    fs::create_directories(out_ / "clips", code);
    if (code) throw InputError(fmt::format("'{}' could not be made: {}", out_.string(), code.message()));
    const std::string file = (out_ / "settings.json").string();
    if (!fs::exists(file, code)) {
      write_file_atomically(file, index_.settings + "\n");
    } else if (read_file(file, 1 << 24) != index_.settings + "\n") {
      throw InputError(
          fmt::format("'{}' was made with other settings of data, codec, text or trajectory; give another "
                      "--out, or remove it",
                      out_.string()));
    }
  }

  [[nodiscard]] std::future<FolderClip> read(const ClipFiles& files) const {
    return std::async(std::launch::async, [this, &files] { return read_folder_clip(files, config_); });
  }

  [[nodiscard]] fs::path note_of(const std::string& name) const { return out_ / "clips" / name / "clip.json"; }

  // Takes a clip over that an earlier call finished.
  bool ready(const ClipFiles& files) {
    std::error_code code;
    const fs::path note = note_of(files.name);
    if (!fs::exists(note, code)) return false;
    const JsonValue root = read_json(note);
    StoredClip clip;
    clip.name = files.name;
    clip.prompt = root.at("prompt").text();
    clip.split = root.at("evaluation").boolean() ? Split::evaluation : Split::train;
    clip.windows.starts = root.at("starts").wholes(0);
    clip.windows.shown = root.at("objects").wholes(0);
    if (index_.latent[0] == 0) {
      const auto latent = root.at("latent").wholes(1), text = root.at("text").wholes(1);
      std::copy_n(latent.begin(), std::min(latent.size(), index_.latent.size()), index_.latent.begin());
      std::copy_n(text.begin(), std::min(text.size(), index_.text.size()), index_.text.begin());
    }
    index_.entries.push_back(std::move(clip));
    ++found_ready_;
    return true;
  }

  void make(const FolderClip& clip, bool evaluation) {
    fs::create_directories(out_ / "clips" / clip.name);
    const Tensor tokens = source_.text()(std::vector<std::string>{clip.prompt})[0];
    write_safetensors(text_file(out_, clip.name), {{"text", narrow(trimmed(tokens))}});
    index_.text = {tokens.size(0), tokens.size(1)};
    for (const std::int64_t start : clip.windows.starts) {
      for (const bool flip : {false, true}) {
        if (flip && (evaluation || !config_.flip)) continue;
        stop_.throw_if_stopped();
        make_window(clip, start, flip, evaluation);
      }
    }
    StoredClip entry{clip.name, clip.prompt, evaluation ? Split::evaluation : Split::train, clip.windows};
    JsonWriter json(0);
    json.begin_object().field("prompt", entry.prompt).field("evaluation", evaluation);
    json.field("starts", entry.windows.starts).field("objects", entry.windows.shown);
    json.field("latent", std::vector<std::int64_t>(index_.latent.begin(), index_.latent.end()));
    json.field("text", std::vector<std::int64_t>(index_.text.begin(), index_.text.end())).end_object();
    write_file_atomically(note_of(clip.name).string(), json.text() + "\n");
    index_.entries.push_back(std::move(entry));
  }

  void make_window(const FolderClip& clip, std::int64_t start, bool flip, bool pixels) {
    const fs::path file = window_file(out_, clip.name, start, flip);
    std::error_code code;
    if (index_.latent[0] != 0 && !pixels && fs::exists(file, code)) return;  // of a clip that was stopped in
    const ClipBatch window = clip_window(clip, config_, start, flip);
    const LatentBatch boxes = source_.encode(window, ControlKind::box);
    const Tensor masks = source_.codec().encode(source_.control_maps(window, ControlKind::mask));
    const auto extent = boxes.clean.sizes().slice(1);
    std::copy(extent.begin(), extent.end(), index_.latent.begin());
    NamedTensors tensors{{"clean", narrow(boxes.clean[0])},
                         {"control_masks", narrow(masks[0])},
                         {"control_boxes", narrow(boxes.condition.control[0])},
                         {"boxes", window.boxes[0]},
                         {"valid", window.valid[0]},
                         {"colours", window.colours[0]}};
    if (pixels) {
      const Tensor when = torch::arange(config_.frames, torch::kLong).mul(config_.stride).add(start);
      tensors.push_back({"video", clip.frames.index_select(0, when)});
      tensors.push_back({"labels", clip.labels.index_select(0, when)});
    }
    write_safetensors(file, tensors);
  }

  // Of a few clips the last one by name is for evaluation, as in a clip folder.
  void keep_one_for_evaluation(const ClipFiles& last) {
    const std::size_t count = index_.entries.size();
    if (!is_for_evaluation(count - 1, count, config_) || index_.entries.back().split == Split::evaluation) return;
    index_.entries.pop_back();
    make(read_folder_clip(last, config_), true);
  }

  [[nodiscard]] MadeLatents summary() const {
    MadeLatents made;
    made.clips = static_cast<std::int64_t>(index_.entries.size());
    made.skipped = static_cast<std::int64_t>(skipped_.size());
    made.found_ready = found_ready_;
    std::error_code code;
    for (const StoredClip& clip : index_.entries) {
      for (const std::int64_t start : clip.windows.starts) {
        for (const bool flip : {false, true}) {
          const auto bytes = fs::file_size(window_file(out_, clip.name, start, flip), code);
          if (code) continue;
          ++made.windows;
          made.bytes += static_cast<std::int64_t>(bytes);
        }
      }
    }
    return made;
  }

  const Recipe& recipe_;
  ClipFolderConfig config_;
  fs::path out_;
  const StopFlag& stop_;
  const Logger& log_;
  c10::Device device_;
  BatchSource source_;
  LatentIndex index_;
  std::vector<SkippedClip> skipped_;
  std::int64_t found_ready_ = 0;
};

}  // namespace make_latents_detail

MadeLatents make_latents(const Recipe& recipe, const Catalog& catalog, const std::filesystem::path& out,
                         const StopFlag& stop, const ProgressOptions& progress, const Logger& log) {
  return make_latents_detail::Maker(recipe, catalog, out, stop, log).run(progress);
}

}  // namespace flashmotion
