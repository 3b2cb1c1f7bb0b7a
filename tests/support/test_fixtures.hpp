#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

/// A part of the numeric fixtures of the Wan models: below FLASHMOTION_TEST_FIXTURES, or `shared/fixtures` beside the
/// repository. None when it is not there: the test then skips.
inline std::optional<std::filesystem::path> test_fixtures(const std::string& part) {
  const char* given = std::getenv("FLASHMOTION_TEST_FIXTURES");
  const std::filesystem::path root =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / ".." / "shared" / "fixtures";
  const std::filesystem::path path = root / part;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

/// A part of the fixtures that the repository keeps, tests/fixtures.
inline std::filesystem::path kept_fixture(const std::string& part) {
  return std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "tests" / "fixtures" / part;
}
