#include "flashmotion/cli/child.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace flashmotion::cli {
namespace child_detail {

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace child_detail

Child::Child(const std::vector<std::string>& arguments, const std::string& log_file) {
  // All memory that the new process needs is made before it begins: between fork and exec only system calls are safe.
  std::vector<std::string> texts{"flashmotion"};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> words;
  words.reserve(texts.size() + 1);
  for (std::string& text : texts) words.push_back(text.data());
  words.push_back(nullptr);
  int log = -1;
  if (!log_file.empty()) {
    log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (log < 0) throw InputError(fmt::format("'{}' cannot be written: {}", log_file, std::strerror(errno)));
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::setpgid(0, 0);
    if (log >= 0) {
      ::dup2(log, STDOUT_FILENO);
      ::dup2(log, STDERR_FILENO);
    }
    ::execv("/proc/self/exe", words.data());
    ::_exit(127);
  }
  const int reason = errno;
  if (log >= 0) ::close(log);
  if (process_ < 0) throw Error(fmt::format("a process cannot be started: {}", std::strerror(reason)));
}

Child::~Child() {
  if (process_ < 0) return;
  ::kill(process_, SIGTERM);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
}

bool Child::ended() {
  if (process_ < 0) return true;
  int status = 0;
  const pid_t which = ::waitpid(process_, &status, WNOHANG);
  if (which == 0 || (which < 0 && errno == EINTR)) return false;
  code_ = which < 0 ? 1 : child_detail::exit_code(status);
  process_ = -1;
  return true;
}

void Child::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

}  // namespace flashmotion::cli
