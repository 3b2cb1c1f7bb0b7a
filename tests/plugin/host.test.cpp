#include "flashmotion/plugin/host.hpp"

#include "flashmotion/base/read_file.hpp"
#include "flashmotion/plugin/elf_stamp.hpp"
#include "tests/plugin/plugin_support.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/ones.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace host_test {

using namespace plugin_support;
namespace fs = std::filesystem;
using flashmotion::BuildContext;
using flashmotion::Catalog;
using flashmotion::ComponentKind;
using flashmotion::PluginError;
using flashmotion::PluginHost;

std::string fixture(const std::string& name) { return std::string(FLASHMOTION_TEST_FIXTURES) + "/" + name + ".so"; }

/// A folder of its own that goes with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "flashmotion_test_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() {
    std::error_code code;
    fs::remove_all(path_, code);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }
  std::string put(const std::string& name, const std::string& bytes) const {
    const std::string file = (path_ / name).string();
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

 private:
  fs::path path_;
};

/// The valid plugin with other bytes in its stamp.
template <class Change>
std::string restamped(Change change) {
  std::string bytes = flashmotion::read_file(fixture("fixture_valid"));
  const auto found = flashmotion::find_stamp(bytes);
  flashmotion::AbiStamp stamp = *found.stamp;
  change(stamp);
  bytes.replace(found.offset, sizeof(stamp), std::string(reinterpret_cast<const char*>(&stamp), sizeof(stamp)));
  return bytes;
}

/// The text of the refusal, with the folder of the file taken out.
std::string refusal(const std::string& file) {
  PluginHost host({});
  Catalog catalog;
  std::string text = message_of<PluginError>([&] { host.load(file, catalog); });
  CHECK(host.loaded().empty());
  CHECK(catalog.adapters.names().empty());
  CHECK(catalog.objectives.names().empty());
  CHECK(catalog.heads.names().empty());
  std::error_code code;
  for (const std::string& folder :
       {fs::canonical(FLASHMOTION_TEST_FIXTURES, code).string(), fs::path(file).parent_path().string()}) {
    if (folder.empty()) continue;  // it cannot be seen by whoever the test is just now
    for (std::size_t at = text.find(folder + "/"); at != std::string::npos; at = text.find(folder + "/"))
      text.erase(at, folder.size() + 1);
  }
  return text;
}

TEST_CASE("a valid plugin is loaded and its components work", "[plugin][unit]") {
  PluginHost host({});
  Catalog catalog;
  const flashmotion::PluginInfo& info = host.load(fixture("fixture_valid"), catalog);
  CHECK(info.name == "fixture_valid");
  CHECK(info.version == "1.2.3");
  CHECK(info.sha256.size() == 64);
  CHECK(info.warnings.empty());
  CHECK(info.provides.size() == 7);
  CHECK(catalog.adapters.names() == std::vector<std::string>{"tiny", "null_adapter"});
  CHECK(catalog.heads.names() == std::vector<std::string>{"tiny_head"});
  CHECK(catalog.objectives.names() == std::vector<std::string>{"tiny_loss"});
  CHECK(catalog.samplers.names() == std::vector<std::string>{"tiny_sampler"});
  CHECK(catalog.schedules.names() == std::vector<std::string>{"tiny_schedule"});
  CHECK(catalog.trajectory_encoders.names() == std::vector<std::string>{"tiny_encoder"});

  const Recipe recipe("use = 'tiny'\nscale = 0.25\n");
  const auto adapter = catalog.adapters.make(recipe.component(), BuildContext{});
  flashmotion::AdapterRequest request;
  request.control = at::ones({2, 4, 3, 4, 4});
  const auto edits = adapter->edits(request);
  REQUIRE(edits.add.size() == 1);
  CHECK(edits.add[0].tokens.max().item<float>() == 0.25F);

  // The same file again is the same plugin.
  host.load(fixture("fixture_valid"), catalog);
  CHECK(host.loaded().size() == 1);
}

TEST_CASE("a stripped plugin is loaded", "[plugin][unit]") {
  PluginHost host({});
  Catalog catalog;
  CHECK_NOTHROW(host.load(fixture("fixture_stripped"), catalog));
  CHECK(catalog.adapters.names().size() == 2);
}

TEST_CASE("objects outlive catalog and host", "[plugin][unit]") {
  std::shared_ptr<flashmotion::IObjective> loss;
  {
    PluginHost host({});
    Catalog catalog;
    host.load(fixture("fixture_valid"), catalog);
    const Recipe recipe("use = 'tiny_loss'\n");
    loss = catalog.objectives.make(recipe.component(), BuildContext{});
  }
  CHECK(loss->name() == "tiny_loss");
}

TEST_CASE("mistakes in a plugin's table are the recipe's", "[plugin][message]") {
  PluginHost host({});
  Catalog catalog;
  host.load(fixture("fixture_valid"), catalog);
  const Recipe recipe("use = 'tiny'\nscale = 3.0\n");
  CHECK(message_of<flashmotion::RecipeError>([&] {
          (void)catalog.adapters.make(recipe.component(), BuildContext{});
        }).find("test.toml:2:9: error: 'scale' must be between 0 and 1, found 3") != std::string::npos);
}

TEST_CASE("factories that fail are named", "[plugin][message]") {
  PluginHost host({});
  Catalog catalog;
  host.load(fixture("fixture_valid"), catalog);
  const auto build = [&](const std::string& table) {
    const Recipe recipe(table);
    return message_of<PluginError>([&] { (void)catalog.adapters.make(recipe.component(), BuildContext{}); });
  };
  CHECK(build("use = 'tiny'\nwrong = 'factory'\n") ==
        "plugin fixture_valid 1.2.3: building the adapter 'tiny' failed: the factory is out of order");
  CHECK(build("use = 'null_adapter'\n") ==
        "plugin fixture_valid 1.2.3: building the adapter 'null_adapter' gave nothing back");
}

TEST_CASE("files that are no plugins are refused unloaded", "[plugin][message]") {
  const ScratchFolder scratch;
  CHECK(refusal(scratch.put("script.so", "#!/bin/sh\necho hello\n")) ==
        "'script.so' was refused: it is not a shared library (no ELF header)");
  // Its static constructor would end the process.
  CHECK(refusal(fixture("fixture_foreign")) ==
        "'fixture_foreign.so' was refused: it carries no FlashMotion stamp, so it is no plugin of this toolkit; write "
        "it with FLASHMOTION_PLUGIN");
  CHECK(refusal(scratch.path() + "/missing.so") == "'missing.so' was refused: there is no such file");
  fs::create_directory(scratch.path() + "/folder.so");
  CHECK(refusal(scratch.path() + "/folder.so") == "'folder.so' was refused: it is a folder; name the file in it");
  REQUIRE(mkfifo((scratch.path() + "/pipe.so").c_str(), 0600) == 0);
  CHECK(refusal(scratch.path() + "/pipe.so") == "'pipe.so' was refused: it is not a regular file");
}

TEST_CASE("a plugin that was cut short anywhere is refused unloaded", "[plugin][message]") {
  const ScratchFolder scratch;
  const std::string whole = flashmotion::read_file(fixture("fixture_valid"));
  std::vector<std::size_t> sizes{0, 1, 3, 4, 16, 63, 64, 65, whole.size() - 1, whole.size() - 64};
  for (std::size_t part = 1; part < 24; ++part) sizes.push_back(whole.size() * part / 24);
  for (const std::size_t size : sizes) {
    INFO(size << " of " << whole.size() << " bytes");
    const std::string expected = size < 4 ? "it is not a shared library (no ELF header)"
                                          : "it is cut short or damaged: its section table points beyond its " +
                                                std::to_string(size) + " bytes; build or copy it again";
    CHECK(refusal(scratch.put("short.so", whole.substr(0, size))) == "'short.so' was refused: " + expected);
  }
}

TEST_CASE("a file that may not be read is refused", "[plugin][message]") {
  const ScratchFolder scratch;
  const std::string file = scratch.put("locked.so", "x");
  REQUIRE(chmod(file.c_str(), 0) == 0);
  REQUIRE(chmod(scratch.path().c_str(), 0755) == 0);
  // Root may read every file: for a moment the test is nobody.
  constexpr uid_t kNobody = 65534;
  const bool root = geteuid() == 0;
  if (root && seteuid(kNobody) != 0) FLASHMOTION_SKIP("root may read every file, and cannot become nobody here");
  const std::string text = refusal(file);
  if (root) REQUIRE(seteuid(0) == 0);
  CHECK(text == "'locked.so' was refused: 'locked.so' cannot be read: Permission denied");
}

TEST_CASE("plugins built for something else are refused unloaded", "[plugin][message]") {
  const ScratchFolder scratch;
  const auto text = [&](auto change) { return refusal(scratch.put("other.so", restamped(change))); };
  const std::string who = "plugin fixture_valid 1.2.3 (other.so) was refused: ";
  const std::string advice = "; rebuild the plugin against this toolkit";
  const std::string number = std::to_string(FLASHMOTION_ABI_NUMBER);
  const std::string before = std::to_string(FLASHMOTION_ABI_NUMBER - 1);
  CHECK(text([](flashmotion::AbiStamp& s) { s.abi_number -= 1; }) ==
        "'other.so' was refused: built for plugin ABI " + before + ", this program has " + number + advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.cxx_standard = 201703; }) ==
        who + "built for the C++ standard 201703, this program has 202002" + advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.gxx_abi_version = 1002; }) ==
        who + "built for the compiler ABI 1002 (Clang), this program has " + std::to_string(__GXX_ABI_VERSION) +
            " (GCC)" + advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.glibcxx_release = 9; }) ==
        who + "built for the standard library release 9, this program has " + std::to_string(_GLIBCXX_RELEASE) +
            advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.struct_size = 16; }) ==
        "'other.so' was refused: its stamp is damaged" + advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.magic[0] = 'X'; }) ==
        "'other.so' was refused: its stamp is damaged; rebuild it");
  CHECK(text([](flashmotion::AbiStamp& s) { s.torch_version = 21000; }) ==
        who + "built for LibTorch 2.10, this program has 2.11" + advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.cxx11_abi = 0; }) ==
        who + "built for the C++ ABI flag _GLIBCXX_USE_CXX11_ABI 0, this program has 1" + advice);
  CHECK(text([](flashmotion::AbiStamp& s) { s.layout_hash += 1; }) ==
        who + "built with other headers of this toolkit (the layout of what is exchanged differs)" + advice);
  CHECK(text([](flashmotion::AbiStamp& s) {
          s.torch_version = 20900;
          s.debug_mode = 1;
        }) == who +
                  "built for LibTorch 2.9, this program has 2.11; built for the standard library debug mode 1, this "
                  "program has 0" +
                  advice);
}

TEST_CASE("a mismatched plugin's static constructors never run", "[plugin][message]") {
  CHECK(refusal(fixture("fixture_aborting")) ==
        "plugin fixture_aborting 0.0.1 (fixture_aborting.so) was refused: built for LibTorch 2.10, this program has "
        "2.11; rebuild the plugin against this toolkit");
}

TEST_CASE("another patch release of LibTorch is loaded with a warning", "[plugin][message]") {
  const ScratchFolder scratch;
  PluginHost host({});
  Catalog catalog;
  const auto& info =
      host.load(scratch.put("patch.so", restamped([](flashmotion::AbiStamp& s) { s.torch_version += 7; })), catalog);
  CHECK(info.warnings == std::vector<std::string>{"built for LibTorch 2.11.7, this program has 2.11.0"});
}

TEST_CASE("what the loader finds missing is named", "[plugin][message]") {
  CHECK(refusal(fixture("fixture_unresolved")) ==
        "'fixture_unresolved.so' cannot be loaded: undefined symbol: "
        "flashmotion::function_of_another_version(int); rebuild the plugin against this toolkit");
}

TEST_CASE("entry functions that fail leave the catalog alone", "[plugin][message]") {
  CHECK(refusal(fixture("fixture_throwing")) ==
        "plugin fixture_forged 0.0.1: registering its components failed: no licence was found");
  CHECK(refusal(fixture("fixture_no_entry")) ==
        "'fixture_no_entry.so' was refused: it has a stamp but no entry function 'flashmotion_register_v1'; write it "
        "with FLASHMOTION_PLUGIN");
  CHECK(refusal(fixture("fixture_liar")) ==
        "plugin fixture_forged 0.0.1 (fixture_liar.so) was refused: it registers other components than its stamp "
        "names; rebuild it");
  CHECK(refusal(fixture("fixture_other_kind")) ==
        "plugin fixture_forged 0.0.1 (fixture_other_kind.so) was refused: it registers other components than its "
        "stamp names; rebuild it");
}

TEST_CASE("a name that is taken is refused as a whole", "[plugin][message]") {
  PluginHost host({});
  Catalog catalog;
  host.load(fixture("fixture_valid"), catalog);
  const std::string text = message_of<PluginError>([&] { host.load(fixture("fixture_duplicate"), catalog); });
  CHECK(text.find("the adapter 'tiny' exists twice: plugin fixture_valid 1.2.3 (") == 0);
  CHECK(text.find("fixture_valid.so) and plugin fixture_duplicate 0.0.1 (") != std::string::npos);
  CHECK(text.find("fixture_duplicate.so); rename one or name only one of the files") != std::string::npos);
  CHECK(catalog.heads.find("fresh_head") == nullptr);
  CHECK(host.loaded().size() == 1);
}

TEST_CASE("plugins are found by name, first folder first", "[plugin][message]") {
  const ScratchFolder scratch;
  fs::copy_file(fixture("fixture_valid"), scratch.path() + "/fixture_valid.so");
  PluginHost host({{}, {"/nowhere/at/all", scratch.path(), FLASHMOTION_TEST_FIXTURES}});
  Catalog catalog;
  CHECK(host.load("fixture_valid", catalog).file == fs::canonical(scratch.path() + "/fixture_valid.so").string());

  PluginHost named({{fixture("fixture_duplicate")}, {scratch.path()}});
  Catalog other;
  named.load_files(other);
  CHECK(other.heads.names() == std::vector<std::string>{"fresh_head"});
  CHECK(message_of<PluginError>([&] { named.load("fixture_valdi", other); }) ==
        "no plugin named 'fixture_valdi'; did you mean 'fixture_valid'? (looked in '" + scratch.path() + "')");
}

TEST_CASE("a component is provided by the file whose stamp names it", "[plugin][unit]") {
  const ScratchFolder scratch;
  scratch.put("a_readme.so", "no library at all");
  scratch.put("b_old.so", restamped([](flashmotion::AbiStamp& s) { s.torch_version = 20900; }));
  PluginHost old({{}, {scratch.path()}});
  Catalog catalog;
  CHECK_FALSE(old.provide(ComponentKind::adapter, "tiny", catalog));
  const Recipe recipe("use = 'tiny'\n");
  const std::string text =
      message_of<flashmotion::RecipeError>([&] { (void)catalog.adapters.make(recipe.component(), BuildContext{}); });
  CHECK(text.find("no adapter named 'tiny'") != std::string::npos);
  CHECK(text.find("b_old.so) was refused: built for LibTorch 2.9, this program has 2.11") != std::string::npos);

  fs::copy_file(fixture("fixture_valid"), scratch.path() + "/c_new.so");
  PluginHost host({{}, {scratch.path()}});
  CHECK(host.list().size() == 3);
  CHECK(host.loaded().empty());
  CHECK_FALSE(host.provide(ComponentKind::head, "tiny", catalog));
  CHECK(host.provide(ComponentKind::adapter, "tiny", catalog));
  CHECK(host.provide(ComponentKind::adapter, "tiny", catalog));
  CHECK(host.provide(ComponentKind::sampler, "tiny_sampler", catalog));
  CHECK(host.provide(ComponentKind::schedule, "tiny_schedule", catalog));
  CHECK(host.provide(ComponentKind::trajectory_encoder, "tiny_encoder", catalog));
  CHECK(host.loaded().size() == 1);
}

TEST_CASE("a named file goes before the folders, and a missing recorded one is passed over", "[plugin][unit]") {
  const ScratchFolder first;
  const ScratchFolder second;
  fs::copy_file(fixture("fixture_valid"), first.path() + "/a.so");
  fs::copy_file(fixture("fixture_valid"), second.path() + "/b.so");
  Catalog catalog;
  PluginHost host({{}, {first.path()}});
  host.search_file(second.path() + "/missing.so");
  host.search_file(second.path() + "/b.so");
  CHECK(host.provide(ComponentKind::adapter, "tiny", catalog));
  CHECK(host.loaded().front().file == fs::canonical(second.path() + "/b.so").string());
}

TEST_CASE("a plugin that everyone can write to is refused unless that is allowed", "[plugin][message]") {
  const ScratchFolder scratch;
  const std::string file = scratch.put("open.so", flashmotion::read_file(fixture("fixture_valid")));
  const std::string who = "plugin fixture_valid 1.2.3 (open.so) was refused: everyone can write to ";
  const std::string end = "', or allow it by --allow-writable-plugins";
  REQUIRE(chmod(file.c_str(), 0775) == 0);
  CHECK(flashmotion::inspect_plugin(file).accepted());  // the group is trusted
  REQUIRE(chmod(file.c_str(), 0777) == 0);
  CHECK(refusal(file) == who + "this file; take that away by 'chmod o-w open.so" + end);
  REQUIRE(chmod(file.c_str(), 0755) == 0);
  REQUIRE(chmod(scratch.path().c_str(), 0777) == 0);
  CHECK(refusal(file) == who + "its folder; take that away by 'chmod o-w " + scratch.path() + end);

  const ScratchFolder tidy;
  fs::create_symlink(file, tidy.path() + "/link.so");
  CHECK(refusal(tidy.path() + "/link.so").find("everyone can write to its folder") != std::string::npos);
  const ScratchFolder target;
  fs::copy_file(fixture("fixture_valid"), target.path() + "/real.so");
  fs::create_symlink(target.path() + "/real.so", scratch.path() + "/link.so");
  CHECK(refusal(scratch.path() + "/link.so").find("everyone can write to its folder") != std::string::npos);

  Catalog catalog;
  CHECK_NOTHROW(PluginHost({{}, {}, true}).load(file, catalog));
  setenv("FLASHMOTION_ALLOW_WRITABLE_PLUGINS", "1", 1);
  CHECK(flashmotion::inspect_plugin(file).accepted());
  setenv("FLASHMOTION_ALLOW_WRITABLE_PLUGINS", "0", 1);
  CHECK_FALSE(flashmotion::inspect_plugin(file).accepted());
  unsetenv("FLASHMOTION_ALLOW_WRITABLE_PLUGINS");

  // Found by its stamp it is refused as well, and the message about the name says so.
  Catalog other;
  PluginHost host({{}, {scratch.path()}});
  CHECK_FALSE(host.provide(ComponentKind::adapter, "tiny", other));
}

TEST_CASE("inspecting tells all that the stamp holds", "[plugin][unit]") {
  const auto found = flashmotion::inspect_plugin(fixture("fixture_duplicate"));
  CHECK(found.accepted());
  CHECK(found.refusal().empty());
  CHECK(found.name == "fixture_duplicate");
  CHECK(found.version == "0.0.1");
  const std::vector<flashmotion::ProvidedComponent> expected = {{"head", "fresh_head"}, {"adapter", "tiny"}};
  CHECK((found.provides == expected));
  CHECK(found.brings(ComponentKind::adapter, "tiny"));
  CHECK_FALSE(found.brings(ComponentKind::head, "tiny"));
  REQUIRE(found.stamp);
  CHECK(found.stamp->abi_number == FLASHMOTION_ABI_NUMBER);
}

TEST_CASE("standard folders: given, environment, installed", "[plugin][unit]") {
  setenv("FLASHMOTION_PLUGIN_PATH", "/one::/two", 1);
  const auto folders = flashmotion::standard_plugin_folders({"/given"});
  unsetenv("FLASHMOTION_PLUGIN_PATH");
  const std::string installed = fs::canonical(FLASHMOTION_TEST_BINARY_DIR).string() + "/lib/flashmotion/plugins";
  CHECK(folders == std::vector<std::string>{"/given", "/one", "/two", installed});
  CHECK(flashmotion::standard_plugin_folders() == std::vector<std::string>{installed});
}

}  // namespace host_test
