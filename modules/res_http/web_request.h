// WebRequest: a request while it comes in on the listener's thread: judged when its head is there, collected, handed over. One owner, the
// listener's thread.
#pragma once

#include <microhttpd.h>

#include <memory>
#include <optional>
#include <string>

#include "route_table.h"
#include "tandem/clock.h"
#include "web_exchange.h"

namespace tandem {

/// Bounds on what is read at all.
struct RequestLimits {
  size_t target = 4096;
  size_t headers = 16384;  ///< octets of all names and values
  size_t header_count = 100;
};

/// Octets of a refused body that are read and forgotten, so that the client sees the answer and may keep the connection.
inline constexpr size_t kMostForgotten = 65536;

struct WebRequest {
  std::string target;  ///< as it came, with the query
  http::Request request;
  std::string method;  ///< as it came: HEAD is HEAD
  std::shared_ptr<const RouteTable> table;
  const RouteEntry* route = nullptr;
  std::shared_ptr<WebExchange> exchange;
  WebConnection* line = nullptr;
  std::optional<http::Response> refusal;  ///< what is wrong with it
  bool close = false;                     ///< the connection cannot serve another request
  bool begun = false, handed_over = false;
  size_t read = 0;  ///< octets of the body
  Instant since{};
  int status = 0;  ///< of the answer, for the log
  uint64_t sent = 0;

  /// Reads the head: everything that can be refused is refused here, before anything is made for it. `of` says which listener.
  void begin(MHD_Connection* connection, std::string_view listener, const RequestLimits& limits, const RouteBoard& routes);
  /// A piece of the body. False: so much too much that the connection is cut.
  bool take(std::string_view piece);
  /// The body is whole: its form is read.
  void complete();
  void refuse(int status, std::string sentence, http::Fields headers = {});

 private:
  void read_headers(MHD_Connection* connection, const RequestLimits& limits);
  void check_length();
  void choose_route(std::string_view listener, const RouteBoard& routes);
};

/// An answer that the server itself gives: a JSON object for http-api, a line of text elsewhere.
http::Response refusal_of(std::string_view listener, int status, const std::string& sentence, http::Fields headers = {});

}  // namespace tandem
