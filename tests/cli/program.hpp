#pragma once

#include "flashmotion/base/read_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// Runs the program as a user does.

namespace program {

struct Outcome {
  int code = -1;    // exit code; 1000 + signal when one ended it
  std::string out;  // standard output
  std::string err;  // standard error
};

inline std::filesystem::path file() { return std::filesystem::path(FLASHMOTION_TEST_BINARY_DIR) / "bin/flashmotion"; }

/// Runs `flashmotion ARGUMENTS` in `folder`. While it runs, `meanwhile(pid)` is called again and again, until it says
/// true. Throws when the program does not end within five minutes.
inline Outcome run(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                   const std::function<bool(pid_t)>& meanwhile = {}) {
  const std::filesystem::path out = folder / "out.txt", err = folder / "err.txt";
  std::vector<std::string> words{file().string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);

  const auto began = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  const pid_t child = ::fork();
  if (child == 0) {
    const int o = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int e = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (::dup2(o, 1) < 0 || ::dup2(e, 2) < 0 || ::chdir(folder.c_str()) != 0) ::_exit(99);
    ::unsetenv("FLASHMOTION_PLUGIN_PATH");
    ::execv(list.front(), list.data());
    ::_exit(98);
  }
  int status = 0;
  bool done = !meanwhile;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (!done) done = meanwhile(child);
    if (elapsed() > 300) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      throw std::runtime_error("the program did not end in time: " + flashmotion::read_file(err.string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  outcome.out = flashmotion::read_file(out.string());
  outcome.err = flashmotion::read_file(err.string());
  return outcome;
}

inline std::string recipe(const std::string& name) {
  return (std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes" / name).string();
}

}  // namespace program
