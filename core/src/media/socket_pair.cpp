#include "media/socket_pair.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace tandem {
namespace {

Error system_error(std::string_view what, int code) {
  const bool exhausted = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
  return Error{exhausted ? ErrorCode::exhausted : ErrorCode::io, fmt::format("{}: {}", what, std::generic_category().message(code))};
}

/// 0 or errno.
int make_socket(Descriptor& socket, int family, int dscp) {
  socket = Descriptor(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  if (dscp == 0) return 0;
  const int tos = dscp << 2;
  const bool v6 = family == AF_INET6;
  const int set = v6 ? ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos)
                     : ::setsockopt(socket.get(), IPPROTO_IP, IP_TOS, &tos, sizeof tos);
  return set == 0 ? 0 : errno;
}

/// 0 or errno. A socket that was bound by an earlier attempt is replaced; one that was not is used again.
int bind_socket(Descriptor& socket, const SocketAddress& local, int dscp) {
  if (!socket) {
    if (const int failed = make_socket(socket, local.family(), dscp); failed != 0) return failed;
  }
  return ::bind(socket.get(), local.sa(), local.length()) == 0 ? 0 : errno;
}

}  // namespace

Result<SocketPair> open_socket_pair(PortPool& pool, const SocketAddress& address, int dscp) {
  SocketPair pair{.rtp = {}, .rtcp = {}, .local_rtp = address, .local_rtcp = address};
  // Each port is tried once at most, also when ports do not rest at all.
  for (size_t tries = pool.size(); tries > 0; --tries) {
    const auto port = pool.take();
    if (!port) break;
    pair.local_rtp.set_port(*port);
    pair.local_rtcp.set_port(static_cast<uint16_t>(*port + 1));
    int failed = bind_socket(pair.rtp, pair.local_rtp, dscp);
    if (failed == 0) {
      failed = bind_socket(pair.rtcp, pair.local_rtcp, dscp);
      if (failed == 0) return pair;
      pair.rtp.reset();
    }
    pool.give_back(*port);
    if (failed != EADDRINUSE) return system_error(fmt::format("cannot open RTP port {}", pair.local_rtp.to_string()), failed);
  }
  return Error{ErrorCode::exhausted,
               fmt::format("no RTP port is free on {}: {} of {} pairs are in use, the others rest or are held by other processes",
                           address.host(), pool.in_use(), pool.size())};
}

}  // namespace tandem
