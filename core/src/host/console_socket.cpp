#include "host/console_socket.h"

#include <fmt/format.h>

#include <cstring>

namespace tandem {

Result<sockaddr_un> console_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::invalid, fmt::format("{}: a socket's path may have {} bytes at most; choose a shorter state folder", path,
                                                 sizeof address.sun_path - 1)};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace tandem
