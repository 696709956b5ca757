// ConnectionBook: who is connected to one listener, in bounds, and until when a connection must have got on. Any thread.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "tandem/address.h"
#include "tandem/clock.h"
#include "tandem/http_server.h"

namespace tandem {

struct ConnectionLimits {
  size_t in_all = 1000;
  size_t per_source = 100;
  std::chrono::milliseconds idle{std::chrono::seconds(15)};     ///< between requests, and for a client that takes nothing
  std::chrono::milliseconds request{std::chrono::seconds(20)};  ///< from the first octet of a request to its last
  std::chrono::milliseconds answer{std::chrono::seconds(30)};   ///< a handler's time
};

/// One connection. The listener's thread, but `deadline`.
struct WebConnection {
  int fd = -1;
  SocketAddress peer;  ///< the client, also behind the edge
  SocketAddress source;
  bool https = false;
  bool refused = false;  ///< one too many: it gets a 503
  std::optional<http::Certificate> certificate;
  std::atomic<Instant> deadline{Instant::max()};  ///< cut then
};

class ConnectionBook {
 public:
  explicit ConnectionBook(const ConnectionLimits& limits) : limits_(limits) {}

  void set_limits(const ConnectionLimits& limits);
  ConnectionLimits limits() const;
  /// Enters it, with `refused` set when there are too many, in all or of its source (an IPv4 address, an IPv6 /64).
  WebConnection* open(std::unique_ptr<WebConnection> connection);
  /// Before its descriptor is closed.
  void close(WebConnection* connection);
  /// Shuts down what is beyond its deadline: whoever serves it sees an end. Returns how many.
  size_t cut_late(Instant now);
  void cut(WebConnection* connection);

  struct Counts {
    size_t open = 0;
    uint64_t accepted = 0, refused = 0, cut = 0;
  };
  Counts counts() const;

 private:
  mutable std::mutex mutex_;
  ConnectionLimits limits_;
  std::unordered_map<WebConnection*, std::unique_ptr<WebConnection>> connections_;
  std::unordered_map<SocketAddress, size_t> of_source_;
  Counts counts_;
};

}  // namespace tandem
