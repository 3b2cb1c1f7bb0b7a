#include "flashmotion/io/npy.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

#include <string>

namespace npy_test {

using Catch::Matchers::Contains;

// A file of version 1.0 with this header and these bytes.
std::string file(std::string header, const std::string& numbers) {
  header += "\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xffU);
  bytes += static_cast<char>(header.size() >> 8U);
  return bytes + header + numbers;
}

std::string refused(const std::string& bytes) {
  try {
    static_cast<void>(flashmotion::parse_npy(bytes, "x.npy"));
  } catch (const flashmotion::InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("arrays of numbers are read in any order of bytes and of memory", "[io][unit]") {
  const at::Tensor small = flashmotion::parse_npy(file("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }",
                                                       std::string("\0\1\0\2\0\3\0\4\0\5\xff\xfe", 12)),
                                                  "x");
  CHECK(small.equal(at::tensor({1.0, 3.0, 5.0, 2.0, 4.0, -2.0}, at::kDouble).reshape({2, 3})));
  const at::Tensor truth = flashmotion::parse_npy(
      file("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", std::string("\1\0", 2)), "x");
  CHECK(truth.equal(at::tensor({1.0, 0.0}, at::kDouble)));
  CHECK(flashmotion::parse_npy(file("{'shape': (), 'descr': \"<u2\", 'fortran_order': False}", "\x10\x27"), "x")
            .item<double>() == 10'000);
}

TEST_CASE("what is written is read back", "[io][law]") {
  const at::Tensor numbers = at::rand({3, 16, 2}, at::kDouble);
  CHECK(flashmotion::parse_npy(flashmotion::npy_bytes(numbers), "x").equal(numbers));
  CHECK(flashmotion::parse_npy(flashmotion::npy_bytes(numbers.to(at::kFloat)), "x")
            .equal(numbers.to(at::kFloat).to(at::kDouble)));
  const at::Tensor truth = at::rand({7}).gt(0.5);
  CHECK(flashmotion::parse_npy(flashmotion::npy_bytes(truth), "x").equal(truth.to(at::kDouble)));
  const std::string bytes = flashmotion::npy_bytes(at::zeros({1, 81, 1}, at::kBool));
  CHECK(bytes.substr(10, 60) == "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 81, 1)");
  CHECK((bytes.size() - 81) % 64 == 0);
}

TEST_CASE("damaged and other files are refused with the byte", "[io][message]") {
  CHECK_THAT(refused("PK"), Contains("'x.npy' is no NumPy file"));
  CHECK_THAT(refused(std::string("\x93NUMPY\x04\x00\x10\x00", 10)), Contains("at byte 6: version 4"));
  CHECK_THAT(refused(std::string("\x93NUMPY\x01\x00\xff\x00", 10)), Contains("at byte 8: the header reaches beyond"));
  CHECK_THAT(refused(file("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "")), Contains("of the type '|O'"));
  CHECK_THAT(refused(file("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "12345678")),
             Contains("the file ends too early: 8 bytes of numbers of 16"));
  CHECK_THAT(refused(file("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}", "")),
             Contains("no list of sizes"));
  CHECK_THAT(refused(file("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999)}", "")),
             Contains("more than"));
  CHECK_THAT(refused(file("{'descr': [('a', '<f8')], }", "")), Contains("arrays of records are not read"));
}

TEST_CASE("the real files have the shapes that are stated of them", "[io][unit]") {
  const auto folder = test_data("trajectories");
  if (!folder) FLASHMOTION_SKIP("the test data are not here");
  CHECK(flashmotion::read_npy(*folder / "sg_i2v/37/traj.npy").sizes() == at::IntArrayRef({4, 16, 2}));
  const at::Tensor tracks = flashmotion::read_npy(*folder / "wan_move/example_tracks.npy");
  CHECK(tracks.sizes() == at::IntArrayRef({1, 81, 1, 2}));
  CHECK(tracks.flatten()[0].item<double>() == Approx(481.0));
  CHECK(flashmotion::read_npy(*folder / "wan_move/example_visibility.npy").eq(1).all().item<bool>());
}

}  // namespace npy_test
