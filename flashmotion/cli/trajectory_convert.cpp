#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/trajectory.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"
#include "flashmotion/trajectory/retime.hpp"

#include <algorithm>
#include <filesystem>

namespace flashmotion::cli {
namespace {

TrajectoryFormat format_word(const std::string& word) {
  if (const auto format = parse_enum<TrajectoryFormat>(word)) return *format;
  const std::vector<std::string> known = enum_words<TrajectoryFormat>();
  throw InputError(fmt::format("'{}' is no format of trajectories{}", word, suggestion(word, known, "there are")));
}

double fps_option(const cxxopts::ParseResult& parsed) {
  if (parsed.count("fps") == 0) return 0;
  const auto fps = parsed["fps"].as<double>();
  if (!(fps >= 0.1 && fps <= 1000)) throw InputError(fmt::format("--fps goes from 0.1 to 1000, found {}", fps));
  return fps;
}

ForeignSettings settings_of(const cxxopts::ParseResult& parsed) {
  ForeignSettings settings;
  std::tie(settings.width, settings.height) = size_option(parsed);
  settings.fps = fps_option(parsed);
  if (parsed.count("clip") > 0) settings.clip = parsed["clip"].as<std::string>();
  return settings;
}

// Which of a name's formats is meant, or a sentence on what to do.
TrajectoryFormat input_format(const std::string& path, const cxxopts::ParseResult& parsed) {
  if (parsed.count("from") > 0) return format_word(parsed["from"].as<std::string>());
  const auto guessed = guess_format(path);
  if (guessed) return *guessed;
  throw InputError(
      fmt::format("'{}' is no trajectory by its name and content; say what it is by --from, see "
                  "'flashmotion trajectory --help'",
                  path));
}

// Shapes are shares of the picture, so another size is another pair of numbers.
void apply_options(Trajectory& trajectory, const cxxopts::ParseResult& parsed) {
  if (parsed.count("frames") > 0) trajectory = retimed(trajectory, parsed["frames"].as<std::int64_t>());
  if (const auto [width, height] = size_option(parsed); width > 0) {
    trajectory.width = width;
    trajectory.height = height;
  }
  if (const double fps = fps_option(parsed); fps > 0) trajectory.fps = fps;
}

std::string counted(std::int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string shapes_of(const TrajectoryObject& object) {
  std::int64_t boxes = 0, points = 0, polygons = 0, masks = 0;
  for (const TrajectoryKey& key : object.keys) {
    boxes += key.box ? 1 : 0;
    points += key.points.empty() ? 0 : 1;
    polygons += key.polygon.empty() ? 0 : 1;
    masks += key.mask.given() ? 1 : 0;
  }
  std::string text;
  for (const auto& [count, one, many] :
       {std::tuple{boxes, "box", "boxes"}, std::tuple{points, "key of points", "keys of points"},
        std::tuple{polygons, "polygon", "polygons"}, std::tuple{masks, "mask", "masks"}}) {
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, one, many);
  }
  if (object.masks) text += fmt::format("{}masks in '{}'", text.empty() ? "" : ", ", object.masks->path);
  return text;
}

std::int64_t hidden_frames(const TrajectoryObject& object) {
  std::int64_t frames = 0;
  for (const FrameRange& range : object.hidden) frames += range.end - range.begin;
  return frames;
}

// In how many frames an object's box does not touch the picture at all.
std::int64_t frames_outside(const Trajectory& trajectory, const TrajectoryObject& object) {
  const ObjectTrack track(trajectory, object);
  std::int64_t outside = 0;
  for (std::int64_t t = 0; t < trajectory.frames; ++t) {
    const ObjectSample sample = track.at(static_cast<double>(t));
    if (!sample.seen || !sample.box) continue;
    const Box& box = *sample.box;
    outside += box[2] <= 0 || box[3] <= 0 || box[0] >= 1 || box[1] >= 1 ? 1 : 0;
  }
  return outside;
}

void print_json(const Trajectory& trajectory, TrajectoryFormat format) {
  JsonWriter json(2);
  json.begin_object().field("format", to_string(format)).field("frames", trajectory.frames);
  json.field("width", trajectory.width).field("height", trajectory.height).field("fps", trajectory.fps);
  json.field("prompt", prompt(trajectory)).field("camera_keys", static_cast<std::int64_t>(trajectory.camera.size()));
  json.key("objects").begin_array();
  for (const TrajectoryObject& object : trajectory.objects) {
    json.begin_object().field("name", object.name).field("colour", colour_text(object.colour));
    json.field("keys", static_cast<std::int64_t>(object.keys.size())).field("static", object.fixed);
    json.field("hidden_frames", hidden_frames(object)).field("frames_outside", frames_outside(trajectory, object));
    json.end_object();
  }
  json.end_array().end_object();
  fmt::print("{}\n", json.text());
}

}  // namespace

Trajectory load_trajectory(const std::string& path, const cxxopts::ParseResult& parsed, const Context& context,
                           bool masks) {
  const TrajectoryFormat format = input_format(path, parsed);
  ForeignTrajectory read = read_foreign(path, format, settings_of(parsed));
  for (const std::string& note : read.notes) context.log.info("{}", note);
  const std::filesystem::path folder =
      format == TrajectoryFormat::flashmotion ? std::filesystem::path(path).parent_path() : std::filesystem::path();
  if (masks) read.trajectory = with_masks(std::move(read.trajectory), folder);
  for (TrajectoryObject& object : read.trajectory.objects) {
    if (object.masks) object.masks->path = (folder / object.masks->path).string();
  }
  apply_options(read.trajectory, parsed);
  return std::move(read.trajectory);
}

int check_trajectories(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                       const Context& context) {
  if (names.empty()) throw InputError("give the files to check: flashmotion trajectory check FILE...");
  bool good = true;
  for (const std::string& name : names) {
    try {
      const Trajectory trajectory = load_trajectory(name, parsed, context, true);
      fmt::print("{}: good, {} in {}\n", name,
                 counted(static_cast<std::int64_t>(trajectory.objects.size()), "object", "objects"),
                 counted(trajectory.frames, "frame", "frames"));
      if (!is_valid_frame_count(trajectory.frames)) {
        context.log.warning("{}; a run retimes it", frame_count_message(name, trajectory.frames));
      }
      for (const TrajectoryObject& object : trajectory.objects) {
        const std::int64_t outside = frames_outside(trajectory, object);
        if (outside == trajectory.frames - hidden_frames(object))
          context.log.warning("{}: object '{}' is never inside the picture", name, object.name);
      }
    } catch (const InputError& problem) {
      fmt::print(stderr, "{}\n", problem.what());
      good = false;
    }
  }
  return good ? 0 : 2;
}

int describe_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                        const Context& context) {
  if (names.size() != 1) throw InputError("give one file: flashmotion trajectory info FILE");
  const TrajectoryFormat format = input_format(names[0], parsed);
  const Trajectory trajectory = load_trajectory(names[0], parsed, context, false);
  if (parsed.count("json") > 0) {
    print_json(trajectory, format);
    return 0;
  }
  fmt::print("{}: {}\n  {} of {}x{}, {:g} a second ({:.2f} s)\n", names[0], to_string(format),
             counted(trajectory.frames, "frame", "frames"), trajectory.width, trajectory.height, trajectory.fps,
             static_cast<double>(trajectory.frames) / trajectory.fps);
  if (is_valid_frame_count(trajectory.frames)) {
    fmt::print("  {} of a model with 4 frames each\n",
               counted(latent_frames(trajectory.frames), "latent frame", "latent frames"));
  } else {
    fmt::print("  {}; a run retimes it\n", frame_count_message("the clip", trajectory.frames));
  }
  if (const std::string words = prompt(trajectory); !words.empty()) fmt::print("  prompt: {}\n", words);
  if (!trajectory.camera.empty())
    fmt::print("  the camera moves, in {}\n",
               counted(static_cast<std::int64_t>(trajectory.camera.size()), "key", "keys"));
  for (const TrajectoryObject& object : trajectory.objects) {
    std::string text = fmt::format("  {} '{}': {}", colour_text(object.colour), object.name, shapes_of(object));
    if (object.fixed) text += ", static";
    if (const std::int64_t hidden = hidden_frames(object); hidden > 0)
      text += fmt::format(", hidden in {}", counted(hidden, "frame", "frames"));
    if (const std::int64_t outside = frames_outside(trajectory, object); outside > 0)
      text += fmt::format(", outside the picture in {}", counted(outside, "frame", "frames"));
    fmt::print("{}\n", text);
  }
  return 0;
}

int convert_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                       const Context& context) {
  if (names.size() != 2)
    throw InputError("give the file to read and the file to write: flashmotion trajectory convert IN OUT");
  const std::string& out = names[1];
  ForeignSettings settings;
  if (parsed.count("style") > 0) {
    const auto word = parsed["style"].as<std::string>();
    const auto style = parse_enum<MapStyle>(word);
    if (!style) throw InputError(fmt::format("--style is 'fill', 'mask', 'box' or 'sparse_box', found '{}'", word));
    settings.style = *style;
  }
  std::optional<TrajectoryFormat> format = format_of_name(out);
  if (parsed.count("to") > 0) format = format_word(parsed["to"].as<std::string>());
  if (!format) {
    throw InputError(fmt::format("'{}' does not say in its name which format it is to have; say it by --to", out));
  }
  if (parsed.count("overwrite") == 0 && std::filesystem::is_regular_file(out))
    throw InputError(fmt::format("'{}' is there already; --overwrite lets it give way", out));
  // A trajectory file names masks that lie in files; retiming needs them, and so does every other format that has any.
  const bool masks = *format == TrajectoryFormat::magicmotion ||
                     (parsed.count("frames") > 0 && *format == TrajectoryFormat::flashmotion);
  const Trajectory trajectory = load_trajectory(names[0], parsed, context, masks);
  for (const std::string& note : write_foreign(out, trajectory, *format, settings)) context.log.info("{}", note);
  context.log.info("{}: {}, {} in {}", out, to_string(*format),
                   counted(static_cast<std::int64_t>(trajectory.objects.size()), "object", "objects"),
                   counted(trajectory.frames, "frame", "frames"));
  return 0;
}

}  // namespace flashmotion::cli
