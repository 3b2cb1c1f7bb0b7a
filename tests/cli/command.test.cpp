#include "flashmotion/io/safetensors.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/full.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace command_test {

using program::Outcome;

Outcome run(const std::vector<std::string>& arguments) {
  const TempFolder temp;
  return program::run(arguments, temp.path());
}

// Long options in the order of the help.
std::vector<std::string> options_in(const std::string& help) {
  std::vector<std::string> options;
  const std::regex option(R"(\n\s+(?:-\w, )?--([a-z-]+))");
  for (std::sregex_iterator i(help.begin(), help.end(), option), end; i != end; ++i) options.push_back((*i)[1]);
  return options;
}

TEST_CASE("the help names every command and ends well", "[cli][message]") {
  for (const char* word : {"--help", "-h", "help"}) {
    const Outcome help = run({word});
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    for (const char* command : {"run", "check", "generate", "decode", "trajectory", "report", "convert", "parity",
                                "flashbench", "plugins", "exit codes", "130"}) {
      CHECK(help.out.find(command) != std::string::npos);
    }
  }
  CHECK(run({}).code == 2);
}

TEST_CASE("commands have these options and no others", "[cli][golden]") {
  // Scripts lean on them: an option that goes or changes its name needs a line in the changelog.
  const std::map<std::string, std::set<std::string>> frozen{
      {"run",
       {"out", "set", "drop", "resume", "allow-change", "stages-only", "stops", "other-plugins", "store", "plugin",
        "plugin-dir", "allow-writable-plugins", "quiet", "help"}},
      {"ablate", {"out", "jobs", "memory", "set", "report", "plugin", "plugin-dir", "allow-writable-plugins", "help"}},
      {"check", {"set", "drop", "plugin", "plugin-dir", "allow-writable-plugins", "resolved", "help"}},
      {"generate",
       {"run", "model", "image", "trajectory", "out", "overlay", "variant", "prompt", "seed", "device", "plugin",
        "plugin-dir", "allow-writable-plugins", "quiet", "help"}},
      {"generate --model", {"model",       "transformer",
                            "weights",     "adapter",
                            "trajectory",  "image",
                            "prompt",      "negative",
                            "cases",       "size",
                            "frames",      "fps",
                            "sampler",     "steps",
                            "shift",       "set",
                            "cfg",         "seed",
                            "device",      "dtype",
                            "vae-dtype",   "regime",
                            "attention",   "threads",
                            "out",         "keep-latents",
                            "plan",        "json",
                            "quiet",       "quantise",
                            "vram-budget", "plugin",
                            "plugin-dir",  "allow-writable-plugins",
                            "help",        "decode-tile"}},
      {"decode", {"model", "out", "fps", "device", "vae-dtype", "threads", "quiet", "help", "decode-tile"}},
      {"resume-check", {"set", "drop", "stops", "out", "plugin", "plugin-dir", "allow-writable-plugins", "help"}},
      {"plan", {"set", "drop", "json", "timings", "plugin", "plugin-dir", "allow-writable-plugins", "help"}},
      {"cache",
       {"out", "threads", "json", "quiet", "set", "drop", "plugin", "plugin-dir", "allow-writable-plugins", "help"}},
      {"schema", {"json", "into", "plugin", "plugin-dir", "allow-writable-plugins", "help"}},
      {"trajectory",
       {"from", "to", "frames", "size", "fps", "clip", "style", "over", "object", "camera", "prompt", "into", "json",
        "overwrite", "help"}},
      {"flashbench", {}},
      {"flashbench make",
       {"kind", "clips", "out", "per-group", "seed", "frames", "size", "fps", "groups", "json", "quiet", "help"}},
      {"flashbench check", {"json", "quiet", "help"}},
      {"report", {"help"}},
      {"convert", {"layout", "dtype", "shard-size", "weights", "overwrite", "help"}},
      {"parity", {"json", "help"}},
      {"bench", {"preset",   "layers",         "size",   "frames",     "steps",
                 "adapter",  "device",         "dtype",  "regime",     "attention",
                 "threads",  "runs",           "seed",   "json",       "quantise",
                 "resident", "random-weights", "plugin", "plugin-dir", "allow-writable-plugins",
                 "help",     "decode-tile"}},
      {"plugins",
       {"plugin-dir", "parameters", "set", "config", "kind", "out", "allow-writable-plugins", "json", "help"}},
  };
  for (const auto& [command, expected] : frozen) {
    INFO(command);
    std::vector<std::string> words{command};
    if (const auto blank = command.find(' '); blank != std::string::npos)
      words = {command.substr(0, blank), command.substr(blank + 1)};
    const std::string name = command.ends_with("--model") ? words.front() : command;
    if (name != command) words.emplace_back("DIR");
    words.emplace_back("--help");
    const Outcome help = run(words);
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("flashmotion " + name) != std::string::npos);
    const std::vector<std::string> found = options_in(help.out);
    CHECK(std::set<std::string>(found.begin(), found.end()) == expected);
  }
}

TEST_CASE("the version says what this build is", "[cli][message]") {
  const Outcome version = run({"--version"});
  CHECK(version.code == 0);
  CHECK(std::regex_search(version.out, std::regex(R"(^flashmotion \d+\.\d+\.\d+ \()")));
  for (const char* part : {"LibTorch 2.", "devices: cpu", "fp32, wan_bf16, diffusers_bf16", "attention:"}) {
    CHECK(version.out.find(part) != std::string::npos);
  }
}

TEST_CASE("wrong commands and arguments are bad input and name what was meant", "[cli][message]") {
  struct Row {
    std::vector<std::string> arguments;
    const char* text;
  };
  const Row table[] = {
      {{"rum"}, "no command named 'rum'; did you mean 'run'?\n"},
      {{"destroy"},
       "no command named 'destroy'; there are: 'run', 'check', 'ablate', 'resume-check', 'generate', 'decode', "
       "'trajectory', "
       "'report', 'convert', 'parity', 'plan', 'cache', 'schema', 'bench', 'flashbench', 'plugins'\n"},
      {{"run"}, "the recipe is missing: give --recipe\n"},
      {{"run", "a.toml", "b.toml"}, "'b.toml' is one argument too many; see 'flashmotion run --help'\n"},
      {{"run", "no/such.toml"}, "there is no recipe 'no/such.toml'\n"},
      {{"check"}, "no recipe was given; see 'flashmotion check --help'\n"},
      {{"generate", "--run", "r"}, "the first frame is missing: give --image\n"},
      {{"generate", "--run", ".", "--image", "a", "--trajectory", "b"},
       "'.' is no run folder: it has no recipe.resolved.toml\n"},
      {{"generate", "--seed", "many"}, "see 'flashmotion generate --help'"},
      {{"convert", "a.safetensors"}, "give the file to read and the file to write; see 'flashmotion convert --help'\n"},
      {{"convert", "a.safetensors", "b.safetensors", "--dtype", "float8"}, "no type of number named 'float8'"},
      {{"parity"}, "no folder was given; see 'flashmotion parity --help'\n"},
      {{"report"}, "no run folder was given; see 'flashmotion report --help'\n"},
      {{"plugins", "lists"},
       "say 'flashmotion plugins list', 'inspect FILE', 'check FILE' or 'new NAME --kind KIND'; see 'flashmotion "
       "plugins "
       "--help'\n"},
  };
  for (const Row& row : table) {
    const Outcome bad = run(row.arguments);
    INFO(row.arguments.front());
    CHECK(bad.code == 2);
    CHECK(bad.out.empty());
    if (std::string_view(row.text).ends_with("\n")) {
      CHECK(bad.err == row.text);
    } else {
      CHECK_THAT(bad.err, Catch::Contains(row.text));
    }
  }
}

TEST_CASE("an unknown option is refused with the nearest one", "[cli][message]") {
  const Outcome bad = run({"run", "a.toml", "--resum"});
  CHECK(bad.code == 2);
  CHECK(bad.err == "no option named '--resum' (did you mean '--resume'?); see 'flashmotion run --help'\n");
}

TEST_CASE("a recipe that is not there is named with its neighbour", "[cli][message]") {
  const std::string near = program::recipe("toy/smok.toml");
  const Outcome bad = run({"check", near});
  CHECK(bad.code == 2);
  CHECK(bad.err == "there is no recipe '" + near + "'; did you mean '" + program::recipe("toy/smoke.toml") + "'?\n");
}

TEST_CASE("a recipe's mistakes come all at once and nothing is started", "[cli][message]") {
  const TempFolder temp;
  std::ofstream(temp / "bad.toml") << R"([data]
use = "toy_motion"
[run]
sed = 1
threads = "two"
[[stage]]
name = "pretrain"
use = "pretrain"
steps = 0
[[stage.objective]]
name = "flow"
use = "difusion"
target = "generator"
)";
  const Outcome bad = program::run({"run", "bad.toml", "--out", "run"}, temp.path());
  CHECK(bad.code == 2);
  CHECK(bad.out.empty());
  CHECK(bad.err == R"(bad.toml:4:1: error: unknown key 'sed' in [run]; did you mean 'seed'?
    4 | sed = 1
      | ^~~
bad.toml:5:11: error: 'threads' must be an integer, found string 'two'
    5 | threads = "two"
      |           ^~~~~
bad.toml:9:9: error: 'steps' must be at least 1, found 0
    9 | steps = 0
      |         ^
bad.toml:12:7: error: no objective named 'difusion'; did you mean 'diffusion'?
   12 | use = "difusion"
      |       ^~~~~~~~~~
4 errors, nothing was started
)");
  CHECK_FALSE(std::filesystem::exists(temp / "run"));
  CHECK(program::run({"check", "bad.toml"}, temp.path()).err == bad.err);
}

TEST_CASE("check judges each recipe and can print it in full", "[cli][unit]") {
  const TempFolder temp;
  const std::string smoke = program::recipe("toy/smoke.toml");
  const Outcome good = program::run({"check", smoke, program::recipe("toy/three_stage.toml")}, temp.path());
  CHECK(good.code == 0);
  CHECK(good.out == smoke + ": good\n" + program::recipe("toy/three_stage.toml") + ": good\n");
  const Outcome mixed = program::run({"check", "missing.toml", smoke}, temp.path());
  CHECK(mixed.code == 2);
  CHECK(mixed.out == smoke + ": good\n");
  CHECK_THAT(mixed.err, Catch::Contains("missing.toml"));

  const Outcome full = program::run({"check", smoke, "--resolved", "--set", "run.seed=5"}, temp.path());
  CHECK(full.code == 0);
  CHECK_THAT(full.out, Catch::Contains("seed = 5"));
  std::ofstream(temp / "full.toml") << full.out;
  CHECK(program::run({"check", "full.toml", "--resolved"}, temp.path()).out == full.out);

  const Outcome bad = program::run({"check", smoke, "--set", "run.sed=5"}, temp.path());
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Catch::Contains("command line, --set 1") && Catch::Contains("did you mean 'seed'?"));
}

TEST_CASE("a checkpoint is written with another type of number", "[cli][unit]") {
  const TempFolder temp;
  const flashmotion::NamedTensors tensors{{"w", at::full({3}, 1.5F)}, {"n", at::full({2}, 7, at::kLong)}};
  flashmotion::write_safetensors(temp / "a.safetensors", tensors, {{"role", "generator"}});
  const Outcome good = program::run({"convert", "a.safetensors", "b.safetensors", "--dtype", "bfloat16"}, temp.path());
  INFO(good.err);
  REQUIRE(good.code == 0);
  const flashmotion::SafetensorsFile file(temp / "b.safetensors");
  CHECK(file.metadata().at("role") == "generator");
  CHECK(file.dtype("w") == at::kBFloat16);
  CHECK(file.tensor("w").to(at::kFloat).equal(tensors[0].tensor));
  CHECK(file.tensor("n").equal(tensors[1].tensor));
}

TEST_CASE("a report of what is no run is bad input", "[cli][message]") {
  const TempFolder temp;
  const Outcome bad = program::run({"report", "nowhere"}, temp.path());
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Catch::Contains("nowhere"));
  CHECK_FALSE(std::filesystem::exists(temp / "nowhere"));
}

TEST_CASE("a run that is not finished can be looked at, without a table", "[cli]") {
  const TempFolder temp;
  std::filesystem::create_directory(temp / "run");
  std::ofstream(temp / "run/recipe.resolved.toml") << "[run]\nseed = 0\n";
  const Outcome one = program::run({"report", "run"}, temp.path());
  CHECK(one.code == 0);
  CHECK(one.out.empty());
  CHECK_THAT(one.err, Catch::Contains("there is no table yet: the evaluation follows the last stage"));
  CHECK(std::filesystem::exists(temp / "run/report.html"));
  const Outcome two = program::run({"report", "run", "run"}, temp.path());
  CHECK(two.code == 2);
  CHECK_THAT(two.err, Catch::Contains("holds no results.json"));
}

}  // namespace command_test
