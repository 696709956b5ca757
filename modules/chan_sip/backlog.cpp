#include "backlog.h"

#include <dirent.h>
#include <linux/sock_diag.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

namespace tandem {
namespace {

bool is_bound_to(int fd, const SocketAddress& wanted) {
  int type = 0;
  socklen_t length = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_DGRAM) return false;
  sockaddr_storage bound{};
  length = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return false;
  return SocketAddress(reinterpret_cast<const sockaddr*>(&bound), length) == wanted;
}

}  // namespace

Backlog::Backlog(const SocketAddress& bound, int buffer) {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* const entry = readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2 && is_bound_to(fd, bound)) descriptor_ = fd;
  }
  closedir(folder);
  if (descriptor_ >= 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
}

bool Backlog::waits() const {
  int octets = 0;  // of the next datagram
  return descriptor_ >= 0 && ::ioctl(descriptor_, FIONREAD, &octets) == 0 && octets > 0;
}

bool Backlog::behind() const {
  std::array<unsigned, SK_MEMINFO_VARS> memory{};
  socklen_t length = sizeof memory;
  if (descriptor_ < 0 || ::getsockopt(descriptor_, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return false;
  // What has been read counts until a quarter of the buffer has been, or all of it (udp(7) does not say so): between a quarter and a half
  // waits.
  return memory[SK_MEMINFO_RMEM_ALLOC] > memory[SK_MEMINFO_RCVBUF] / 2;
}

}  // namespace tandem
