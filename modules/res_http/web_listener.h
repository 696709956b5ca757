// WebListener: one socket, one libmicrohttpd daemon on threads of its own. Opened, told and closed on the switch thread; what is marked so
// runs on the daemon's threads.
#pragma once

#include <microhttpd.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "web_request.h"

namespace tandem {

/// Where requests go. Any thread.
class RequestDesk : public ExchangeObserver {
 public:
  /// Takes the request for the switch thread. False: too much waits there already.
  virtual bool hand_over(uint64_t route, const std::string& right, http::Request request, std::shared_ptr<WebExchange> exchange) = 0;
  virtual const RouteBoard& routes() const = 0;
};

/// Who is behind a connection that the TLS edge hands on.
struct BehindEdge {
  SocketAddress peer;
  std::optional<http::Certificate> certificate;
};
/// Any thread. Nothing: not from the edge.
using FindPeer = std::function<std::optional<BehindEdge>(const SocketAddress& source)>;

struct WebListenerSettings {
  std::string name;    ///< "https-phone"
  std::string serves;  ///< whose routes: "http-phone"
  SocketAddress address;
  unsigned threads = 1;
  ConnectionLimits limits;
  RequestLimits request;
  FindPeer find_peer;  ///< null: clients come themselves
};

class WebListener {
 public:
  static Result<std::unique_ptr<WebListener>> open(WebListenerSettings settings, RequestDesk& desk);
  /// Every exchange must have been answered or ended: see quiesce().
  ~WebListener();
  WebListener(const WebListener&) = delete;
  WebListener& operator=(const WebListener&) = delete;

  const std::string& name() const { return settings_.name; }
  const std::string& serves() const { return settings_.serves; }
  const SocketAddress& bound() const { return bound_; }
  void set_limits(const ConnectionLimits& limits) { book_.set_limits(limits); }
  /// From now on every new request gets a 503 at once, so that none waits when the daemon stops.
  void quiesce() { stopping_ = true; }
  size_t cut_late(Instant now) { return book_.cut_late(now); }

  struct Counts {
    ConnectionBook::Counts connections;
    std::array<uint64_t, 5> answers{};  ///< 1xx to 5xx
  };
  Counts counts() const;

 private:
  WebListener(WebListenerSettings settings, RequestDesk& desk);
  Result<void> bind();
  Result<void> start();

  // The daemon's threads.
  void opened(MHD_Connection* connection, void** context);
  MHD_Result serve(MHD_Connection* connection, WebRequest& request, const char* method, const char* data, size_t* size);
  MHD_Result answer(MHD_Connection* connection, WebRequest& request);
  MHD_Result respond(MHD_Connection* connection, WebRequest& request, http::Response response);
  MHD_Result respond(MHD_Connection* connection, WebRequest& request, const http::File& file);
  MHD_Result respond_streaming(MHD_Connection* connection, WebRequest& request, const http::Response& head);
  MHD_Result queue(MHD_Connection* connection, WebRequest& request, int status, MHD_Response* response);
  void completed(WebRequest& request, bool whole);

  const WebListenerSettings settings_;
  RequestDesk& desk_;
  ConnectionBook book_;
  SocketAddress bound_;
  int socket_ = -1;
  std::atomic<bool> stopping_{false};
  std::array<std::atomic<uint64_t>, 5> answers_{};
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace tandem
