#include "flashmotion/core/rng.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>

namespace flashmotion {
namespace {

// splitmix64, the usual finaliser for seeds.
std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

}  // namespace

std::uint64_t mix_seed(std::uint64_t seed, std::string_view stream, std::uint64_t step) {
  std::uint64_t hash = scramble(seed);
  for (const char c : stream) hash = scramble(hash ^ static_cast<unsigned char>(c));
  return scramble(hash ^ scramble(step));
}

Rng::Rng(std::uint64_t seed, std::string_view stream, std::uint64_t step)
    : generator_(at::detail::createCPUGenerator(mix_seed(seed, stream, step))) {}

Tensor Rng::normal(at::IntArrayRef shape) { return at::randn(shape, generator_, at::kFloat); }

Tensor Rng::uniform(at::IntArrayRef shape) { return at::rand(shape, generator_, at::kFloat); }

Tensor Rng::integers(std::int64_t low, std::int64_t high, at::IntArrayRef shape) {
  return at::randint(low, high, shape, generator_, at::kLong);
}

Tensor Rng::permutation(std::int64_t count) { return at::randperm(count, generator_, at::kLong); }

double Rng::uniform() { return at::rand({1}, generator_, at::kDouble).item<double>(); }

std::int64_t Rng::integer(std::int64_t low, std::int64_t high) { return integers(low, high, {1}).item<std::int64_t>(); }

}  // namespace flashmotion
