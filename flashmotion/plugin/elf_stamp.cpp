#include "flashmotion/plugin/elf_stamp.hpp"

#include <fmt/format.h>

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace flashmotion {
namespace elf_stamp_detail {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "plugins are known on x86-64 and AArch64"
#endif
static_assert(std::endian::native == std::endian::little);

/// What every version of the struct has.
constexpr std::size_t kLeast = offsetof(AbiStamp, torch_version);

/// Reads plain structs out of bytes, never beyond their end.
class Bytes {
 public:
  explicit Bytes(std::span<const char> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  template <class T>
  [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
    if (!holds(offset, sizeof(T))) return std::nullopt;
    T value{};
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  /// True when a zero-terminated text at `offset` is `text`.
  [[nodiscard]] bool has_text(std::uint64_t offset, std::string_view text) const {
    if (!holds(offset, text.size() + 1)) return false;
    const char* begin = bytes_.data() + offset;
    return std::string_view(begin, text.size()) == text && begin[text.size()] == '\0';
  }
  [[nodiscard]] const char* data() const { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  std::span<const char> bytes_;
};

FoundStamp refuse(std::string reason) {
  FoundStamp found;
  found.reason = std::move(reason);
  return found;
}

FoundStamp cut_short(const Bytes& bytes) {
  return refuse(
      fmt::format("it is cut short or damaged: its section table points beyond its {} bytes; build or copy it "
                  "again",
                  bytes.size()));
}

/// Why the header is not one that we could load; empty when it is.
std::string judge_header(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    return "it was built for another kind of processor; rebuild it on this machine";
  if (header.e_type != ET_DYN) return "it is an ELF file but no shared library; link it with -shared";
  return {};
}

FoundStamp read_section(const Bytes& bytes, const Elf64_Shdr& section) {
  if (section.sh_type == SHT_NOBITS || section.sh_size < kLeast) return refuse("its stamp is damaged; rebuild it");
  if (!bytes.holds(section.sh_offset, section.sh_size)) return cut_short(bytes);
  AbiStamp stamp{};
  const std::size_t known = std::min<std::uint64_t>(section.sh_size, sizeof(stamp));
  std::memcpy(&stamp, bytes.data() + section.sh_offset, known);
  if (std::string_view(stamp.magic, sizeof(stamp.magic)) != FLASHMOTION_ABI_MAGIC)
    return refuse("its stamp is damaged; rebuild it");
  FoundStamp found;
  found.stamp = stamp;
  found.offset = section.sh_offset;
  return found;
}

std::string torch_text(std::uint32_t version) { return fmt::format("{}.{}", version / 10000, version / 100 % 100); }

std::string compiler_text(std::uint32_t gxx_abi_version) {
  return fmt::format("{}{}", gxx_abi_version, gxx_abi_version == 1002 ? " (Clang)" : " (GCC)");
}

}  // namespace elf_stamp_detail

FoundStamp find_stamp(std::span<const char> file) {
  using namespace elf_stamp_detail;
  const Bytes bytes(file);
  if (!bytes.holds(0, SELFMAG) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    return refuse("it is not a shared library (no ELF header)");
  const auto header = bytes.at<Elf64_Ehdr>(0);
  if (!header) return cut_short(bytes);
  if (std::string reason = judge_header(*header); !reason.empty()) return refuse(std::move(reason));

  constexpr const char* kNoStamp =
      "it carries no FlashMotion stamp, so it is no plugin of this toolkit; write it with FLASHMOTION_PLUGIN";
  if (header->e_shoff == 0) return refuse(kNoStamp);
  if (header->e_shentsize != sizeof(Elf64_Shdr)) return cut_short(bytes);
  const auto first = bytes.at<Elf64_Shdr>(header->e_shoff);
  if (!first) return cut_short(bytes);
  // Files with very many sections keep both numbers in the first one.
  const std::uint64_t count = header->e_shnum == 0 ? first->sh_size : header->e_shnum;
  const std::uint64_t names_index = header->e_shstrndx == SHN_XINDEX ? first->sh_link : header->e_shstrndx;
  if (count > bytes.size() / sizeof(Elf64_Shdr) || !bytes.holds(header->e_shoff, count * sizeof(Elf64_Shdr)) ||
      names_index >= count)
    return cut_short(bytes);

  const auto section_at = [&](std::uint64_t i) {
    return *bytes.at<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr));
  };
  const Elf64_Shdr names = section_at(names_index);
  if (!bytes.holds(names.sh_offset, names.sh_size)) return cut_short(bytes);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Elf64_Shdr section = section_at(i);
    if (section.sh_name >= names.sh_size) continue;
    if (bytes.has_text(names.sh_offset + section.sh_name, FLASHMOTION_ABI_SECTION)) return read_section(bytes, section);
  }
  return refuse(kNoStamp);
}

const AbiStamp& host_stamp() {
  static constexpr AbiStamp stamp = detail::bare_stamp("flashmotion", "");
  return stamp;
}

std::vector<std::string> stamp_differences(const AbiStamp& plugin, const AbiStamp& host) {
  using namespace elf_stamp_detail;
  std::vector<std::string> found;
  const auto differs = [&](std::string_view what, const auto& theirs, const auto& ours) {
    if (theirs != ours) found.push_back(fmt::format("built for {} {}, this program has {}", what, theirs, ours));
  };
  differs("plugin ABI", plugin.abi_number, host.abi_number);
  if (!found.empty()) return found;
  if (plugin.struct_size < sizeof(AbiStamp)) return {"its stamp is damaged"};
  differs("LibTorch", torch_text(plugin.torch_version), torch_text(host.torch_version));
  differs("the C++ standard", plugin.cxx_standard, host.cxx_standard);
  differs("the C++ ABI flag _GLIBCXX_USE_CXX11_ABI", plugin.cxx11_abi, host.cxx11_abi);
  differs("the compiler ABI", compiler_text(plugin.gxx_abi_version), compiler_text(host.gxx_abi_version));
  differs("the standard library release", plugin.glibcxx_release, host.glibcxx_release);
  differs("the standard library debug mode", plugin.debug_mode, host.debug_mode);
  // Another LibTorch or standard library explains another layout; alone it means changed headers.
  if (found.empty() && plugin.layout_hash != host.layout_hash)
    found.emplace_back("built with other headers of this toolkit (the layout of what is exchanged differs)");
  return found;
}

std::vector<std::string> stamp_warnings(const AbiStamp& plugin, const AbiStamp& host) {
  if (plugin.torch_version / 100 != host.torch_version / 100 || plugin.torch_version == host.torch_version) return {};
  const auto text = [](std::uint32_t version) {
    return fmt::format("{}.{}", elf_stamp_detail::torch_text(version), version % 100);
  };
  return {
      fmt::format("built for LibTorch {}, this program has {}", text(plugin.torch_version), text(host.torch_version))};
}

std::string stamp_text(std::span<const char> field) {
  std::string text;
  for (const char c : field) {
    if (c == '\0') break;
    text += (c >= ' ' && c <= '~') || c == '\n' ? c : '?';
  }
  return text;
}

}  // namespace flashmotion
