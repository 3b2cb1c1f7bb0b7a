#include "flashmotion/base/read_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace plugins_test {

namespace fs = std::filesystem;
using program::Outcome;

std::string shipped(const std::string& name) {
  return std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins/" + name + ".so";
}
std::string fixture(const std::string& name) {
  return std::string(FLASHMOTION_TEST_BINARY_DIR) + "/tests/plugins/" + name + ".so";
}

Outcome run(const std::vector<std::string>& arguments) {
  const TempFolder temp;
  return program::run(arguments, temp.path());
}

TEST_CASE("plugins are listed for people and for machines", "[cli][unit]") {
  const Outcome text = run({"plugins", "list"});
  CHECK(text.code == 0);
  CHECK_THAT(text.out, Catch::Contains("adapter 'injection'") && Catch::Contains("fits this program"));
  CHECK_THAT(text.out, Catch::Contains("built in\n  objective 'diffusion': mean square error") &&
                           !Catch::Contains("channels of the residual blocks"));
  const Outcome full = run({"plugins", "list", "--parameters"});
  CHECK(full.code == 0);
  CHECK_THAT(full.out, Catch::Contains("width   integer, default 96, between 1 and 4096: channels of the residual "
                                       "blocks") &&
                           Catch::Contains("steps      integer, default 50, between 1 and 1000: network passes"));
  const Outcome json = run({"plugins", "list", "--json", "--parameters"});
  CHECK(json.code == 0);
  const auto list = nlohmann::json::parse(json.out);
  std::set<std::string> brought;
  for (const auto& plugin : list.at("plugins")) {
    CHECK(plugin.at("accepted") == true);
    CHECK(plugin.at("sha256").get<std::string>().size() == 64);
    for (const auto& part : plugin.at("components")) {
      brought.insert(part.at("name").get<std::string>());
      CHECK_FALSE(part.at("doc").get<std::string>().empty());
    }
  }
  for (const char* name : {"injection", "controlnet", "attention", "conv"}) CHECK(brought.count(name) == 1);
  std::set<std::string> built_in;
  for (const auto& part : list.at("built_in")) built_in.insert(part.at("name").get<std::string>());
  for (const char* name : {"diffusion", "euler"}) CHECK(built_in.count(name) == 1);
}

TEST_CASE("what is refused is listed and never run", "[cli][unit]") {
  const TempFolder temp;
  fs::copy_file(fixture("fixture_aborting"), temp / "aborting.so");
  const Outcome list = program::run({"plugins", "list", "--parameters", "--plugin-dir", "."}, temp.path());
  CHECK(list.code == 0);
  CHECK_THAT(list.out, Catch::Contains("built for LibTorch 2.10, this program has 2.11"));
  const Outcome inspected = program::run({"plugins", "inspect", "aborting.so", "--parameters"}, temp.path());
  CHECK(inspected.code == 2);
}

TEST_CASE("a file that is no plugin is refused by inspection", "[cli][message]") {
  const TempFolder temp;
  std::ofstream(temp / "text.so") << "no library";
  const Outcome bad = program::run({"plugins", "inspect", "text.so"}, temp.path());
  CHECK(bad.code == 2);
  CHECK_THAT(bad.out, Catch::Contains("text.so") && Catch::Contains("verdict"));
  const Outcome json = program::run({"plugins", "inspect", "--json", "text.so"}, temp.path());
  CHECK(json.code == 2);
  CHECK(nlohmann::json::parse(json.out).at(0).at("accepted") == false);
  CHECK(program::run({"plugins", "inspect", "missing.so"}, temp.path()).code == 2);
}

TEST_CASE("each shipped plugin keeps the laws of its kind", "[cli][law]") {
  std::vector<std::string> command{"plugins", "check"};
  for (const auto& entry : fs::directory_iterator(fs::path(shipped("x")).parent_path()))
    if (entry.path().extension() == ".so") command.push_back(entry.path().string());
  REQUIRE(command.size() > 5);
  const Outcome good = run(command);
  INFO(good.out << good.err);
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Catch::Contains("adapter 'injection'\n  ok     built") && !Catch::Contains("FAILS"));
}

TEST_CASE("a broken law is an exit code of 1 and a sentence", "[cli][message]") {
  const Outcome bad = run({"plugins", "check", fixture("fixture_broken"), "--set", "broken_adapter.fault=identity"});
  CHECK(bad.code == 1);
  CHECK_THAT(bad.out, Catch::Contains("  FAILS  identity        a fresh adapter moves the prediction by ") &&
                          Catch::Contains("let its last projections be zero\n") &&
                          Catch::Contains("  breaks 1 of 12 laws that were judged") &&
                          Catch::Contains("sampler 'broken_sampler'\n  ok     built"));
  const Outcome json =
      run({"plugins", "check", fixture("fixture_broken"), "--json", "--set", "broken_sampler.fault=exact"});
  CHECK(json.code == 1);
  std::map<std::string, int> broken;
  const auto list = nlohmann::json::parse(json.out);
  for (const auto& part : list.at(0).at("components"))
    for (const auto& law : part.at("laws"))
      if (!law.at("holds").get<bool>())
        ++broken[part.at("name").get<std::string>() + "." + law.at("law").get<std::string>()];
  CHECK(broken == std::map<std::string, int>{{"broken_sampler.exact", 1}});
}

TEST_CASE("check takes keys from options and from a file, and says what is wrong with them", "[cli][message]") {
  const TempFolder temp;
  std::ofstream(temp / "keys.toml") << "[injection]\nwidth = 8\n";
  const std::string file = shipped("injection_adapter");
  CHECK(program::run({"plugins", "check", file, "--config", "keys.toml"}, temp.path()).code == 0);
  const Outcome bad = program::run(
      {"plugins", "check", file, "--config", "keys.toml", "--set", "injection.width=0", "--set", "injektion.blocks=1"},
      temp.path());
  CHECK(bad.code == 2);
  CHECK(bad.out.empty());
  CHECK_THAT(bad.err,
             Catch::Contains("'width' must be between 1 and 4096, found 0") &&
                 Catch::Contains("the plugin injection_adapter has no component 'injektion'; did you mean "
                                 "'injection'?") &&
                 Catch::EndsWith("Give keys by --set NAME.KEY=VALUE, or in tables [NAME] of --config FILE.\n"));
  const Outcome refused = program::run({"plugins", "check", fixture("fixture_aborting")}, temp.path());
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Catch::Contains("built for LibTorch 2.10, this program has 2.11"));
}

TEST_CASE("check takes keys for one of several files", "[cli][message]") {
  const std::vector<std::string> command{"plugins", "check", shipped("piecewise_schedule"), shipped("heun_sampler")};
  const auto with = [&](const std::string& key) {
    std::vector<std::string> whole = command;
    whole.insert(whole.end(), {"--set", key});
    return run(whole);
  };
  const Outcome good = with("heun.steps=4");
  INFO(good.err);
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Catch::Contains("schedule 'piecewise'") && Catch::Contains("sampler 'heun'"));
  const Outcome range = with("heun.steps=0");
  CHECK(range.code == 2);
  CHECK_THAT(range.err, Catch::Contains("'steps' must be between 1 and "));
  const Outcome unknown = with("hein.steps=4");
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, Catch::Contains("none of the plugins has a component 'hein'; did you mean 'heun'?"));
}

TEST_CASE("a new plugin is a whole project, and nothing is overwritten", "[cli][unit]") {
  for (const std::string kind : {"adapter", "head", "objective", "sampler", "schedule", "trajectory_encoder"}) {
    INFO(kind);
    const TempFolder temp;
    const Outcome made = program::run({"plugins", "new", "my_part2", "--kind", kind}, temp.path());
    INFO(made.err);
    REQUIRE(made.code == 0);
    CHECK_THAT(made.out, Catch::StartsWith("made my_part2: .gitignore, CMakeLists.txt, README.md, plugin.cpp, "
                                           "recipe.toml\n"));
    std::set<std::string> files;
    for (const auto& entry : fs::directory_iterator(temp / "my_part2")) {
      files.insert(entry.path().filename().string());
      const std::string text = flashmotion::read_file(entry.path().string());
      for (const char* mark : {"@name@", "@Class@", "@kind@"}) CHECK(text.find(mark) == std::string::npos);
    }
    CHECK(files == std::set<std::string>{".gitignore", "CMakeLists.txt", "README.md", "plugin.cpp", "recipe.toml"});
    CHECK_THAT(flashmotion::read_file((temp / "my_part2/plugin.cpp").string()),
               Catch::Contains("class MyPart2 {") && Catch::Contains("FLASHMOTION_PLUGIN(\"my_part2\", \"0.1.0\","));

    std::ofstream(temp / "my_part2/plugin.cpp") << "mine";
    const Outcome again = program::run({"plugins", "new", "my_part2", "--kind", kind}, temp.path());
    CHECK(again.code == 2);
    CHECK(again.err == "'my_part2' exists; remove it, or choose another folder with --out\n");
    CHECK(flashmotion::read_file((temp / "my_part2/plugin.cpp").string()) == "mine");
    CHECK(program::run({"plugins", "new", "my_part2", "--kind", kind, "--out", "a/b/"}, temp.path()).code == 0);
    CHECK(fs::exists(temp / "a/b/plugin.cpp"));
  }
}

TEST_CASE("a plugin that cannot be made is refused before anything is written", "[cli][message]") {
  const TempFolder temp;
  const auto text = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> command{"plugins", "new", name};
    command.insert(command.end(), more.begin(), more.end());
    const Outcome bad = program::run(command, temp.path());
    CHECK(bad.code == 2);
    CHECK_FALSE(fs::exists(temp / name));
    return bad.err;
  };
  const std::string rule =
      "cannot be a plugin's name; write lower-case letters, digits and single '_', a letter first, at most 48 of "
      "them\n";
  for (const std::string name : {"My", "2nd", "a-b", "a__b", "a_", "../up", "\xc3\xa9"})
    CHECK(text(name, {"--kind", "adapter"}) == "'" + name + "' " + rule);
  CHECK(text("test", {"--kind", "adapter"}) ==
        "'test' means something to CMake or to the project's sources; choose another name\n");
  CHECK(text("euler", {"--kind", "sampler"}) == "the sampler 'euler' is built in; choose another name\n");
  CHECK_THAT(text("injection", {"--kind", "adapter"}),
             Catch::StartsWith("the adapter 'injection' comes with ") &&
                 Catch::EndsWith("injection_adapter.so already; choose another name\n"));
  CHECK_THAT(text("mine", {}), Catch::StartsWith("the kind is missing: give --kind with one of 'adapter', "));
  CHECK(text("mine", {"--kind", "adaptor"}) == "no kind named 'adaptor'; did you mean 'adapter'?\n");
}

TEST_CASE("a plugin that nobody named is not loaded", "[cli][message]") {
  // Its registration fails, which would show.
  const TempFolder temp;
  fs::copy_file(fixture("fixture_throwing"), temp / "throwing.so");
  const Outcome bad = program::run({"check", program::recipe("toy/smoke.toml"), "--plugin-dir", ".", "--set",
                                    "stage.pretrain.objective.flow.use=forged_los"},
                                   temp.path());
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Catch::Contains("no objective named 'forged_los'; did you mean 'forged_loss' (from plugin "
                                      "fixture_forged 0.0.1)?"));
  const Outcome named =
      program::run({"check", program::recipe("toy/smoke.toml"), "--plugin", "throwing.so"}, temp.path());
  CHECK(named.code == 2);
  CHECK(named.err == "plugin fixture_forged 0.0.1: registering its components failed: no licence was found\n");
}

TEST_CASE("a recipe that is run again with another plugin file says so", "[cli][message]") {
  const TempFolder temp;
  const std::string file = shipped("injection_adapter");
  const std::string bytes = flashmotion::read_file(file);
  std::ofstream(temp / "other.so", std::ios::binary) << bytes << "more";
  std::string recipe = flashmotion::read_file(program::recipe("toy/smoke.toml"));
  recipe += "\n[[plugins.used]]\nname = \"injection_adapter\"\nversion = \"0.0.9\"\nfile = \"gone.so\"\nsha256 = \"" +
            std::string(64, 'a') + "\"\n";
  std::ofstream(temp / "again.toml") << recipe;
  const Outcome changed = program::run({"check", "again.toml", "--plugin", "other.so"}, temp.path());
  CHECK(changed.code == 0);
  CHECK_THAT(changed.err, Catch::Contains("plugin injection_adapter is another file: 0.0.9 with SHA-256 "
                                          "aaaaaaaaaaaaaaaa… was recorded, 0.1.0 with SHA-256 ") &&
                              Catch::Contains("the results may differ"));
  CHECK_THAT(changed.err, Catch::Contains("plugin attention_head 0.1.0 was not recorded and is used now"));
}

}  // namespace plugins_test
