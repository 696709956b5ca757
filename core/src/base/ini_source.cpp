#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/ini.h"

namespace tandem {

namespace {

/// Closes on the way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error machine_error() { return {errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, std::strerror(errno)}; }

Error too_long(size_t limit) { return {ErrorCode::exhausted, fmt::format("longer than the {} bytes that are left for this file", limit)}; }

Result<std::string> read_file(const std::string& path, size_t limit) {
  // Non-blocking, because opening a FIFO would wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return machine_error();
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return machine_error();
  if (!S_ISREG(about.st_mode)) return Error{ErrorCode::io, "not a regular file"};
  if (static_cast<size_t>(about.st_size) > limit) return too_long(limit);

  std::string text(static_cast<size_t>(about.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const auto got = ::read(file.get(), text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return machine_error();
    if (got == 0) break;  // it has shrunk meanwhile
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return text;
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

IniSource machine_ini_source() { return {read_file, environment}; }

}  // namespace tandem
