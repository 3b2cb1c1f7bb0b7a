#include "flashmotion/plugin/abi_stamp.hpp"

#include "flashmotion/version.hpp"
#include "tests/plugin/fixtures/tiny_parts.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <string>

namespace abi_stamp_test {

using flashmotion::AbiStamp;

TEST_CASE("the layout of what crosses is the one of this ABI number", "[plugin][golden]") {
#if defined(__x86_64__) && defined(__GLIBCXX__) && !defined(_GLIBCXX_DEBUG)
  INFO(
      "what program and plugins exchange has changed: raise FLASHMOTION_ABI_NUMBER in flashmotion/plugin/abi.h, "
      "add a line to CHANGELOG.md, and put the new number and hash here");
  CHECK(FLASHMOTION_ABI_NUMBER == 5);
  CHECK(fmt::format("{:016x}", flashmotion::layout_hash()) == "4294d526920aa250");
#else
  FLASHMOTION_SKIP("the pinned hash is that of libstdc++ on x86-64 without debug mode");
#endif
}

TEST_CASE("a stamp states compiler, libraries and components", "[plugin][unit]") {
  static constexpr AbiStamp stamp =
      flashmotion::detail::make_stamp("two_parts", "3.0", flashmotion::adapter<tiny_parts::TinyAdapter>("one", "doc"),
                                      flashmotion::head<tiny_parts::TinyHead>("two", "doc"));
  CHECK(std::string(stamp.magic, 8) == "FMPLUGIN");
  CHECK(stamp.struct_size == 1200);
  CHECK(stamp.abi_number == FLASHMOTION_ABI_NUMBER);
  CHECK(fmt::format("{}.{}.{}", stamp.torch_version / 10000, stamp.torch_version / 100 % 100,
                    stamp.torch_version % 100) == flashmotion::kTorchVersion);
  CHECK(stamp.cxx_standard == 202002);
  CHECK(stamp.layout_hash == flashmotion::layout_hash());
  CHECK(std::string(stamp.name) == "two_parts");
  CHECK(std::string(stamp.version) == "3.0");
  CHECK(std::string(stamp.provides) == "adapter one\nhead two\n");
  for (const std::uint64_t word : stamp.reserved) CHECK(word == 0);
}

TEST_CASE("names and texts that do not fit a stamp are errors", "[plugin][unit]") {
  const auto part = flashmotion::adapter<tiny_parts::TinyAdapter>("one", "doc");
  const auto bad_part = flashmotion::adapter<tiny_parts::TinyAdapter>("One two", "doc");
  CHECK_THROWS_AS(flashmotion::detail::make_stamp("Big", "1", part), std::invalid_argument);
  CHECK_THROWS_AS(flashmotion::detail::make_stamp("", "1", part), std::invalid_argument);
  CHECK_THROWS_AS(flashmotion::detail::make_stamp("small", "1", bad_part), std::invalid_argument);
  CHECK_THROWS_AS(flashmotion::detail::make_stamp(std::string(64, 'a'), "1", part), std::length_error);
  CHECK_NOTHROW(flashmotion::detail::make_stamp(std::string(63, 'a'), "1", part));
}

TEST_CASE("the hash follows sizes and alignments", "[plugin][unit]") {
  constexpr auto hash_of = []<class... T>(std::type_identity<T>...) consteval {
    flashmotion::detail::LayoutHash hash;
    hash.mix_types<T...>();
    return hash.value();
  };
  struct A {
    std::int64_t a;
  };
  struct B {
    std::int64_t a, b;
  };
  struct C {
    std::int32_t a, b;
  };
  CHECK(hash_of(std::type_identity<A>{}) != hash_of(std::type_identity<B>{}));
  CHECK(hash_of(std::type_identity<A>{}) != hash_of(std::type_identity<C>{}));
  CHECK(hash_of(std::type_identity<A>{}, std::type_identity<B>{}) !=
        hash_of(std::type_identity<B>{}, std::type_identity<A>{}));
  CHECK(hash_of(std::type_identity<A>{}) == hash_of(std::type_identity<std::int64_t>{}));
}

}  // namespace abi_stamp_test
