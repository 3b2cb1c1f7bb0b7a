#include "flashmotion/trajectory/trajectory.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/io/video.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace trajectory_command_test {

using Catch::Matchers::Contains;
using program::Outcome;

const std::filesystem::path kSource = FLASHMOTION_TEST_SOURCE_DIR;

Outcome run(const TempFolder& temp, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "trajectory");
  Outcome outcome = program::run(arguments, temp.path());
  UNSCOPED_INFO(outcome.err);
  return outcome;
}

Outcome make(const TempFolder& temp, const std::string& name) {
  return run(temp, {"make", name, "--frames", "13", "--size", "96x64", "--object",
                    "red ball: 0.1 0.4 0.3 0.7, right 0.5, up 0.2, smooth", "--object", "tree: 0.7 0.1 0.95 0.9"});
}

TEST_CASE("a trajectory is made from words, checked, described and drawn", "[cli]") {
  const TempFolder temp;
  CHECK(make(temp, "a.traj.json").code == 0);
  const auto made = flashmotion::read_trajectory(temp / "a.traj.json");
  CHECK(made.frames == 13);
  CHECK(made.width == 96);
  CHECK(made.objects[1].fixed);

  const Outcome check = run(temp, {"check", "a.traj.json"});
  CHECK(check.code == 0);
  CHECK(check.out == "a.traj.json: good, 2 objects in 13 frames\n");

  const Outcome info = run(temp, {"info", "a.traj.json"});
  CHECK(info.code == 0);
  CHECK_THAT(info.out, Contains("13 frames of 96x64, 8 a second (1.62 s)"));
  CHECK_THAT(info.out, Contains("4 latent frames"));
  CHECK_THAT(info.out, Contains("#1ad926 'tree': 1 box, static"));
  const Outcome machine = run(temp, {"info", "a.traj.json", "--json"});
  CHECK(flashmotion::JsonValue::parse(machine.out, "info").at("objects").elements().size() == 2);

  CHECK(run(temp, {"overlay", "a.traj.json", "look.png"}).code == 0);
  CHECK(flashmotion::read_image_rgb8(temp / "look.png").size(1) == 192);  // twice 96, to be seen
  CHECK(run(temp, {"overlay", "a.traj.json", "look.gif"}).code == 0);
  CHECK(flashmotion::read_video(temp / "look.gif").frames.size(0) == 13);
  CHECK(run(temp, {"render", "a.traj.json", "maps.mp4"}).code == 0);
  CHECK(flashmotion::read_video(temp / "maps.mp4").frames.sizes() == at::IntArrayRef({13, 64, 96, 3}));
  CHECK(run(temp, {"render", "a.traj.json", "maps", "--style", "box", "--frames", "5"}).code == 0);
  CHECK(std::filesystem::exists(temp / "maps/frame_00004.png"));
}

TEST_CASE("pictures and clips are drawn over", "[cli]") {
  const TempFolder temp;
  REQUIRE(make(temp, "a.traj.json").code == 0);
  REQUIRE(run(temp, {"render", "a.traj.json", "ground.mp4", "--size", "320x240", "--frames", "5"}).code == 0);
  CHECK(run(temp, {"overlay", "a.traj.json", "over.mp4", "--over", "ground.mp4"}).code == 0);
  CHECK(flashmotion::read_video(temp / "over.mp4").frames.sizes() == at::IntArrayRef({13, 240, 320, 3}));
  const std::string picture = (kSource / "examples/trajectories/red_disc.png").string();
  CHECK(run(temp, {"overlay", "a.traj.json", "over.png", "--over", picture}).code == 0);
  CHECK(flashmotion::read_image_rgb8(temp / "over.png").size(0) == 256);
}

TEST_CASE("trajectories are converted both ways, and notes say what is lost", "[cli]") {
  const TempFolder temp;
  REQUIRE(make(temp, "a.traj.json").code == 0);
  for (const auto& [out, from] : {std::pair<std::string, std::string>{"a.mp4", "magicmotion"},
                                  {"a.txt", "mot"},
                                  {"a.pth", "ati"},
                                  {"a_tracks.npy", "wan_move"},
                                  {"traj.npy", "sg_i2v"}}) {
    INFO(out);
    const Outcome to = run(temp, {"convert", "a.traj.json", out, "--to", from});
    CHECK(to.code == 0);
    const Outcome back = run(temp, {"convert", out, from + ".traj.json", "--size", "96x64"});
    CHECK(back.code == 0);
    CHECK(flashmotion::read_trajectory(temp / (from + ".traj.json")).objects.size() == 2);
  }
  const Outcome note = run(temp, {"convert", "a.traj.json", "b.pth"});
  CHECK_THAT(note.err, Contains("retimed from 13 frames to the 121 steps"));
  const Outcome again = run(temp, {"convert", "a.traj.json", "b.pth"});
  CHECK(again.code == 2);
  CHECK_THAT(again.err, Contains("'b.pth' is there already; --overwrite"));
  CHECK(run(temp, {"convert", "a.traj.json", "c.traj.json", "--frames", "25", "--fps", "12"}).code == 0);
  CHECK(flashmotion::read_trajectory(temp / "c.traj.json").frames == 25);
}

TEST_CASE("masks that lie in files are found from where the trajectory lies", "[cli]") {
  const TempFolder temp;
  REQUIRE(make(temp, "a.traj.json").code == 0);
  REQUIRE(run(temp, {"convert", "a.traj.json", "masks.mp4", "--style", "mask"}).code == 0);
  std::filesystem::create_directories(temp / "sub");
  REQUIRE(run(temp, {"convert", "masks.mp4", "sub/b.traj.json"}).code == 0);
  CHECK(flashmotion::read_trajectory(temp / "sub/b.traj.json").objects[0].masks->path == "../masks.mp4");
  CHECK(run(temp, {"check", "sub/b.traj.json"}).code == 0);
  CHECK(run(temp, {"render", "sub/b.traj.json", "again.mp4", "--style", "mask"}).code == 0);
  std::filesystem::remove(temp / "masks.mp4");
  const Outcome gone = run(temp, {"check", "sub/b.traj.json"});
  CHECK(gone.code == 2);
  CHECK_THAT(gone.err, Contains("is missing: object 'object 1' has its masks there"));
}

TEST_CASE("mistakes in the command line are told", "[cli][message]") {
  const TempFolder temp;
  const auto told = [&](std::vector<std::string> arguments) {
    const Outcome outcome = run(temp, std::move(arguments));
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK_THAT(told({}), Contains("say what to do: 'make', 'check'"));
  CHECK_THAT(told({"chek"}), Contains("did you mean 'check'?"));
  CHECK_THAT(told({"make", "a.traj.json"}), Contains("say at least one object"));
  CHECK_THAT(told({"make", "a.traj.json", "--object", "a: 0 0 1 1", "--size", "96"}),
             Contains("--size needs WIDTHxHEIGHT"));
  CHECK_THAT(told({"info", "nothing"}), Contains("'nothing' cannot be read"));
  std::ofstream(temp / "a.bin") << "x";
  CHECK_THAT(told({"info", "a.bin"}), Contains("say what it is by --from"));
  CHECK_THAT(told({"info", "a.bin", "--from", "mott"}),
             Contains("'mott' is no format of trajectories; did you mean 'mot'?"));
  REQUIRE(make(temp, "a.traj.json").code == 0);
  CHECK_THAT(told({"convert", "a.traj.json", "b"}), Contains("say it by --to"));
  CHECK_THAT(told({"convert", "a.traj.json", "b", "--to", "davis"}), Contains("is read and not written"));
  CHECK_THAT(told({"render", "a.traj.json", "b.avi"}), Contains("ends in none of '.mp4', '.gif'"));
  CHECK_THAT(told({"render", "a.traj.json", "b.mp4", "--style", "dots"}), Contains("found 'dots'"));
  std::ofstream(temp / "bad.traj.json") << R"({"format": "flashmotion-trajectory", "version": 2, "frams": 3})";
  CHECK_THAT(told({"check", "a.traj.json", "bad.traj.json"}), Contains("'frams' is not known; did you mean 'frames'?"));
}

TEST_CASE("docs/trajectories.md has what the program prints of the file's keys", "[cli]") {
  const TempFolder temp;
  const std::string page = flashmotion::read_file((kSource / "docs/trajectories.md").string());
  std::ofstream(temp / "page.md") << page;
  REQUIRE(run(temp, {"schema", "--into", "page.md"}).code == 0);
  INFO("docs/trajectories.md is stale; renew it: build/bin/flashmotion trajectory schema --into docs/trajectories.md");
  CHECK((flashmotion::read_file((temp / "page.md").string()) == page));
  const Outcome schema = run(temp, {"schema"});
  CHECK(flashmotion::JsonValue::parse(schema.out, "schema").at("properties").find("objects"));
}

TEST_CASE("the examples of the page and of the folder are good", "[cli]") {
  const TempFolder temp;
  const std::string page = flashmotion::read_file((kSource / "docs/trajectories.md").string());
  const std::size_t begin = page.find("```json\n") + 8;
  std::ofstream(temp / "page.traj.json") << page.substr(begin, page.find("```", begin) - begin);
  CHECK(run(temp, {"check", "page.traj.json", (kSource / "examples/trajectories/red_disc.traj.json").string(),
                   (kSource / "examples/trajectories/two_objects.traj.json").string()})
            .code == 0);
}

}  // namespace trajectory_command_test
