#include "flashmotion/plugin/elf_stamp.hpp"

#include "flashmotion/base/read_file.hpp"
#include "tests/support/catch.hpp"

#include <elf.h>

#include <cstring>
#include <random>
#include <string>

namespace elf_stamp_test {

using flashmotion::AbiStamp;
using flashmotion::find_stamp;
using flashmotion::host_stamp;
using flashmotion::stamp_differences;

const std::string kValid = std::string(FLASHMOTION_TEST_FIXTURES) + "/fixture_valid.so";

/// The smallest ELF file with a stamp: header, stamp, names, three section headers.
std::string small_library() {
  const std::string names("\0.flashmotion_abi\0.shstrtab\0", 28);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
#if defined(__x86_64__)
  header.e_machine = EM_X86_64;
#else
  header.e_machine = EM_AARCH64;
#endif
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 2;
  Elf64_Shdr sections[3] = {};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_offset = sizeof(header);
  sections[1].sh_size = sizeof(AbiStamp);
  sections[2].sh_name = 18;
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = sizeof(header) + sizeof(AbiStamp);
  sections[2].sh_size = names.size();
  header.e_shoff = sections[2].sh_offset + names.size();
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes.append(reinterpret_cast<const char*>(&host_stamp()), sizeof(AbiStamp));
  bytes += names;
  bytes.append(reinterpret_cast<const char*>(sections), sizeof(sections));
  return bytes;
}

template <class T>
void put(std::string& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

TEST_CASE("the stamp of a real plugin is found and read", "[plugin][unit]") {
  const std::string bytes = flashmotion::read_file(kValid);
  const auto found = find_stamp(bytes);
  INFO(found.reason);
  REQUIRE(found.stamp);
  CHECK(std::string(found.stamp->name) == "fixture_valid");
  CHECK(std::string(found.stamp->version) == "1.2.3");
  CHECK(bytes.substr(found.offset, 8) == "FMPLUGIN");
  CHECK(stamp_differences(*found.stamp, host_stamp()).empty());
}

TEST_CASE("a file cut anywhere is refused and never read beyond its end", "[plugin][unit]") {
  const std::string whole = small_library();
  REQUIRE(find_stamp(whole).stamp);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A heap copy of exactly that size, so that a sanitizer sees any byte too many.
    const std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto found = find_stamp(part);
    INFO("first " << size << " bytes");
    REQUIRE_FALSE(found.stamp);
    REQUIRE_FALSE(found.reason.empty());
  }
}

TEST_CASE("offsets and counts that overflow are refused", "[plugin][unit]") {
  const std::string whole = small_library();
  const std::size_t table = whole.size() - 3 * sizeof(Elf64_Shdr);
  const std::uint64_t huge = ~std::uint64_t{0} - 16;
  const std::vector<std::size_t> fields = {
      offsetof(Elf64_Ehdr, e_shoff),
      table + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_offset),
      table + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size),
      table + 2 * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_offset),
      table + 2 * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size),
  };
  for (const std::size_t field : fields) {
    std::string bytes = whole;
    put(bytes, field, huge);
    INFO("field at " << field);
    CHECK_FALSE(find_stamp(bytes).stamp);
  }
  // The number of sections in the first section, too large for the file.
  std::string bytes = whole;
  put<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_shnum), 0);
  put(bytes, table + offsetof(Elf64_Shdr, sh_size), std::uint64_t{1} << 62);
  CHECK_FALSE(find_stamp(bytes).stamp);
  // And with the right number it is found.
  put(bytes, table + offsetof(Elf64_Shdr, sh_size), std::uint64_t{3});
  CHECK(find_stamp(bytes).stamp);
}

TEST_CASE("random damage never crashes the parser", "[plugin][unit]") {
  const std::string whole = small_library();
  const std::size_t table = whole.size() - 3 * sizeof(Elf64_Shdr);
  std::mt19937 random(20240611);
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<char> bytes(whole.begin(), whole.end());
    for (int flip = 0; flip < 3; ++flip) {
      // In the header or in the section table, where offsets are.
      std::size_t at = random() % (sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Shdr));
      if (at >= sizeof(Elf64_Ehdr)) at += table - sizeof(Elf64_Ehdr);
      bytes[at] = static_cast<char>(random());
    }
    if (!find_stamp(bytes).stamp) ++refused;
  }
  CHECK(refused > 1000);
  CHECK(refused < 20000);
}

TEST_CASE("other ELF files are told apart", "[plugin][message]") {
  std::string bytes = small_library();
  CHECK(find_stamp(std::string("#!/bin/sh\n")).reason == "it is not a shared library (no ELF header)");
  CHECK(find_stamp(std::string()).reason == "it is not a shared library (no ELF header)");

  put<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_type), ET_EXEC);
  CHECK(find_stamp(bytes).reason == "it is an ELF file but no shared library; link it with -shared");
  put<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), EM_S390);
  CHECK(find_stamp(bytes).reason == "it was built for another kind of processor; rebuild it on this machine");

  bytes = small_library();
  bytes[sizeof(Elf64_Ehdr)] = 'X';
  CHECK(find_stamp(bytes).reason == "its stamp is damaged; rebuild it");

  bytes = small_library();
  bytes[sizeof(Elf64_Ehdr) + sizeof(AbiStamp) + 2] = 'F';
  CHECK(find_stamp(bytes).reason ==
        "it carries no FlashMotion stamp, so it is no plugin of this toolkit; write it with FLASHMOTION_PLUGIN");
}

TEST_CASE("each difference has its sentence", "[plugin][message]") {
  AbiStamp host = host_stamp();
  host.torch_version = 21100;
  host.cxx_standard = 202002;
  host.cxx11_abi = 1;
  host.gxx_abi_version = 1017;
  host.glibcxx_release = 12;
  host.debug_mode = 0;
  AbiStamp plugin = host;
  CHECK(stamp_differences(plugin, host).empty());

  using Sentences = std::vector<std::string>;
  plugin.torch_version = 21002;
  CHECK(stamp_differences(plugin, host) == Sentences{"built for LibTorch 2.10, this program has 2.11"});
  plugin.cxx11_abi = 0;
  CHECK(stamp_differences(plugin, host) ==
        Sentences{"built for LibTorch 2.10, this program has 2.11",
                  "built for the C++ ABI flag _GLIBCXX_USE_CXX11_ABI 0, this program has 1"});

  const auto only = [&](auto change) {
    AbiStamp changed = host;
    change(changed);
    return stamp_differences(changed, host);
  };
  CHECK(only([](AbiStamp& s) { s.cxx_standard = 201703; }) ==
        Sentences{"built for the C++ standard 201703, this program has 202002"});
  CHECK(only([](AbiStamp& s) { s.gxx_abi_version = 1002; }) ==
        Sentences{"built for the compiler ABI 1002 (Clang), this program has 1017 (GCC)"});
  CHECK(only([](AbiStamp& s) { s.glibcxx_release = 13; }) ==
        Sentences{"built for the standard library release 13, this program has 12"});
  CHECK(only([](AbiStamp& s) { s.debug_mode = 1; }) ==
        Sentences{"built for the standard library debug mode 1, this program has 0"});
  CHECK(only([](AbiStamp& s) { s.layout_hash ^= 1; }) ==
        Sentences{"built with other headers of this toolkit (the layout of what is exchanged differs)"});
  CHECK(only([](AbiStamp& s) { s.struct_size = 80; }) == Sentences{"its stamp is damaged"});
  // Behind another ABI number the fields may mean anything.
  CHECK(only([](AbiStamp& s) {
          s.abi_number = 7;
          s.torch_version = 1;
        }) == Sentences{"built for plugin ABI 7, this program has 5"});
}

TEST_CASE("another patch release of LibTorch is a warning", "[plugin][message]") {
  AbiStamp host = host_stamp();
  host.torch_version = 21100;
  AbiStamp plugin = host;
  CHECK(flashmotion::stamp_warnings(plugin, host).empty());
  plugin.torch_version = 21101;
  CHECK(stamp_differences(plugin, host).empty());
  CHECK(flashmotion::stamp_warnings(plugin, host) ==
        std::vector<std::string>{"built for LibTorch 2.11.1, this program has 2.11.0"});
}

TEST_CASE("texts of a stamp end and are printable", "[plugin][unit]") {
  const char full[4] = {'a', 'b', 'c', 'd'};
  CHECK(flashmotion::stamp_text(full) == "abcd");
  const char odd[5] = {'a', '\x1b', '\n', '\0', 'z'};
  CHECK(flashmotion::stamp_text(odd) == "a?\n");
}

}  // namespace elf_stamp_test
