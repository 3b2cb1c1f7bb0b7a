#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// The processes that work on one run together. All of them call the same functions in the same order; each call waits
/// for the others. Throws Error when another process ended or is lost, with what is known of it.
class FLASHMOTION_EXPORT Processes {
 public:
  Processes(std::int64_t rank, std::int64_t size, std::int64_t local_rank = 0)
      : rank_(rank), size_(size), local_rank_(local_rank) {}
  virtual ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  /// From 0.
  [[nodiscard]] std::int64_t rank() const { return rank_; }
  [[nodiscard]] std::int64_t size() const { return size_; }
  /// Its place among those of its machine, from 0.
  [[nodiscard]] std::int64_t local_rank() const { return local_rank_; }
  [[nodiscard]] bool alone() const { return size_ == 1; }
  /// The first one writes what the run leaves.
  [[nodiscard]] bool first() const { return rank_ == 0; }

  /// Makes ready to sum tensors of a device, and says how it is going to be done; empty when there is nothing to say.
  /// `sum_` works without it, through the host's memory.
  [[nodiscard]] virtual std::string open_sums(const c10::Device& device);
  /// In place: sums over the processes, the same bytes in each. Contiguous, float32, float64 or int64, on the CPU or on
  /// this process's GPU.
  virtual void sum_(const Tensor& values) = 0;
  /// The same with the largest value, on the CPU.
  virtual void max_(const Tensor& values) = 0;
  /// In place: the first process's values. Any type; contiguous, on the CPU.
  virtual void broadcast_(const Tensor& values) = 0;
  /// The texts of all, by rank.
  [[nodiscard]] virtual std::vector<std::string> gather(const std::string& text) = 0;
  /// The first process's text. The others wait as long as it takes.
  [[nodiscard]] virtual std::string tell(const std::string& text) = 0;

  /// The orderly end: nothing else is called after it.
  virtual void leave() noexcept = 0;
  /// Has the others end with an error that says why this one does; `input` as for InputError.
  virtual void fail(std::string_view why, bool input) noexcept = 0;

 private:
  std::int64_t rank_;
  std::int64_t size_;
  std::int64_t local_rank_;
};

/// A run of one process: every call returns at once what it was given.
class FLASHMOTION_EXPORT OneProcess final : public Processes {
 public:
  OneProcess() : Processes(0, 1) {}
  void sum_(const Tensor&) override {}
  void max_(const Tensor&) override {}
  void broadcast_(const Tensor&) override {}
  [[nodiscard]] std::vector<std::string> gather(const std::string& text) override { return {text}; }
  [[nodiscard]] std::string tell(const std::string& text) override { return text; }
  void leave() noexcept override {}
  void fail(std::string_view, bool) noexcept override {}
};

/// Has the first process do something while the others wait; all get the text that it made of it. When it is stopped
/// (Interrupted), all are; when it fails, all throw an error.
FLASHMOTION_EXPORT std::string told_by_first(Processes& processes, const std::function<std::string()>& work);
/// The same of what makes no text.
FLASHMOTION_EXPORT void by_first(Processes& processes, const std::function<void()>& work);

/// Throws InputError in all processes when their texts differ, with the first rank that has another one than rank 0 and
/// what `difference(first, other)` makes of the two.
FLASHMOTION_EXPORT void expect_agreement(
    Processes& processes, const std::string& text,
    const std::function<std::string(const std::string&, const std::string&)>& difference);

/// The number of the signal that any process was asked to stop by, 0 when none was.
[[nodiscard]] FLASHMOTION_EXPORT int any_signal(Processes& processes, int signal);

}  // namespace flashmotion
