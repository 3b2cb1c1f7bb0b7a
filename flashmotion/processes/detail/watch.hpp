#pragma once

#include "flashmotion/base/stop.hpp"
#include "flashmotion/processes/join.hpp"

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace flashmotion::processes_detail {

using Store = c10::intrusive_ptr<c10d::Store>;

/// A thread that keeps in touch with the other processes through the store: gives signs of life, looks for those of the
/// others, passes on stops and failures. All that waits asks it, so that nothing hangs when the store's machine is
/// gone.
class Watch {
 public:
  /// `names` are the processes for messages, by rank; each has given its first sign of life.
  Watch(Store store, std::int64_t rank, std::vector<std::string> names, const StopFlag& own, StopFlag& stop,
        const JoinOptions& options);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  /// Ends it. When the store does not answer, the thread is left behind.
  ~Watch();

  [[nodiscard]] static std::string life_key(std::int64_t rank);
  static constexpr const char* kFailed = "failed";

  /// Throws what is known to have happened to another process.
  void throw_if_lost() const;
  /// The text under a key, as soon as it is there. Throws as `throw_if_lost`.
  [[nodiscard]] std::string wait_for(const std::string& key);
  /// After a connection broke: gives the watch the time to find out why, and throws it.
  [[noreturn]] void explain(std::string_view seen);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;
  JoinOptions options_;
  std::thread thread_;
};

/// A failure as it is kept in the store.
[[nodiscard]] std::string failure_text(std::string_view why, bool input);

}  // namespace flashmotion::processes_detail
