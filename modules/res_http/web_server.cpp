#include "web_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("http");
constexpr std::chrono::seconds kSweep{1};
constexpr int kSweepsAComment = 15;  ///< streams of events get a comment, which finds out who has gone
constexpr std::array<std::string_view, 3> kListeners{"http-phone", "http-api", "http-files"};
constexpr std::array<std::string_view, 5> kRouteMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};

template <class Range>
bool contains(const Range& range, std::string_view word) {
  return std::ranges::find(range, word) != range.end();
}

}  // namespace

WebServer::WebServer(Loop& loop) : loop_(loop), access_(loop), alive_(std::make_shared<WebServer*>(this)), sweeper_(loop) {
  sweeper_.start(kSweep, [this] { sweep(); });
}

WebServer::~WebServer() { stop(); }

// A daemon must not stop while a connection waits for an answer: first everybody is answered, and nobody may begin to wait.
void WebServer::stop() {
  for (const auto& listener : listeners_) listener->quiesce();
  std::vector<Live> live;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    live.swap(live_);
  }
  for (const auto& one : live) {
    if (const auto exchange = one.exchange.lock()) {
      exchange->answer(http::Response{.status = 503, .body = "the server is stopping\n", .headers = {{"Retry-After", "10"}}});
      exchange->end();
    }
  }
  listeners_.clear();
}

Result<const WebListener*> WebServer::listen(WebListenerSettings settings, std::string url) {
  auto opened = WebListener::open(std::move(settings), *this);
  if (!opened) return opened.error();
  const WebListener* const listener = opened->get();
  if (url.empty()) url = "http://" + listener->bound().to_string();
  urls_[listener->name()] = std::move(url);
  listeners_.push_back(std::move(*opened));
  return listener;
}

void WebServer::configure(const HttpSettings& settings) {
  access_.configure(settings.users);
  answer_time_ = settings.connections.answer;
  for (const auto& listener : listeners_) listener->set_limits(settings.connections);
}

Result<Registration> WebServer::route(http::Route route) {
  if (!contains(kListeners, route.listener)) return Error{ErrorCode::not_found, "there is no listener " + route.listener};
  if (!contains(kRouteMethods, route.method)) return Error{ErrorCode::invalid, "a route cannot serve the method " + route.method};
  auto parts = read_pattern(route.path);
  if (!parts) return parts.error();
  for (const auto& [id, known] : facts_) {
    const auto& entry = known.entry;
    const auto same = [](const PathPart& a, const PathPart& b) {
      return a.kind == b.kind && (a.kind != PathPart::Kind::fixed || a.text == b.text);
    };
    if (entry.listener != route.listener || entry.method != route.method) continue;
    if (std::ranges::equal(entry.parts, *parts, same))
      return Error{ErrorCode::exists, fmt::format("{} {} is taken", route.method, route.path)};
  }
  const uint64_t id = next_route_++;
  facts_.emplace(
      id, RouteFacts{{id, route.listener, route.method, route.path, std::move(*parts), route.right, route.most_body, route.log_query},
                     std::move(route.api)});
  handlers_.emplace(id, std::make_shared<http::Handler>(std::move(route.run)));
  put_routes();
  return Registration([this, id] {
    facts_.erase(id);
    handlers_.erase(id);
    put_routes();
  });
}

void WebServer::put_routes() {
  std::vector<RouteEntry> entries;
  for (const auto& [id, known] : facts_) entries.push_back(known.entry);
  board_.put(std::make_shared<RouteTable>(std::move(entries)));
}

void WebServer::verify(std::string user, std::string secret, const SocketAddress& peer, UniqueFunction<void(Result<http::User>)> done) {
  access_.check({.scheme = "basic", .user = std::move(user), .secret = std::move(secret)}, peer, false, std::move(done));
}

std::string WebServer::url(std::string_view listener) const {
  const auto it = urls_.find(listener);
  return it == urls_.end() ? "" : it->second;
}

size_t WebServer::waiting() const {
  const std::lock_guard lock(mutex_);
  return live_.size();
}

bool WebServer::hand_over(uint64_t route, const std::string& right, http::Request request, std::shared_ptr<WebExchange> exchange) {
  request.id = fmt::format("H-{:08x}", next_request_.fetch_add(1));
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    live_.push_back({exchange});
  }
  return loop_.post(
      [alive = std::weak_ptr(alive_), route, right, r = std::move(request), e = std::move(exchange)]() mutable {
        const auto server = alive.lock();
        if (server) (*server)->serve(route, right, std::move(r), e);
      },
      Share::new_work);
}

void WebServer::serve(uint64_t route, const std::string& right, http::Request request, const std::shared_ptr<WebExchange>& exchange) {
  const auto handler = handlers_.find(route);
  if (handler == handlers_.end()) return exchange->answer(refusal_of(request.listener, 404, "there is nothing at this address any more"));
  ++facts_.at(route).asked;
  if (right.empty()) return run(handler->second, std::move(request), exchange);
  const auto* const authorization = request.header("authorization");
  auto credentials = authorization == nullptr ? Credentials() : read_credentials(*authorization);
  const auto listener = request.listener;
  const auto challenge = [listener, exchange](const std::string& sentence) {
    exchange->answer(
        refusal_of(listener, 401, sentence,
                   {{"WWW-Authenticate", "Basic realm=\"tandem\", charset=\"UTF-8\""}, {"WWW-Authenticate", "Bearer realm=\"tandem\""}}));
  };
  if (credentials.scheme.empty()) return challenge("an application user's name and secret are needed, or a token");
  const auto peer = request.peer;
  const bool https = request.https;
  auto judged = [this, run = handler->second, right, challenge, exchange, r = std::move(request)](Result<http::User> user) mutable {
    if (!user && user.error().code == ErrorCode::forbidden) return challenge(user.error().message);
    if (!user) {
      const int status = user.error().code == ErrorCode::busy ? 429 : 503;
      return exchange->answer(refusal_of(r.listener, status, user.error().message, {{"Retry-After", "5"}}));
    }
    if (!user->may(right)) return exchange->answer(refusal_of(r.listener, 403, fmt::format("{} has not the right {}", user->name, right)));
    r.user = std::move(*user);
    this->run(run, std::move(r), exchange);
  };
  access_.check(std::move(credentials), peer, https, std::move(judged));
}

void WebServer::run(const Handler& handler, http::Request request, const std::shared_ptr<WebExchange>& exchange) {
  // The handler may undo its own route.
  const Handler kept = handler;  // NOLINT(performance-unnecessary-copy-initialization)
  (*kept)(std::move(request), http::Reply(exchange));
}

void WebServer::gone(Task task) {
  {
    const std::lock_guard lock(mutex_);
    gone_.push_back(std::move(task));
  }
  const auto tell = [alive = std::weak_ptr(alive_)] {
    if (const auto server = alive.lock()) (*server)->tell_gone();
  };
  (void)!loop_.post(tell, Share::existing);  // else the next sweep does
}

void WebServer::tell_gone() {
  std::vector<Task> now;
  {
    const std::lock_guard lock(mutex_);
    now.swap(gone_);
  }
  for (auto& task : now) task();
}

void WebServer::sweep() {
  const Instant now = loop_.clock().now();
  for (const auto& listener : listeners_) {
    if (const size_t late = listener->cut_late(system_clock().now()); late > 0) {
      kLog.line(LogLevel::info, "{}: {} connections were too slow, and are cut", listener->name(), late);
    }
  }
  const bool comment = ++sweeps_ % kSweepsAComment == 0;
  std::vector<std::shared_ptr<WebExchange>> late, streams;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(live_, [](const Live& one) { return one.exchange.expired(); });
    for (auto& one : live_) {
      auto exchange = one.exchange.lock();
      if (!exchange) continue;
      one.since = std::min(one.since, now);  // the first sweep that sees it
      if (comment && exchange->streaming_events()) streams.push_back(exchange);
      if (one.late || now - one.since < answer_time_ || exchange->answered()) continue;
      one.late = true;
      late.push_back(std::move(exchange));
    }
  }
  for (const auto& exchange : streams) exchange->write(":\n\n");
  for (const auto& exchange : late) {
    ++timed_out_;
    exchange->answer(http::Response{.status = 503, .body = "no answer in time\n", .headers = {{"Retry-After", "5"}}});
  }
  tell_gone();
  sweeper_.start(kSweep, [this] { sweep(); });
}

}  // namespace tandem
