#include "host/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tandem {
namespace {

Error failed(std::string_view what, const std::string& path, int error) {
  return {ErrorCode::io, fmt::format("cannot {} {}: {}", what, path, std::strerror(error))};
}

// Parents get the usual mode, the folder itself is its owner's alone.
Result<void> make_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path, errno);
  return {};
}

std::string holder(int fd) {
  char text[16] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  const std::string pid(text, n > 0 ? static_cast<size_t>(n) : 0);
  return pid.empty() ? "another process" : "process " + pid.substr(0, pid.find('\n'));
}

}  // namespace

Result<StateFolder> StateFolder::take(const std::string& path) {
  StateFolder folder;
  auto absolute = std::filesystem::absolute(path).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // "state/" names the same folder
  folder.path_ = absolute;
  if (auto made = make_folder(absolute); !made) return made.error();
  const std::string file = folder.path_ + "/tandem.lock";
  folder.lock_ = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!folder.lock_) return failed("open", file, errno);
  if (::flock(folder.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock", file, errno);
    return Error{ErrorCode::busy, fmt::format("{} is in use by {}: one Tandem a state folder", folder.path_, holder(folder.lock_.get()))};
  }
  const std::string pid = std::to_string(::getpid()) + '\n';
  if (::ftruncate(folder.lock_.get(), 0) != 0 || ::pwrite(folder.lock_.get(), pid.data(), pid.size(), 0) < 0)
    return failed("write", file, errno);
  return folder;
}

}  // namespace tandem
