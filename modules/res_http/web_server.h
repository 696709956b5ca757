// WebServer: the HttpServer. Routes and handlers on the switch thread; what is marked so is called by the listeners' threads.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api_access.h"
#include "http_settings.h"
#include "tandem/http_server.h"
#include "tandem/loop.h"
#include "web_listener.h"

namespace tandem {

class WebServer final : public HttpServer, private RequestDesk {
 public:
  explicit WebServer(Loop& loop);
  /// Answers what waits, then stops the listeners.
  ~WebServer() override;
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// Serves `name`; its routes are those of `settings.serves`.
  Result<const WebListener*> listen(WebListenerSettings settings, std::string url);
  void configure(const HttpSettings& settings);

  Result<Registration> route(http::Route route) override;
  void verify(std::string user, std::string secret, const SocketAddress& peer, UniqueFunction<void(Result<http::User>)> done) override;
  std::string url(std::string_view listener) const override;

  struct RouteFacts {
    RouteEntry entry;
    Json api;
    uint64_t asked = 0;
  };
  const std::map<uint64_t, RouteFacts>& route_facts() const { return facts_; }
  const std::vector<std::unique_ptr<WebListener>>& listeners() const { return listeners_; }
  size_t waiting() const;
  uint64_t timed_out() const { return timed_out_; }

 private:
  using Handler = std::shared_ptr<http::Handler>;
  struct Live {
    std::weak_ptr<WebExchange> exchange;
    Instant since = Instant::max();
    bool late = false;  ///< has had its 503
  };

  // The listeners' threads.
  bool hand_over(uint64_t route, const std::string& right, http::Request request, std::shared_ptr<WebExchange> exchange) override;
  const RouteBoard& routes() const override { return board_; }
  void gone(Task task) override;

  void put_routes();
  void serve(uint64_t route, const std::string& right, http::Request request, const std::shared_ptr<WebExchange>& exchange);
  void run(const Handler& handler, http::Request request, const std::shared_ptr<WebExchange>& exchange);
  void tell_gone();
  void sweep();
  void stop();

  Loop& loop_;
  RouteBoard board_;
  std::map<uint64_t, RouteFacts> facts_;
  std::map<uint64_t, Handler> handlers_;
  uint64_t next_route_ = 1;
  ApiAccess access_;
  std::map<std::string, std::string, std::less<>> urls_;
  std::chrono::milliseconds answer_time_{std::chrono::seconds(30)};
  uint64_t timed_out_ = 0;
  std::shared_ptr<WebServer*> alive_;
  Timer sweeper_;
  int sweeps_ = 0;
  std::atomic<uint64_t> next_request_{1};

  mutable std::mutex mutex_;
  std::vector<Live> live_;  ///< guarded by mutex_, as are the next two
  std::vector<Task> gone_;
  bool stopped_ = false;
  std::vector<std::unique_ptr<WebListener>> listeners_;  ///< last: their threads end first
};

}  // namespace tandem
