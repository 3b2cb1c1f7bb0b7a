#pragma once

#include "flashmotion/base/read_file.hpp"
#include "tests/cli/program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <utility>

// Runs the program as several processes that are started together, as torchrun starts them.

namespace together {

inline std::string free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool good = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(descriptor);
  if (!good) throw std::runtime_error("no port is free");
  return std::to_string(ntohs(address.sin_port));
}

/// The words of each process.
using Words = std::vector<std::vector<std::string>>;

/// Runs one process for each list of words in `folder`, and `meanwhile(pids)` again and again until it says true.
/// `more` are variables of all. Throws when they do not end within three minutes.
inline std::vector<program::Outcome> run(const Words& words, const std::filesystem::path& folder,
                                         const std::function<bool(const std::vector<pid_t>&)>& meanwhile = {},
                                         std::map<std::string, std::string> more = {}) {
  more.insert({{"WORLD_SIZE", std::to_string(words.size())}, {"MASTER_ADDR", "127.0.0.1"}});
  more.insert({"MASTER_PORT", free_port()});
  const auto log = [&](std::size_t rank, const char* what) {
    return (folder / ("rank" + std::to_string(rank) + "." + what)).string();
  };
  std::vector<pid_t> children;
  for (std::size_t rank = 0; rank < words.size(); ++rank) {
    std::vector<std::string> all{program::file().string()};
    all.insert(all.end(), words[rank].begin(), words[rank].end());
    std::vector<char*> list;
    for (std::string& word : all) list.push_back(word.data());
    list.push_back(nullptr);
    const std::string out = log(rank, "out"), err = log(rank, "err"), number = std::to_string(rank);
    const pid_t child = ::fork();
    if (child == 0) {
      const int o = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      const int e = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      if (::dup2(o, 1) < 0 || ::dup2(e, 2) < 0 || ::chdir(folder.c_str()) != 0) ::_exit(99);
      ::unsetenv("FLASHMOTION_PLUGIN_PATH");
      for (const auto& [name, value] : more) ::setenv(name.c_str(), value.c_str(), 1);
      ::setenv("RANK", number.c_str(), 0);
      ::setenv("LOCAL_RANK", number.c_str(), 1);
      ::execv(list.front(), list.data());
      ::_exit(98);
    }
    children.push_back(child);
  }
  const auto began = std::chrono::steady_clock::now();
  std::vector<program::Outcome> outcomes(words.size());
  std::vector<bool> ended(words.size(), false);
  bool done = !meanwhile;
  for (std::size_t left = words.size(); left > 0;) {
    for (std::size_t rank = 0; rank < words.size(); ++rank) {
      int status = 0;
      if (ended[rank] || ::waitpid(children[rank], &status, WNOHANG) == 0) continue;
      ended[rank] = true;
      --left;
      outcomes[rank].code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
      outcomes[rank].out = flashmotion::read_file(log(rank, "out"));
      outcomes[rank].err = flashmotion::read_file(log(rank, "err"));
    }
    if (!done) done = meanwhile(children);
    if (std::chrono::steady_clock::now() - began > std::chrono::minutes(3)) {
      std::string said;
      for (std::size_t rank = 0; rank < words.size(); ++rank) {
        if (ended[rank]) continue;
        ::kill(children[rank], SIGKILL);
        ::waitpid(children[rank], nullptr, 0);
        said += flashmotion::read_file(log(rank, "err"));
      }
      throw std::runtime_error("the processes did not end in time: " + said);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return outcomes;
}

}  // namespace together
