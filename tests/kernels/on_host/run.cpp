#include "tests/kernels/on_host/cuda_runtime.h"

#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace on_host {
namespace {

constexpr unsigned kLanes = 32;
constexpr std::size_t kStack = 65536;

enum class Waits { for_turn, for_warp, for_block, never };

struct Thread {
  ucontext_t context;
  Waits waits;
  float given;
};

/// The threads of a block, each with a stack of its own. One runs until it waits for others.
class Block {
 public:
  Block(unsigned threads, const std::function<void()>& thread)
      : thread_(thread),
        threads_(threads),
        stacks_(new char[threads * kStack]),
        warps_((threads + kLanes - 1) / kLanes) {
    std::iota(warps_.begin(), warps_.end(), 0U);
  }

  bool run(std::mt19937& order) {
    for (std::size_t i = 0; i < threads_.size(); ++i) begin(i);
    for (bool ended = false; !ended;) {
      std::shuffle(warps_.begin(), warps_.end(), order);
      for (const unsigned warp : warps_)
        if (!run_warp(warp, order)) return false;
      ended = true;  // or else all that are left have come to a barrier
      for (Thread& thread : threads_) {
        if (thread.waits != Waits::for_block) continue;
        thread.waits = Waits::for_turn;
        ended = false;
      }
    }
    return true;
  }

  void wait(Waits what) {
    Thread& self = threads_[running_];
    self.waits = what;
    swapcontext(&self.context, &scheduler_);
  }

  // All lanes of a warp take part: no kernel here shuffles among some of them.
  float exchange(unsigned mask, float value, unsigned offset) {
    failed_ = failed_ || mask != 0xFFFFFFFFU;
    const std::size_t lane = running_ % kLanes;
    threads_[running_].given = value;
    wait(Waits::for_warp);
    return taken_[lane ^ offset];
  }

 private:
  static void enter();

  void begin(std::size_t i) {
    Thread& thread = threads_[i];
    thread.waits = Waits::for_turn;
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = stacks_.get() + i * kStack;
    thread.context.uc_stack.ss_size = kStack;
    thread.context.uc_link = &scheduler_;
    makecontext(&thread.context, enter, 0);
  }

  // Until each of its lanes has ended or waits for the block.
  bool run_warp(unsigned warp, std::mt19937& order) {
    std::vector<std::size_t> lanes;
    for (std::size_t i = warp * kLanes; i < std::min<std::size_t>((warp + 1) * kLanes, threads_.size()); ++i)
      lanes.push_back(i);
    std::shuffle(lanes.begin(), lanes.end(), order);
    while (true) {
      std::size_t waiting = 0;
      for (const std::size_t i : lanes) {
        if (threads_[i].waits == Waits::for_turn) give_turn(i);
        if (threads_[i].waits == Waits::for_warp) ++waiting;
      }
      if (waiting == 0) return true;
      if (waiting != kLanes || failed_) return false;
      for (const std::size_t i : lanes) {
        taken_[i % kLanes] = threads_[i].given;
        threads_[i].waits = Waits::for_turn;
      }
    }
  }

  void give_turn(std::size_t i) {
    running_ = i;
    threadIdx = dim3(static_cast<unsigned>(i));
    swapcontext(&scheduler_, &threads_[i].context);
  }

  const std::function<void()>& thread_;
  std::vector<Thread> threads_;
  std::unique_ptr<char[]> stacks_;
  std::vector<unsigned> warps_;
  ucontext_t scheduler_{};
  std::size_t running_ = 0;
  bool failed_ = false;
  float taken_[kLanes]{};
};

Block* current = nullptr;
cudaError_t last_error = cudaSuccess;

void Block::enter() {
  current->thread_();
  current->threads_[current->running_].waits = Waits::never;
}

cudaError_t run_blocks(const cudaLaunchConfig_t& config, const std::function<void()>& thread) {
  const unsigned threads = config.blockDim.x;
  if (threads == 0 || threads > 1024 || config.gridDim.x == 0) return cudaErrorInvalidConfiguration;
  std::mt19937 order(threads + config.gridDim.x);
  Block block(threads, thread);
  current = &block;
  blockDim = config.blockDim;
  for (unsigned i = 0; i < config.gridDim.x; ++i) {
    blockIdx = dim3(i);
    if (!block.run(order)) return cudaErrorLaunchFailure;
  }
  return cudaSuccess;
}

}  // namespace

cudaError_t run(const cudaLaunchConfig_t& config, const std::function<void()>& thread) {
  return last_error = run_blocks(config, thread);
}

}  // namespace on_host

void __syncthreads() { on_host::current->wait(on_host::Waits::for_block); }

float __shfl_xor_sync(unsigned mask, float value, int offset) {
  return on_host::current->exchange(mask, value, static_cast<unsigned>(offset));
}

cudaError_t cudaGetLastError() { return std::exchange(on_host::last_error, cudaSuccess); }
