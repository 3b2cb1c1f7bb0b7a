#include "flashmotion/base/append_file.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/write_problem.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace flashmotion {

void append_to_file(const std::string& path, std::string_view bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  int reason = descriptor < 0 ? errno : 0;
  // A nearly full disk takes the first bytes and refuses the next.
  while (reason == 0 && !bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) reason = errno;
  }
  if (descriptor >= 0) ::close(descriptor);
  if (reason != 0) throw InputError(write_problem(path, "cannot be written", reason));
}

}  // namespace flashmotion
