#include "flashmotion/processes/detail/watch.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace flashmotion::processes_detail {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// What a process is known by, and when it last gave a sign of life.
struct Neighbour {
  std::int64_t rank;
  std::string sign;
  Clock::time_point when;
};

namespace {

constexpr const char* kStop = "stop";
constexpr char kInput = 'i', kOther = 'e';
constexpr milliseconds kQuick{10}, kSlow{100};  // between two looks for a text that is waited for

double seconds(milliseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::string failure_text(std::string_view why, bool input) { return fmt::format("{}{}", input ? kInput : kOther, why); }

// Outlives the watch where its thread is stuck in a call.
struct Watch::Shared {
  Store store;
  std::int64_t rank;
  std::vector<std::string> names;
  const StopFlag& own;
  StopFlag& stop;
  JoinOptions options;

  mutable std::mutex mutex{};
  std::condition_variable changed{};
  bool ending = false;
  bool ended = false;
  std::string lost{};  // as of failure_text
  std::string wanted{};
  std::optional<std::string> found{};
  Clock::time_point answered = Clock::now();
  std::vector<Neighbour> neighbours{};

  void lose(const std::string& text) {
    const std::lock_guard lock(mutex);
    if (lost.empty()) lost = text;
    changed.notify_all();
  }
  // One round: signs of life, stops, failures, and the text that is waited for.
  void round(bool beat, std::uint64_t number) {
    if (beat) {
      store->set(life_key(rank), std::to_string(number));
      pass_stop();
      if (store->check({kFailed})) lose(store->get_to_str(kFailed));
      look_for_signs();
    }
    std::string key;
    {
      const std::lock_guard lock(mutex);
      answered = Clock::now();
      if (!found) key = wanted;
    }
    if (key.empty() || !store->check({key})) return;
    std::string text = store->get_to_str(key);
    const std::lock_guard lock(mutex);
    found = std::move(text);
    changed.notify_all();
  }
  void pass_stop() {
    if (own.requested()) {
      store->compareSet(kStop, "", std::to_string(own.signal()));
      if (!stop.requested()) stop.request(own.signal());
    } else if (!stop.requested() && store->check({kStop})) {
      stop.request(std::stoi(store->get_to_str(kStop)));
    }
  }
  // The first process watches all and tells; the others watch the first.
  void look_for_signs() {
    for (Neighbour& other : neighbours) {
      const std::string sign = store->get_to_str(life_key(other.rank));
      const auto now = Clock::now();
      if (sign != other.sign) {
        other.sign = sign;
        other.when = now;
      } else if (now - other.when > options.silence) {
        const std::string text =
            failure_text(fmt::format("{} is lost: no sign of life for {:.0f} s",
                                     names[static_cast<std::size_t>(other.rank)], seconds(options.silence)),
                         false);
        store->compareSet(kFailed, "", text);
        lose(text);
      }
    }
  }
};

std::string Watch::life_key(std::int64_t rank) { return fmt::format("life/{}", rank); }

Watch::Watch(Store store, std::int64_t rank, std::vector<std::string> names, const StopFlag& own, StopFlag& stop,
             const JoinOptions& options)
    : shared_(new Shared{std::move(store), rank, std::move(names), own, stop, options}), options_(options) {
  const auto size = static_cast<std::int64_t>(shared_->names.size());
  const std::int64_t end = rank == 0 ? size : 1;
  for (std::int64_t other = rank == 0 ? 1 : 0; other < end; ++other)
    shared_->neighbours.push_back({other, {}, Clock::now()});
  thread_ = std::thread([shared = shared_] { run(shared); });
}

Watch::~Watch() {
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->changed.notify_all();
  const bool ended = shared_->changed.wait_for(lock, 5 * options_.beat, [&] { return shared_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void Watch::run(const std::shared_ptr<Shared>& shared) {
  Clock::time_point next = Clock::now();
  std::uint64_t number = 0;
  milliseconds pause = kQuick;
  while (true) {
    const bool beat = Clock::now() >= next;
    try {
      shared->round(beat, ++number);
    } catch (const std::exception&) {
      shared->lose(failure_text(fmt::format("{} is lost: the connection to it broke", shared->names.front()), false));
    }
    std::unique_lock lock(shared->mutex);
    if (beat) next = Clock::now() + shared->options.beat;
    if (shared->ending || !shared->lost.empty()) {
      shared->ended = true;
      shared->changed.notify_all();
      return;
    }
    const bool waits = !shared->wanted.empty() && !shared->found;
    pause = waits ? std::min(pause * 2, kSlow) : kQuick;
    const auto until = waits ? std::min(next, Clock::now() + pause) : next;
    const std::string before = shared->wanted;
    shared->changed.wait_until(lock, until, [&] { return shared->ending || shared->wanted != before; });
  }
}

void Watch::throw_if_lost() const {
  const std::lock_guard lock(shared_->mutex);
  std::string text = shared_->lost;
  if (text.empty() && Clock::now() - shared_->answered > options_.silence) {
    text = failure_text(
        fmt::format("{} is lost: no answer for {:.0f} s", shared_->names.front(), seconds(options_.silence)), false);
  }
  if (text.empty()) return;
  const std::string why =
      fmt::format("{}; what was saved is kept, go on with --resume and any number of processes", text.substr(1));
  if (text.front() == kInput) throw InputError(text.substr(1));
  throw Error(why);
}

std::string Watch::wait_for(const std::string& key) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->wanted = key;
    shared_->found.reset();
    shared_->changed.notify_all();
  }
  while (true) {
    {
      std::unique_lock lock(shared_->mutex);
      if (shared_->changed.wait_for(lock, options_.beat, [&] { return shared_->found || !shared_->lost.empty(); }) &&
          shared_->found) {
        shared_->wanted.clear();
        return std::move(*shared_->found);
      }
    }
    throw_if_lost();
  }
}

void Watch::explain(std::string_view seen) {
  const auto began = Clock::now();
  std::vector<Neighbour> before;
  for (std::size_t i = 0; i < shared_->names.size(); ++i) {
    if (static_cast<std::int64_t>(i) != shared_->rank)
      before.push_back({static_cast<std::int64_t>(i), {}, Clock::now()});
  }
  const auto silent = [&](Neighbour& other) {
    const std::string sign = shared_->store->get_to_str(life_key(other.rank));
    return std::exchange(other.sign, sign) == sign;
  };
  try {
    for (Neighbour& other : before) static_cast<void>(silent(other));
    while (Clock::now() - began < 4 * options_.beat) {
      throw_if_lost();
      std::this_thread::sleep_for(options_.beat / 4);
    }
    for (Neighbour& other : before) {
      if (!silent(other)) continue;
      shared_->store->compareSet(
          kFailed, "",
          failure_text(fmt::format("{} is lost: its connection broke, and it gives no sign of life",
                                   shared_->names[static_cast<std::size_t>(other.rank)]),
                       false));
      shared_->lose(shared_->store->get_to_str(kFailed));
      break;
    }
  } catch (const c10::Error&) {
    shared_->lose(failure_text(fmt::format("{} is lost: the connection to it broke", shared_->names.front()), false));
  }
  throw_if_lost();
  throw Error(
      fmt::format("the connection to another process broke, and all of them live: {}; look at the network, "
                  "then go on with --resume",
                  seen));
}

}  // namespace flashmotion::processes_detail
