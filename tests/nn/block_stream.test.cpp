#include "flashmotion/nn/block_stream.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gpu.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

#include <fstream>
#include <string>

namespace block_stream_test {

using namespace flashmotion;
using nn::BlockStream;
using nn::WeightFormat;

constexpr std::int64_t kBlocks = 6;

wan::DitConfig config(bool checkpointing = false) {
  wan::DitConfig c;
  c.latent_channels = 4;
  c.width = 96;
  c.heads = 4;
  c.blocks = kBlocks;
  c.ffn_width = 192;
  c.text_width = 16;
  c.frequency_width = 16;
  c.checkpointing = checkpointing;
  c.initial_gate = 0.7;
  return c;
}

Tensor velocity(wan::DitGenerator& dit, const Tensor& latent, at::ScalarType type = at::kFloat) {
  DenoiseRequest request;
  request.latent = latent;
  request.sigma = torch::full({1}, 0.6, latent.options().dtype(at::kFloat));
  request.text.tokens = Rng(2, "text").normal({1, 5, 16}).to(latent.device(), type);
  return dit.denoise(request).prediction;
}
Tensor latent() { return Rng(1, "latent").normal({1, 4, 3, 4, 4}); }

// A network without zero matrices.
wan::DitGenerator made(bool checkpointing = false) {
  wan::DitGenerator dit(config(checkpointing), 5);
  for (const auto& [name, tensor] : dit.named_tensors()) {
    if (name.starts_with("head")) Tensor(tensor).data().copy_(Rng(6, name).normal(tensor.sizes()) * 0.1);
    Tensor(tensor).requires_grad_(false);
  }
  return dit;
}

std::shared_ptr<BlockStream> streamed(wan::DitGenerator& dit, const nn::BlockStreamOptions& options,
                                      const std::shared_ptr<const MappedFile>& file = {}) {
  auto stream = std::make_shared<BlockStream>(kBlocks, options);
  for (const auto& [name, tensor] : dit.named_tensors())
    if (const std::int64_t block = BlockStream::block_of(name, tensor); block >= 0) stream->add(block, tensor, file);
  dit.stream_blocks(stream);
  return stream;
}

nn::BlockStreamOptions with(WeightFormat format, std::int64_t resident) {
  return {at::kCPU, at::kFloat, format, resident};
}

TEST_CASE("matrices of blocks are streamed and nothing else", "[nn][unit]") {
  const Tensor matrix = torch::zeros({2, 3}), row = torch::zeros({3});
  CHECK(BlockStream::block_of("blocks.12.self_attn.q.weight", matrix) == 12);
  CHECK(BlockStream::block_of("blocks.0.ffn.2.weight", matrix) == 0);
  CHECK(BlockStream::block_of("blocks.0.self_attn.norm_q.weight", row) == -1);
  CHECK(BlockStream::block_of("blocks.0.self_attn.q.bias", row) == -1);
  CHECK(BlockStream::block_of("blocks.0.pos_embedding.embedding.weight", matrix) == -1);
  CHECK(BlockStream::block_of("text_embedding.0.weight", matrix) == -1);
  CHECK(BlockStream::block_of("blocks.weight", matrix) == -1);
}

TEST_CASE("a streamed network computes what it computed before", "[nn][law]") {
  const torch::NoGradGuard no_grad;
  wan::DitGenerator dit = made();
  const Tensor plain = velocity(dit, latent());
  for (const std::int64_t resident : {std::int64_t{0}, std::int64_t{2}, kBlocks}) {
    wan::DitGenerator other = made();
    const auto stream = streamed(other, with(WeightFormat::plain, resident));
    CHECK(velocity(other, latent()).equal(plain));
    CHECK(velocity(other, latent()).equal(plain));
  }
}

TEST_CASE("a packed network computes with its packed numbers", "[nn][law]") {
  const torch::NoGradGuard no_grad;
  for (const WeightFormat format : {WeightFormat::fp8, WeightFormat::fp8_tensor, WeightFormat::int8}) {
    CAPTURE(to_string(format));
    wan::DitGenerator rounded = made();
    for (const auto& [name, tensor] : rounded.named_tensors())
      if (BlockStream::block_of(name, tensor) >= 0) nn::unpack(nn::pack(tensor, format), tensor);
    const Tensor expected = velocity(rounded, latent());
    wan::DitGenerator dit = made();
    const Tensor plain = velocity(dit, latent());
    const auto stream = streamed(dit, with(format, kBlocks));
    CHECK(velocity(dit, latent()).equal(expected));
    CHECK(velocity(dit, latent()).equal(expected));
    const double error = ((expected - plain).norm() / plain.norm()).item<double>();
    CHECK(error > 0.0);
    CHECK(error < (format == WeightFormat::int8 ? 0.02 : 0.1));
    // A byte a number, and one block as it is computed with.
    const std::int64_t matrices = 8 * 96 * 96 + 2 * 96 * 192;
    CHECK(stream->bytes_on_device() >= nn::streamed_bytes(kBlocks, matrices, with(format, kBlocks)));
    CHECK(stream->bytes_on_device() < nn::streamed_bytes(kBlocks, matrices, with(format, kBlocks)) * 11 / 10);
  }
}

TEST_CASE("gradients go through streamed blocks that are checkpoints, and through no others", "[nn][law]") {
  const auto gradient = [&](wan::DitGenerator& dit) {
    const Tensor x = latent().requires_grad_(true);
    velocity(dit, x).square().sum().backward();
    return x.grad().clone();
  };
  wan::DitGenerator plain = made();
  const Tensor expected = gradient(plain);
  wan::DitGenerator rounded = made();
  for (const auto& [name, tensor] : rounded.named_tensors())
    if (BlockStream::block_of(name, tensor) >= 0)
      nn::unpack(nn::pack(tensor, WeightFormat::int8), Tensor(tensor).data());
  const Tensor expected_rounded = gradient(rounded);

  wan::DitGenerator streamed_one = made(true);
  const auto stream = streamed(streamed_one, with(WeightFormat::plain, 1));
  CHECK(gradient(streamed_one).equal(expected));
  wan::DitGenerator packed = made(true);
  const auto other = streamed(packed, with(WeightFormat::int8, kBlocks));
  CHECK(gradient(packed).equal(expected_rounded));

  wan::DitGenerator without = made();
  const auto third = streamed(without, with(WeightFormat::int8, kBlocks));
  CHECK_THROWS_WITH(gradient(without), Catch::Matchers::Contains("set generator.checkpointing to true"));
  const torch::NoGradGuard no_grad;
  CHECK_NOTHROW(velocity(without, latent()));
}

// Bytes of a mapped file that are in this process's memory now.
std::int64_t resident_bytes(const std::string& file) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  std::int64_t sum = 0;
  while (std::getline(maps, line)) {
    if (line.find('-') < line.find(' ') && line.find(':') > line.find(' ')) inside = line.ends_with(file);
    if (inside && line.starts_with("Rss:")) sum += 1024 * std::stoll(line.substr(4));
  }
  return sum;
}

TEST_CASE("on a CPU the blocks that are not run are given back to the system", "[nn][law]") {
  const torch::NoGradGuard no_grad;
  const TempFolder folder;
  const auto path = folder / "weights.safetensors";
  wan::DitConfig large = config();
  large.width = 384;
  large.ffn_width = 1024;
  {
    wan::DitGenerator dit(large, 5);
    for (const auto& [name, tensor] : dit.named_tensors())
      if (name.starts_with("head")) Tensor(tensor).data().copy_(Rng(6, name).normal(tensor.sizes()) * 0.1);
    write_safetensors(path, dit.named_tensors());
  }
  const std::int64_t block = 4 * (8 * 384 * 384 + 2 * 384 * 1024);
  const auto pass = [&](std::int64_t resident) {
    const SafetensorsFile file(path);
    wan::DitGenerator dit(large, nn::Storage::deferred);
    for (const auto& [name, tensor] : dit.named_tensors()) {
      Tensor(tensor).requires_grad_(false);
      tensor.set_data(file.tensor(name));
    }
    const auto map = std::make_shared<const MappedFile>(file.file());
    const auto stream = streamed(dit, {at::kCPU, at::kFloat, WeightFormat::plain, resident}, map);
    const Tensor result = velocity(dit, latent());
    (void)velocity(dit, latent());
    return std::pair(result, resident_bytes(path.string()));
  };
  const auto [all, all_bytes] = pass(kBlocks);
  const auto [none, none_bytes] = pass(0);
  CHECK(all.equal(none));
  CHECK(all_bytes >= kBlocks * block);
  CHECK(all_bytes - none_bytes >= (kBlocks - 3) * block);
}

TEST_CASE("on a GPU a network gives the same wherever its blocks wait", "[nn][cuda]") {
  if (!gpu_support::have_gpu()) return;
  const torch::NoGradGuard no_grad;
  const c10::Device device(c10::kCUDA, 0);
  const auto on_gpu = [&](WeightFormat format, std::int64_t resident) {
    wan::DitGenerator dit = made();
    for (const auto& [name, tensor] : dit.named_tensors())
      if (BlockStream::block_of(name, tensor) < 0) tensor.set_data(tensor.to(device));
    const auto stream = streamed(dit, {device, at::kFloat, format, resident});
    Tensor result;
    for (int i = 0; i < 5; ++i) {
      const Tensor again = velocity(dit, latent().to(device));
      if (result.defined()) CHECK(again.equal(result));
      result = again;
    }
    return result;
  };
  for (const WeightFormat format : {WeightFormat::plain, WeightFormat::fp8, WeightFormat::int8}) {
    CAPTURE(to_string(format));
    const Tensor all = on_gpu(format, kBlocks);
    for (const std::int64_t resident : {0, 1, 3}) CHECK(on_gpu(format, resident).equal(all));
  }
}

}  // namespace block_stream_test
