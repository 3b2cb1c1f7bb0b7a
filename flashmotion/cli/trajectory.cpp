#include "flashmotion/cli/trajectory.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/cli/page.hpp"
#include "flashmotion/trajectory/trajectory_fields.hpp"

#include <array>
#include <utility>

namespace flashmotion::cli {
namespace {

constexpr const char* kTrajectoryHelp =
    "Trajectories: where objects are in each frame. FILE is a *.traj.json file or one of another project.\n"
    "\n"
    "  make OUT         makes one from words, for a first try without an editor:\n"
    "                     flashmotion trajectory make ball.traj.json --frames 49 --size 720x480 \\\n"
    "                       --object 'red ball: 0.1 0.4 0.3 0.7, right 0.5, up 0.2, smooth'\n"
    "                   An object is a name, its box x0 y0 x1 y1 in the first frame (shares of the picture, or 40%),\n"
    "                   and steps: right, left, up, down D; to X Y; grow, shrink F; wait D. The speed is linear, "
    "smooth,\n"
    "                   slow start, slow end or bezier x1 y1 x2 y2. 'colour #f21a1a' and 'prompt WORDS' may follow.\n"
    "  check FILE...    says all mistakes with their places; exit code 2 when there is one\n"
    "  info FILE        what is in it\n"
    "  overlay FILE OUT draws names, boxes and ways over a picture or clip (--over): OUT is *.png, *.mp4 or *.gif\n"
    "  render FILE OUT  draws the control maps that a model sees: *.mp4, *.gif, or a folder of PNG files (no ending)\n"
    "  convert IN OUT   reads and writes files of other projects\n"
    "  schema           prints a JSON Schema of the file for editors, or renews the tables of a page (--into)\n"
    "\n"
    "Formats (--from, --to): flashmotion (*.traj.json), magicmotion (trajectory videos and folders of frames), davis\n"
    "(folders of palette masks), magicdata (folders and CSV), mot (text), ati (*.pth), wan_move (*_tracks.npy and\n"
    "*_visibility.npy), tora (text), sg_i2v (*.npy), sav (JSON with COCO runs). davis, magicdata, tora and sav are "
    "read\n"
    "only. Without --from and --to the file's name and content decide.\n";

struct SubCommand {
  std::string_view name;
  int (*run)(const cxxopts::ParseResult&, const std::vector<std::string>&, const Context&);
};

constexpr std::array kSubCommands{
    SubCommand{"make", make_trajectory},
    SubCommand{"check", check_trajectories},
    SubCommand{"info", describe_trajectory},
    SubCommand{"overlay", overlay_trajectory},
    SubCommand{"render", render_trajectory},
    SubCommand{"convert", convert_trajectory},
    SubCommand{"schema", trajectory_schema_command},
};

}  // namespace

int trajectory_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion trajectory", kTrajectoryHelp);
  options.custom_help("make|check|info|overlay|render|convert|schema [FILE…] [OPTIONS]").positional_help("");
  using Texts = std::vector<std::string>;
  options.add_options()("words", "sub-command and what it works on", cxxopts::value<Texts>())(
      "from", "format of the file that is read", cxxopts::value<std::string>())(
      "to", "convert: format of the file that is written", cxxopts::value<std::string>())(
      "frames", "number of frames: the motion is spread over them (make: 49)", cxxopts::value<std::int64_t>())(
      "size",
      "WIDTHxHEIGHT in pixels: of the picture that a foreign file's pixels belong to, where it does not say; of "
      "what is made, converted or drawn otherwise (make: 720x480)",
      cxxopts::value<std::string>())("fps", "frames a second (make: 8)", cxxopts::value<double>())(
      "clip", "magicdata: which clip of the collection", cxxopts::value<std::string>())(
      "style", "render, convert to magicmotion: fill, mask, box or sparse_box; render: fill, else box",
      cxxopts::value<std::string>())("over", "overlay: picture or video that is drawn on; default: dark ground",
                                     cxxopts::value<std::string>())(
      "object", "make: an object in words; may be given again", cxxopts::value<Texts>())(
      "camera", "make: 'pan X Y, zoom F, SPEED' at the end of the clip", cxxopts::value<std::string>())(
      "prompt", "make: words for the whole clip", cxxopts::value<std::string>())(
      "into", "schema: Markdown file whose tables of keys are renewed", cxxopts::value<std::string>())(
      "json", "info: for machines")("overwrite", "let an older file at OUT give way");
  options.parse_positional("words");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  Texts words = list_of(*parsed, "words");
  if (words.empty()) {
    throw InputError(
        "say what to do: 'make', 'check', 'info', 'overlay', 'render', 'convert' or 'schema'; see "
        "'flashmotion trajectory --help'");
  }
  const std::string word = words.front();
  words.erase(words.begin());
  std::vector<std::string> names;
  for (const SubCommand& command : kSubCommands) {
    if (command.name == word) return command.run(*parsed, words, context);
    names.emplace_back(command.name);
  }
  throw InputError(fmt::format("'{}' is nothing that is done with trajectories{}; see 'flashmotion trajectory --help'",
                               word, suggestion(word, names, "there are")));
}

int trajectory_schema_command(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                              const Context& /*context*/) {
  if (!names.empty()) throw InputError(fmt::format("'{}' is one argument too many", names.front()));
  if (parsed.count("into") == 0) {
    fmt::print("{}", trajectory_schema());
    return 0;
  }
  const auto file = parsed["into"].as<std::string>();
  renew_page(file, "flashmotion trajectory schema", trajectory_reference());
  return 0;
}

std::pair<std::int64_t, std::int64_t> size_option(const cxxopts::ParseResult& parsed) {
  if (parsed.count("size") == 0) return {0, 0};
  const auto text = parsed["size"].as<std::string>();
  std::int64_t width = 0;
  std::int64_t height = 0;
  char more = 0;
  const bool good = std::sscanf(text.c_str(), "%5ldx%5ld%c", &width, &height, &more) == 2;
  if (!good || width < 1 || height < 1 || width > 16384 || height > 16384) {
    throw InputError(
        fmt::format("--size needs WIDTHxHEIGHT in pixels, such as 720x480 (1 to 16384), found '{}'", text));
  }
  return {width, height};
}

}  // namespace flashmotion::cli
