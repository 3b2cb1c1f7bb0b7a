#include "flashmotion/processes/join.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#ifdef FLASHMOTION_GLOO

#include "flashmotion/base/host_name.hpp"
#include "flashmotion/base/sibling_library.hpp"
#include "flashmotion/plugin/abi.h"
#include "flashmotion/processes/detail/watch.hpp"
#include "flashmotion/processes/nccl/nccl.hpp"
#include "flashmotion/version.hpp"

#include <c10/util/Logging.h>
#include <fmt/ranges.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {
namespace processes_detail {

using std::chrono::milliseconds;

namespace {

using Work = c10::intrusive_ptr<c10d::Work>;

constexpr const char* kLeft = "left";
constexpr int kNothing = 3;  // but what ends the process

std::string place(const Launch& launch) { return fmt::format("{}:{}", launch.host, launch.port); }

std::string first_line(const std::exception& problem) {
  const auto* error = dynamic_cast<const c10::Error*>(&problem);
  const std::string text = error != nullptr ? error->what_without_backtrace() : problem.what();
  return text.substr(0, text.find('\n'));
}

Store open_store(const Launch& launch, const JoinOptions& options, bool server) {
  c10d::TCPStoreOptions how;
  how.port = launch.port;
  how.isServer = server;
  how.waitWorkers = false;
  how.timeout = options.join;
  try {
    return c10::make_intrusive<c10d::TCPStore>(launch.host, how);
  } catch (const std::exception& problem) {
    if (server) {
      throw InputError(
          fmt::format("the first process cannot listen on the port {} ({}); another program may have it: "
                      "set MASTER_PORT to a free one",
                      launch.port, first_line(problem)));
    }
    throw InputError(
        fmt::format("process {} of {} could not reach the first process at {} within {} s ({}); look "
                    "whether it runs, and at MASTER_ADDR and MASTER_PORT",
                    launch.rank, launch.size, place(launch),
                    std::chrono::duration_cast<std::chrono::seconds>(options.join).count(), first_line(problem)));
  }
}

// What all processes must have in common, a line each.
std::string build_text(const Launch& launch) {
  return fmt::format("version {}\nLibTorch {}\nbuild {}\ncompiler {}\nABI number {}\nWORLD_SIZE {}\n", kVersion,
                     kTorchVersion, kBuildType, kCompiler, FLASHMOTION_ABI_NUMBER, launch.size);
}

// Null where the build has none, it does not start, or FLASHMOTION_SUMS says that Gloo shall do it.
c10::intrusive_ptr<c10d::Backend> make_nccl(const Store& store, std::int64_t rank, std::int64_t size,
                                            milliseconds exchange) {
  const char* const wanted = std::getenv("FLASHMOTION_SUMS");
  if (wanted != nullptr && std::string_view(wanted) == "gloo") return {};
  const auto make = reinterpret_cast<nccl::MakeFunction>(sibling_function(nccl::kLibrary, nccl::kFunction));
  if (make == nullptr) return {};
  try {
    const nccl::Meeting meeting{c10::make_intrusive<c10d::PrefixStore>("nccl", store), static_cast<int>(rank),
                                static_cast<int>(size), exchange};
    return c10::intrusive_ptr<c10d::Backend>::reclaim(make(meeting));
  } catch (const c10::Error&) {
    return {};
  }
}

std::string text_key(std::int64_t number, std::int64_t rank) { return fmt::format("text/{}/{}", number, rank); }

/// Processes over TCP: a store to meet, Gloo for sums.
class GlooProcesses final : public Processes {
 public:
  GlooProcesses(const Launch& launch, const StopFlag& own, StopFlag& stop, const JoinOptions& options)
      : Processes(launch.rank, launch.size, launch.local_rank),
        options_(options),
        keeps_store_(first() && !launch.kept_for_us) {
    // Who writes to a process that is gone is to get an error, and not to end without a word.
    std::signal(SIGPIPE, SIG_IGN);
    // What LibTorch prints of a lost connection is pages of stack; what was lost is said below in a sentence.
    if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = kNothing;
    server_ = open_store(launch, options, keeps_store_);
    // A second connection, so that a call that waits holds up no sign of life.
    const std::string prefix = fmt::format("flashmotion/{}", launch.attempt);
    store_ = c10::make_intrusive<c10d::PrefixStore>(prefix, server_);
    const Store for_watch = c10::make_intrusive<c10d::PrefixStore>(prefix, open_store(launch, options, false));
    if (store_->add(fmt::format("rank/{}", rank()), 1) != 1) {
      throw InputError(
          fmt::format("two processes at {} have the rank {}; give each its own, or another MASTER_PORT to "
                      "another run",
                      place(launch), rank()));
    }
    store_->set(Watch::life_key(rank()), "0");
    const std::vector<std::string> names = meet(launch);
    watch_ = std::make_unique<Watch>(for_watch, rank(), names, own, stop, options);
    expect_agreement(*this, build_text(launch), [](const std::string& one, const std::string& other) {
      return fmt::format("is of another build than the first; run the same program everywhere. The first:\n{}this:\n{}",
                         one, other);
    });
    connect(launch);
  }
  ~GlooProcesses() override {
    // After a failure its threads may wait for a process that is gone; they end with this process.
    if (failed_ && gloo_) static_cast<void>(gloo_.release());
    if (failed_ && nccl_) static_cast<void>(nccl_.release());
  }

  [[nodiscard]] std::string open_sums(const c10::Device& device) override {
    if (device.is_cpu()) return "sums by Gloo";
    nccl_ = make_nccl(store_, rank(), size(), options_.exchange);
    // All or none.
    const std::vector<std::string> ready = gather(nccl_ ? "ready" : "");
    if (std::count(ready.begin(), ready.end(), "ready") == size()) return "sums by NCCL";
    nccl_.reset();
    return "sums by Gloo, through the host's memory";
  }
  void sum_(const Tensor& values) override {
    if (values.is_cpu()) return reduce(values, c10d::ReduceOp::SUM);
    if (nccl_) return sum_by_nccl(values);
    const Tensor host = values.cpu();
    reduce(host, c10d::ReduceOp::SUM);
    values.copy_(host);
  }
  void max_(const Tensor& values) override { reduce(values, c10d::ReduceOp::MAX); }
  void broadcast_(const Tensor& values) override {
    std::vector<Tensor> list{values};
    finish([&] { return gloo_->broadcast(list, {}); });
  }
  [[nodiscard]] std::vector<std::string> gather(const std::string& text) override {
    const std::int64_t number = ++texts_;
    guarded([&] { store_->set(text_key(number, rank()), text); });
    std::vector<std::string> all;
    for (std::int64_t other = 0; other < size(); ++other) all.push_back(wait_for(text_key(number, other)));
    return all;
  }
  [[nodiscard]] std::string tell(const std::string& text) override {
    const std::string key = text_key(++texts_, 0);
    if (!first()) return wait_for(key);
    guarded([&] { store_->set(key, text); });
    return text;
  }

  void leave() noexcept override {
    try {
      watch_.reset();
      const std::int64_t left = store_->add(kLeft, 1);
      if (keeps_store_) wait_for_others(left, options_.silence);
    } catch (const std::exception&) {  // whoever is gone needs no goodbye
      failed_ = true;
    }
  }
  void fail(std::string_view why, bool input) noexcept override {
    try {
      const bool known = std::exchange(failed_, true);
      if (!known) {
        const std::string text = fmt::format("process {} of {} ended with an error: {}", rank(), size(), why);
        store_->compareSet(Watch::kFailed, "", failure_text(text, input));
      }
      const std::int64_t left = store_->add(kLeft, 1);
      // Time to read it, before the store goes with this process.
      if (keeps_store_) wait_for_others(left, 5 * options_.beat);
    } catch (const std::exception&) {  // then nobody can be told
      failed_ = true;
    }
  }

 private:
  // Waits until all are there; returns their names for messages.
  std::vector<std::string> meet(const Launch& launch) {
    const auto key = [](std::int64_t other) { return fmt::format("name/{}", other); };
    store_->set(key(rank()), fmt::format("process {} of {} ({}, number {})", rank(), size(), host_name(), ::getpid()));
    std::vector<std::string> names;
    const auto began = std::chrono::steady_clock::now();
    for (std::int64_t other = 0; other < size(); ++other) {
      while (!store_->check({key(other)})) {
        if (std::chrono::steady_clock::now() - began > options_.join) {
          std::vector<std::int64_t> missing;
          for (std::int64_t r = 0; r < size(); ++r)
            if (!store_->check({key(r)})) missing.push_back(r);
          throw InputError(fmt::format("of {} processes {} came to {} within {} s; missing: {}", size(),
                                       size() - static_cast<std::int64_t>(missing.size()), place(launch),
                                       std::chrono::duration_cast<std::chrono::seconds>(options_.join).count(),
                                       fmt::join(missing, ", ")));
        }
        ::usleep(20000);
      }
      names.push_back(store_->get_to_str(key(other)));
    }
    return names;
  }

  void connect(const Launch& launch) {
    auto how = c10d::ProcessGroupGloo::Options::create(options_.exchange);
    const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");
    const bool here = launch.host == "localhost" || launch.host.starts_with("127.");
    try {
      how->devices.push_back(interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                             : here               ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                                  : c10d::ProcessGroupGloo::createDefaultDevice());
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_),
                                                          static_cast<int>(rank()), static_cast<int>(size()), how);
    } catch (const std::exception& problem) {
      failed_ = true;
      watch_->throw_if_lost();
      throw InputError(
          fmt::format("process {} of {} could not connect to the others ({}); set GLOO_SOCKET_IFNAME to the "
                      "network interface that all machines share",
                      rank(), size(), first_line(problem)));
    }
  }

  void reduce(const Tensor& values, c10d::ReduceOp::RedOpType operation) {
    std::vector<Tensor> list{values};
    c10d::AllreduceOptions how;
    how.reduceOp = operation;
    finish([&] { return gloo_->allreduce(list, how); });
  }

  // Waits for what `begin` began, in short pieces, so that a lost process ends it.
  template <class Begin>
  void finish(Begin begin) {
    explained([&] {
      const Work work = begin();
      while (!work->isCompleted()) {
        try {
          work->wait(options_.beat);
        } catch (const std::exception&) {
          if (work->isCompleted()) break;
          throw_if_lost();
        }
      }
      if (!work->isSuccess()) std::rethrow_exception(work->exception());
    });
  }

  // The host waits too: a process that is lost is found here, and not by a GPU that waits for ever.
  void sum_by_nccl(const Tensor& values) {
    explained([&] {
      std::vector<Tensor> list{values};
      const Work work = nccl_->allreduce(list);
      work->wait();  // puts what comes after it behind it, and returns
      auto asked = std::chrono::steady_clock::now();
      while (!work->isCompleted()) {
        ::usleep(100);
        if (std::chrono::steady_clock::now() - asked < options_.beat) continue;
        throw_if_lost();
        asked = std::chrono::steady_clock::now();
      }
      if (work->exception()) std::rethrow_exception(work->exception());
    });
  }

  // A broken connection is told by what the watch knows of the others.
  template <class Exchange>
  void explained(Exchange exchange) {
    std::string seen;
    try {
      return exchange();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& problem) {
      seen = first_line(problem);
    }
    failed_ = true;
    watch_->explain(seen);
  }

  template <class Call>
  void guarded(Call call) {
    std::string seen;
    try {
      return call();
    } catch (const c10::Error& problem) {
      seen = first_line(problem);
    }
    failed_ = true;
    watch_->explain(seen);
  }
  std::string wait_for(const std::string& key) {
    try {
      return watch_->wait_for(key);
    } catch (const Error&) {
      failed_ = true;
      throw;
    }
  }
  void throw_if_lost() {
    try {
      watch_->throw_if_lost();
    } catch (const Error&) {
      failed_ = true;
      throw;
    }
  }
  void wait_for_others(std::int64_t left, milliseconds most) const {
    const auto began = std::chrono::steady_clock::now();
    while (left < size() && std::chrono::steady_clock::now() - began < most) {
      ::usleep(20000);
      left = store_->add(kLeft, 0);
    }
  }

  JoinOptions options_;
  bool keeps_store_;
  bool failed_ = false;
  std::int64_t texts_ = 0;
  Store server_, store_;
  std::unique_ptr<Watch> watch_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
  c10::intrusive_ptr<c10d::Backend> nccl_;  // null: sums of GPUs go through the host's memory
};

}  // namespace
}  // namespace processes_detail

bool can_join() { return true; }

std::unique_ptr<Processes> join(const Launch& launch, const StopFlag& own, StopFlag& stop, const JoinOptions& options) {
  return std::make_unique<processes_detail::GlooProcesses>(launch, own, stop, options);
}

}  // namespace flashmotion

#else

namespace flashmotion {

bool can_join() { return false; }

std::unique_ptr<Processes> join(const Launch& launch, const StopFlag&, StopFlag&, const JoinOptions&) {
  throw InputError(
      fmt::format("{} started {} processes, and this build cannot join them: Gloo's headers (Debian: "
                  "libgloo-dev) were missing when it was made. Install them, remove build/ and build "
                  "again, or start one process",
                  launch.by, launch.size));
}

}  // namespace flashmotion

#endif
