#include "flashmotion/core/rng.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>

#include <vector>

namespace flashmotion {
namespace {

// splitmix64, the usual finaliser for seeds.
std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

// The share lies in the generator, so that an Rng is one handle, as plugins know it.
class SharedGenerator final : public at::CPUGeneratorImpl {
 public:
  SharedGenerator(std::uint64_t seed, const RowShare& share) : at::CPUGeneratorImpl(seed), share_(share) {}
  [[nodiscard]] const RowShare& share() const { return share_; }

 private:
  RowShare share_;
};

const RowShare* share_of(const at::Generator& generator) {
  const auto* shared = dynamic_cast<const SharedGenerator*>(generator.unsafeGetGeneratorImpl());
  return shared == nullptr ? nullptr : &shared->share();
}

// Calls `draw` with the shape of the whole batch and takes the share's rows of it.
template <class Draw>
Tensor rows_of(const at::Generator& generator, at::IntArrayRef shape, Draw draw) {
  const RowShare* share = share_of(generator);
  if (share == nullptr || shape.empty() || shape[0] == 0 || shape[0] % share->count != 0) return draw(shape);
  const std::int64_t batches = shape[0] / share->count;
  std::vector<std::int64_t> all(shape.begin(), shape.end());
  all[0] = batches * share->total;
  const Tensor drawn = draw(all);
  std::vector<std::int64_t> split{batches, share->total};
  split.insert(split.end(), shape.begin() + 1, shape.end());
  return drawn.view(split).narrow(1, share->first, share->count).clone(at::MemoryFormat::Contiguous).view(shape);
}

}  // namespace

std::uint64_t mix_seed(std::uint64_t seed, std::string_view stream, std::uint64_t step) {
  std::uint64_t hash = scramble(seed);
  for (const char c : stream) hash = scramble(hash ^ static_cast<unsigned char>(c));
  return scramble(hash ^ scramble(step));
}

Rng::Rng(std::uint64_t seed, std::string_view stream, std::uint64_t step)
    : generator_(at::detail::createCPUGenerator(mix_seed(seed, stream, step))) {}

Rng::Rng(std::uint64_t seed, std::string_view stream, std::uint64_t step, const RowShare& share)
    : generator_(share.whole() ? at::detail::createCPUGenerator(mix_seed(seed, stream, step))
                               : at::make_generator<SharedGenerator>(mix_seed(seed, stream, step), share)) {}

RowShare Rng::rows(std::int64_t count) const {
  const RowShare* share = share_of(generator_);
  return share != nullptr && share->count == count ? *share : RowShare{0, count, count};
}

Tensor Rng::normal(at::IntArrayRef shape) {
  return rows_of(generator_, shape, [&](at::IntArrayRef all) { return at::randn(all, generator_, at::kFloat); });
}

Tensor Rng::uniform(at::IntArrayRef shape) {
  return rows_of(generator_, shape, [&](at::IntArrayRef all) { return at::rand(all, generator_, at::kFloat); });
}

Tensor Rng::integers(std::int64_t low, std::int64_t high, at::IntArrayRef shape) {
  return rows_of(generator_, shape,
                 [&](at::IntArrayRef all) { return at::randint(low, high, all, generator_, at::kLong); });
}

Tensor Rng::permutation(std::int64_t count) { return at::randperm(count, generator_, at::kLong); }

double Rng::uniform() { return at::rand({1}, generator_, at::kDouble).item<double>(); }

std::int64_t Rng::integer(std::int64_t low, std::int64_t high) {
  return at::randint(low, high, {1}, generator_, at::kLong).item<std::int64_t>();
}

}  // namespace flashmotion
