#include "flashmotion/base/atomic_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/sha256.hpp"
#include "tests/support/catch.hpp"

#include <unistd.h>

#include <filesystem>

namespace atomic_file_test {

namespace fs = std::filesystem;
using flashmotion::AtomicFile;
using flashmotion::InputError;
using flashmotion::read_file;
using flashmotion::write_file_atomically;

/// A folder of its own for each test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("flashmotion_atomic_" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
  [[nodiscard]] auto entries() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
};

TEST_CASE("a file is written whole and replaces the older one", "[base][unit]") {
  const Folder folder;
  const std::string bytes("a\0b\n", 4);
  write_file_atomically(folder.file("x.bin"), "old and longer");
  write_file_atomically(folder.file("x.bin"), bytes);
  CHECK(read_file(folder.file("x.bin")) == bytes);
  CHECK(folder.entries() == 1);
}

TEST_CASE("without commit the older file stays and nothing is left behind", "[base][unit]") {
  const Folder folder;
  write_file_atomically(folder.file("x.mp4"), "old");
  {
    AtomicFile file(folder.file("x.mp4"));
    file.write("half of the n");
    CHECK(folder.entries() == 2);
    CHECK(fs::path(file.temporary_path()).extension() == ".mp4");
    CHECK(fs::path(file.temporary_path()).parent_path() == folder.path);
  }
  CHECK(read_file(folder.file("x.mp4")) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("two writers of one name do not disturb each other", "[base][unit]") {
  const Folder folder;
  AtomicFile first(folder.file("x"));
  AtomicFile second(folder.file("x"));
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  CHECK(read_file(folder.file("x")) == "first");
  CHECK(folder.entries() == 1);
}

TEST_CASE("failures name the file and the reason, and clean up", "[base][message]") {
  const Folder folder;
  CHECK_THROWS_WITH(write_file_atomically(folder.file("no/where"), "x"),
                    "'" + folder.file("no/where") + "' cannot be written: No such file or directory");
  fs::create_directory(folder.path / "taken");
  CHECK_THROWS_WITH(write_file_atomically(folder.file("taken"), "x"),
                    "'" + folder.file("taken") + "' cannot be put in place: Is a directory");
  CHECK(folder.entries() == 1);
}

TEST_CASE("reading tells what is wrong", "[base][message]") {
  const Folder folder;
  write_file_atomically(folder.file("x"), "12345");
  CHECK(read_file(folder.file("x"), 5) == "12345");
  CHECK_THROWS_WITH(read_file(folder.file("x"), 4), Catch::Contains("it has more than the 4 bytes allowed"));
  CHECK_THROWS_WITH(read_file(folder.path.string()), Catch::Contains("cannot be read: it is a folder"));
  CHECK_THROWS_WITH(read_file(folder.file("y")), Catch::Contains("cannot be read: No such file or directory"));
  CHECK_THROWS_AS(read_file(folder.file("y")), InputError);
}

TEST_CASE("SHA-256 gives the digests of FIPS 180", "[base][golden]") {
  using flashmotion::sha256_hex;
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  flashmotion::Sha256 parts;
  parts.update("ab");
  parts.update("c");
  CHECK(parts.hex() == sha256_hex("abc"));
  const Folder folder;
  write_file_atomically(folder.file("x"), "abc");
  CHECK(flashmotion::sha256_of_file(folder.file("x")) == sha256_hex("abc"));
}

}  // namespace atomic_file_test
