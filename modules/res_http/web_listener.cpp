#include "web_listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("http");
/// Connections beyond the limit that are still let in, to be told so.
constexpr size_t kToRefuse = 64;
constexpr size_t kPoolRoom = 8192;  ///< of a connection's memory, besides the request's head: for the answer's

WebListener* self(void* cls) { return static_cast<WebListener*>(cls); }

WebConnection* line_of(MHD_Connection* connection) {
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == nullptr ? nullptr : static_cast<WebConnection*>(info->socket_context);
}

}  // namespace

Result<std::unique_ptr<WebListener>> WebListener::open(WebListenerSettings settings, RequestDesk& desk) {
  std::unique_ptr<WebListener> listener(new WebListener(std::move(settings), desk));
  if (auto bound = listener->bind(); !bound) return bound.error();
  if (auto started = listener->start(); !started) return started.error();
  return listener;
}

WebListener::WebListener(WebListenerSettings settings, RequestDesk& desk)
    : settings_(std::move(settings)), desk_(desk), book_(settings_.limits) {}

WebListener::~WebListener() {
  if (daemon_ != nullptr) {
    MHD_stop_daemon(daemon_);  // closes the socket too
  } else if (socket_ >= 0) {
    ::close(socket_);
  }
}

Result<void> WebListener::bind() {
  const auto failed = [this] {
    const int number = errno;
    return Error{ErrorCode::io,
                 fmt::format("{} cannot be served at {}: {}", settings_.name, settings_.address.to_string(), std::strerror(number))};
  };
  socket_ = ::socket(settings_.address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return failed();
  const int yes = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (settings_.address.family() == AF_INET6) ::setsockopt(socket_, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  if (::bind(socket_, settings_.address.sa(), settings_.address.length()) != 0 || ::listen(socket_, SOMAXCONN) != 0) return failed();
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size) != 0) return failed();
  bound_ = SocketAddress(reinterpret_cast<const sockaddr*>(&name), size);
  return {};
}

Result<void> WebListener::start() {
  const MHD_AccessHandlerCallback handler = [](void* cls, MHD_Connection* connection, const char*, const char* method, const char*,
                                               const char* data, size_t* size, void** request) {
    return self(cls)->serve(connection, **static_cast<std::unique_ptr<WebRequest>*>(*request), method, data, size);
  };
  using Named = void* (*)(void*, const char*, MHD_Connection*);
  const Named named = [](void* cls, const char* target, MHD_Connection* connection) -> void* {
    auto request = std::make_unique<WebRequest>();
    request->target = target;
    request->since = system_clock().now();
    request->line = line_of(connection);
    if (request->line != nullptr) request->line->deadline.store(request->since + self(cls)->book_.limits().request);
    return new std::unique_ptr<WebRequest>(std::move(request));  // libmicrohttpd carries it until `done`
  };
  const MHD_RequestCompletedCallback done = [](void* cls, MHD_Connection*, void** request, MHD_RequestTerminationCode why) {
    const std::unique_ptr<std::unique_ptr<WebRequest>> owned(static_cast<std::unique_ptr<WebRequest>*>(std::exchange(*request, nullptr)));
    if (owned) self(cls)->completed(**owned, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  };
  const MHD_NotifyConnectionCallback noted = [](void* cls, MHD_Connection* connection, void** context,
                                                MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_STARTED) return self(cls)->opened(connection, context);
    if (*context != nullptr) self(cls)->book_.close(static_cast<WebConnection*>(std::exchange(*context, nullptr)));
  };
  using Logged = void (*)(void*, const char*, va_list);
  const Logged logged = [](void*, const char* format, va_list arguments) {
    std::array<char, 300> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    kLog.line(LogLevel::debug, "libmicrohttpd: {}", std::string_view(line.data()));
  };
  const auto most = static_cast<unsigned>(settings_.limits.in_all + kToRefuse);
  const auto idle = static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(settings_.limits.idle).count());
  const size_t memory = settings_.request.headers * 2 + settings_.request.target + kPoolRoom;
  const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                         (bound_.family() == AF_INET6 ? unsigned{MHD_USE_IPv6} : 0U);
  std::array<MHD_OptionItem, 2> pool{{{MHD_OPTION_END, 0, nullptr}, {MHD_OPTION_END, 0, nullptr}}};
  if (settings_.threads > 1) pool[0] = {MHD_OPTION_THREAD_POOL_SIZE, static_cast<intptr_t>(settings_.threads), nullptr};
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, handler, this, MHD_OPTION_EXTERNAL_LOGGER, logged, this, MHD_OPTION_LISTEN_SOCKET,
                             socket_, MHD_OPTION_URI_LOG_CALLBACK, named, this, MHD_OPTION_NOTIFY_COMPLETED, done, this,
                             MHD_OPTION_NOTIFY_CONNECTION, noted, this, MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_CONNECTION_TIMEOUT,
                             idle, MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
                             pool.data(), MHD_OPTION_END);
  if (daemon_ == nullptr) return Error{ErrorCode::io, settings_.name + ": libmicrohttpd does not start"};
  return {};
}

void WebListener::opened(MHD_Connection* connection, void** context) {
  auto line = std::make_unique<WebConnection>();
  if (const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)) line->fd = info->connect_fd;
  if (const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)) {
    const sockaddr* const sa = info->client_addr;
    line->peer = SocketAddress(sa, sa->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
  }
  bool stranger = false;
  if (settings_.find_peer) {
    auto behind = settings_.find_peer(line->peer);
    stranger = !behind;
    if (behind) {
      line->peer = behind->peer;
      line->certificate = std::move(behind->certificate);
    }
    line->https = true;
  }
  const auto limits = book_.limits();
  line->deadline.store(system_clock().now() + limits.idle + limits.request);
  auto* const raw = book_.open(std::move(line));
  *context = raw;
  if (stranger) book_.cut(raw);  // somebody on this machine who found the edge's door
}

MHD_Result WebListener::serve(MHD_Connection* connection, WebRequest& request, const char* method, const char* data, size_t* size) {
  if (request.line == nullptr) return MHD_NO;
  if (!request.begun) {
    request.method = method;
    request.begin(connection, settings_.serves, settings_.request, desk_.routes());
    if (request.refusal && request.close) return respond(connection, request, std::move(*request.refusal));
    return MHD_YES;
  }
  if (*size > 0) {
    const std::string_view piece(data, std::exchange(*size, 0));
    return request.take(piece) ? MHD_YES : MHD_NO;
  }
  if (!request.handed_over) {
    request.line->deadline.store(Instant::max());  // from here on it is our time
    request.complete();
    if (!request.refusal && (stopping_ || desk_.routes().table() == nullptr)) {
      request.refuse(503, "the server is stopping", {{"Retry-After", "10"}});
    }
    if (!request.refusal) {
      request.exchange = std::make_shared<WebExchange>(book_, request.line, connection, desk_);
      request.handed_over = desk_.hand_over(request.route->id, request.route->right, std::move(request.request), request.exchange);
      if (!request.handed_over) {
        request.exchange = nullptr;
        request.refuse(503, "too busy", {{"Retry-After", "5"}});
      }
    }
    if (request.refusal) return respond(connection, request, std::move(*request.refusal));
  }
  return answer(connection, request);
}

MHD_Result WebListener::answer(MHD_Connection* connection, WebRequest& request) {
  auto outcome = request.exchange->take_or_suspend();
  if (std::holds_alternative<WebExchange::Waiting>(outcome)) return MHD_YES;
  if (auto* const response = std::get_if<http::Response>(&outcome)) return respond(connection, request, std::move(*response));
  if (const auto* const file = std::get_if<http::File>(&outcome)) return respond(connection, request, *file);
  return respond_streaming(connection, request, std::get<WebExchange::Streaming>(outcome).head);
}

WebListener::Counts WebListener::counts() const {
  Counts counts{book_.counts(), {}};
  for (size_t i = 0; i < answers_.size(); ++i) counts.answers[i] = answers_[i].load();
  return counts;
}

}  // namespace tandem
