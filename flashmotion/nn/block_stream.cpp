#include "flashmotion/nn/block_stream.hpp"

#include "flashmotion/base/assert.hpp"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/torch.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace flashmotion::nn {
namespace block_stream_detail {

struct Weight {
  Tensor parameter;
  PackedWeight kept;  // without a scale where it is not packed
  std::shared_ptr<const MappedFile> file;
};

// A place on the device that blocks are brought to, one after another.
struct Slot {
  std::vector<Tensor> matrices;  // in the order of a block's weights
  std::vector<Tensor> numbers;   // packed ones on their way from the host
  std::int64_t block = -1;       // that it holds
  std::optional<c10::Event> filled;
};

bool stays(std::int64_t block, std::int64_t blocks, std::int64_t resident) {
  // Evenly spread, so that the streamed ones have the others' time to come.
  return (block + 1) * resident / blocks > block * resident / blocks;
}

// Whether a parameter can view what is kept.
bool ready(const Weight& weight, const BlockStreamOptions& options) {
  return !weight.kept.scale.defined() && weight.kept.numbers.scalar_type() == options.dtype &&
         weight.kept.numbers.device() == options.device;
}

std::int64_t bytes_of(const Tensor& tensor) {
  return tensor.defined() ? static_cast<std::int64_t>(tensor.nbytes()) : 0;
}

}  // namespace block_stream_detail

struct BlockStream::State {
  using Slot = block_stream_detail::Slot;
  using Weight = block_stream_detail::Weight;

  BlockStreamOptions options;
  std::vector<std::vector<Weight>> blocks;
  std::vector<Slot> slots;
  std::optional<c10::Stream> side;  // of a GPU, where blocks are brought in
  std::int64_t last = -1, heading = 1;

  [[nodiscard]] bool on_cpu() const { return options.device.is_cpu(); }
  [[nodiscard]] std::vector<Weight>& weights(std::int64_t block) { return blocks[static_cast<std::size_t>(block)]; }
  [[nodiscard]] bool needs_slot(std::int64_t block) {
    const auto& list = weights(block);
    return std::any_of(list.begin(), list.end(),
                       [&](const Weight& weight) { return !block_stream_detail::ready(weight, options); });
  }
  [[nodiscard]] c10::Stream main_stream() const {
    return c10::impl::VirtualGuardImpl(options.device.type()).getStream(options.device);
  }

  void make_slots() {
    const bool needed = [&] {
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(blocks.size()); ++i)
        if (needs_slot(i)) return true;
      return false;
    }();
    if (!needed) return;
    slots.resize(on_cpu() ? 1 : 2);
    for (Slot& slot : slots) {
      for (const Weight& weight : blocks.front()) {
        const auto at = at::TensorOptions().device(options.device);
        slot.matrices.push_back(at::empty(weight.kept.numbers.sizes(), at.dtype(options.dtype)));
        if (!on_cpu() && weight.kept.scale.defined())
          slot.numbers.push_back(at::empty(weight.kept.numbers.sizes(), at.dtype(weight.kept.numbers.scalar_type())));
      }
    }
    if (!on_cpu())
      side = c10::impl::VirtualGuardImpl(options.device.type()).getStreamFromGlobalPool(options.device, false);
  }

  // Copies and unpacks; on a GPU it only queues that.
  void bring(std::int64_t block, Slot& slot) {
    const auto& list = weights(block);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const PackedWeight& kept = list[i].kept;
      if (!kept.scale.defined()) {
        slot.matrices[i].copy_(kept.numbers, /*non_blocking=*/true);
      } else if (kept.numbers.device() == options.device) {
        unpack(kept, slot.matrices[i]);
      } else {
        slot.numbers[i].copy_(kept.numbers, /*non_blocking=*/true);
        unpack({slot.numbers[i], kept.scale}, slot.matrices[i]);
      }
    }
    slot.block = block;
  }

  // On a GPU, beside what it computes.
  void fill(std::int64_t block, Slot& slot) {
    if (on_cpu()) {
      bring(block, slot);
      return;
    }
    // Whatever has used the place so far is done first.
    c10::Event used(options.device.type());
    used.record(main_stream());
    used.block(*side);
    const c10::StreamGuard guard(*side);
    bring(block, slot);
    if (!slot.filled) slot.filled.emplace(options.device.type());
    slot.filled->record(*side);
  }

  Slot* holding(std::int64_t block) {
    const auto found = std::find_if(slots.begin(), slots.end(), [&](const Slot& slot) { return slot.block == block; });
    return found == slots.end() ? nullptr : &*found;
  }

  void put_in_place(std::int64_t block, Slot& slot) {
    if (slot.filled) slot.filled->block(main_stream());
    auto& list = weights(block);
    for (std::size_t i = 0; i < list.size(); ++i) list[i].parameter.set_data(slot.matrices[i]);
  }

  // Mapped pages of a block.
  void forget(std::int64_t block) {
    if (block_stream_detail::stays(block, static_cast<std::int64_t>(blocks.size()), options.resident)) return;
    for (const Weight& weight : weights(block))
      if (weight.file != nullptr) weight.file->forget(weight.kept.numbers);
  }
  void ask_for(std::int64_t block) {
    for (const Weight& weight : weights(block))
      if (weight.file != nullptr) weight.file->ask_for(weight.kept.numbers);
  }

  [[nodiscard]] std::int64_t next(std::int64_t block) const {
    const auto count = static_cast<std::int64_t>(blocks.size());
    return (block + heading + count) % count;
  }
};

BlockStream::BlockStream(std::int64_t blocks, const BlockStreamOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->options.resident = std::clamp<std::int64_t>(options.resident, 0, blocks);
  state_->blocks.resize(static_cast<std::size_t>(blocks));
}

BlockStream::~BlockStream() {
  // What is on its way must not arrive in memory that another has got.
  for (const auto& slot : state_->slots)
    if (slot.filled) slot.filled->block(state_->main_stream());
}

std::int64_t BlockStream::block_of(std::string_view name, const Tensor& weight) {
  constexpr std::string_view prefix = "blocks.", suffix = ".weight";
  if (weight.dim() != 2 || !name.starts_with(prefix) || !name.ends_with(suffix)) return -1;
  if (name.find("embedding") != std::string_view::npos) return -1;  // tables, looked up by rows
  name.remove_prefix(prefix.size());
  std::int64_t block = -1;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), block);
  return code == std::errc() && end != name.data() + name.size() && *end == '.' ? block : -1;
}

void BlockStream::add(std::int64_t block, const Tensor& parameter, std::shared_ptr<const MappedFile> file) {
  const torch::NoGradGuard no_grad;
  State& state = *state_;
  const BlockStreamOptions& options = state.options;
  const bool resident =
      block_stream_detail::stays(block, static_cast<std::int64_t>(state.blocks.size()), options.resident);
  const auto placed = [&](const Tensor& tensor) {
    if (options.device.is_cpu()) return tensor;
    return resident ? tensor.to(options.device) : tensor.pin_memory();
  };
  block_stream_detail::Weight weight;
  weight.parameter = parameter;
  weight.kept.numbers = parameter.detach();
  if (options.format != WeightFormat::plain) {
    weight.kept = pack(parameter, options.format);
    weight.kept.numbers = placed(weight.kept.numbers);
    weight.kept.scale = weight.kept.scale.to(options.device);
  } else if (options.device.is_cpu()) {
    weight.file = std::move(file);
  } else {
    weight.kept.numbers = placed(weight.kept.numbers.to(options.dtype));
  }
  // The parameter keeps its shape and holds no memory until its block is run.
  parameter.set_data(
      block_stream_detail::ready(weight, options)
          ? weight.kept.numbers
          : at::zeros({1}, at::TensorOptions().device(options.device).dtype(options.dtype)).expand(parameter.sizes()));
  state.weights(block).push_back(std::move(weight));
  FLASHMOTION_ASSERT(state.slots.empty());
}

void BlockStream::enter(std::int64_t block) {
  const torch::NoGradGuard no_grad;
  State& state = *state_;
  if (state.last < 0) state.make_slots();
  if (state.last >= 0 && state.last != block) {
    // Blocks are run in their order, and in the other one on the way back.
    state.heading = block == state.last - 1 ? -1 : 1;
    if (state.on_cpu()) state.forget(state.last);
  }
  state.last = block;
  const std::int64_t next = state.next(block);
  if (state.on_cpu()) state.ask_for(next);
  if (state.needs_slot(block)) {
    State::Slot* slot = state.holding(block);
    if (slot == nullptr) {
      slot = &state.slots.front();
      state.fill(block, *slot);
    }
    state.put_in_place(block, *slot);
    if (state.on_cpu()) state.forget(block);
  }
  if (state.slots.size() < 2 || next == block || !state.needs_slot(next) || state.holding(next) != nullptr) return;
  State::Slot& free = state.slots.front().block == block ? state.slots.back() : state.slots.front();
  state.fill(next, free);
}

std::int64_t BlockStream::bytes_on_device() const {
  std::int64_t bytes = 0;
  for (const auto& list : state_->blocks) {
    for (const auto& weight : list) {
      if (weight.kept.numbers.device() == state_->options.device)
        bytes += block_stream_detail::bytes_of(weight.kept.numbers);
      bytes += block_stream_detail::bytes_of(weight.kept.scale);
    }
  }
  for (const auto& slot : state_->slots) {
    for (const Tensor& matrix : slot.matrices) bytes += block_stream_detail::bytes_of(matrix);
    for (const Tensor& numbers : slot.numbers) bytes += block_stream_detail::bytes_of(numbers);
  }
  return bytes;
}

std::int64_t BlockStream::bytes_on_host() const {
  std::int64_t bytes = 0;
  for (const auto& list : state_->blocks)
    for (const auto& weight : list)
      if (weight.kept.numbers.device() != state_->options.device)
        bytes += block_stream_detail::bytes_of(weight.kept.numbers);
  return bytes;
}

std::int64_t streamed_bytes(std::int64_t blocks, std::int64_t matrices, const BlockStreamOptions& options) {
  const auto wide = static_cast<std::int64_t>(c10::elementSize(options.dtype));
  const bool packed = options.format != WeightFormat::plain;
  const std::int64_t kept = std::clamp<std::int64_t>(options.resident, 0, blocks) * matrices * (packed ? 1 : wide);
  if (!packed && options.resident >= blocks) return kept;
  const std::int64_t slots = options.device.is_cpu() ? 1 : 2;
  return kept + slots * matrices * (wide + (packed && !options.device.is_cpu() ? 1 : 0));
}

}  // namespace flashmotion::nn
