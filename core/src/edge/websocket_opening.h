// The opening of a WebSocket: the HTTP request that asks for one (RFC 6455 4, RFC 7118 4) and our answer. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem {

inline constexpr size_t kMostOpening = 8192;  ///< octets of a request

struct WebSocketOpening {
  bool accepted = false;
  std::string answer;  ///< to send, whole
  std::string why;     ///< for the log, where it is refused
};

/// `request`: up to and with its empty line. `origins`: from which pages a browser may come ("https://phones.example"); empty: from any.
WebSocketOpening answer_opening(std::string_view request, const std::vector<std::string>& origins);

/// RFC 6455 4.2.2 (5.4): what proves that the request was read.
std::string websocket_accept(std::string_view key);

}  // namespace tandem
