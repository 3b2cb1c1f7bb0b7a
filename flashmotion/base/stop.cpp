#include "flashmotion/base/stop.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/error.hpp"

#include <unistd.h>
#include <csignal>

namespace flashmotion {
namespace stop_detail {

// A signal handler gets no argument of ours, so this state cannot be passed in. It is set only while a
// `StopOnSignals` lives.
std::atomic<StopFlag*> current{nullptr};
struct sigaction old_interrupt;
struct sigaction old_terminate;

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<StopFlag*>::is_always_lock_free);

extern "C" void flashmotion_on_signal(int signal) {
  StopFlag* flag = current.load();
  if (flag == nullptr || flag->requested()) ::_exit(128 + signal);
  flag->request(signal);
}

}  // namespace stop_detail

void StopFlag::throw_if_stopped() const {
  if (requested()) throw Interrupted(signal());
}

StopOnSignals::StopOnSignals(StopFlag& flag) {
  using namespace stop_detail;
  StopFlag* nobody = nullptr;
  FLASHMOTION_ASSERT(current.compare_exchange_strong(nobody, &flag));
  struct sigaction action {};
  action.sa_handler = &flashmotion_on_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &old_interrupt);
  ::sigaction(SIGTERM, &action, &old_terminate);
}

StopOnSignals::~StopOnSignals() {
  using namespace stop_detail;
  ::sigaction(SIGINT, &old_interrupt, nullptr);
  ::sigaction(SIGTERM, &old_terminate, nullptr);
  current.store(nullptr);
}

}  // namespace flashmotion
