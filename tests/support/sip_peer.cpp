#include "support/sip_peer.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace tandem::test {
namespace {

using Time = std::chrono::steady_clock;
constexpr Milliseconds kT1{500};

std::string token(std::string_view prefix) {
  static std::atomic<uint64_t> next{std::random_device{}()};
  return fmt::format("{}{:x}x{:x}", prefix, static_cast<unsigned>(::getpid()), ++next);
}

SocketAddress bound_to(int fd) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) throw std::runtime_error("getsockname failed");
  return {reinterpret_cast<sockaddr*>(&name), length};
}

bool is_final(const SipMessage& m) { return m.status() >= 200; }

void add_body(SipMessage& message, const std::string& sdp) {
  if (sdp.empty()) return;
  message.add("Content-Type", "application/sdp");
  message.body = sdp;
}

}  // namespace

SipPeer::SipPeer(const SocketAddress& server, std::string name, std::string secret, Over over)
    : credentials{name, std::move(secret), {}},
      server_(server),
      name_(std::move(name)),
      tcp_(over != Over::udp),
      from_tag_(token("f")),
      registration_id_(token("reg")) {
  if (tcp_) {
    over == Over::tcp_server ? listen() : connect();
    return;
  }
  const bool v6 = server.family() == AF_INET6;
  fd_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const auto any_port = SocketAddress::from(v6 ? "::1" : "127.0.0.1", 0);
  if (fd_ < 0 || !any_port || ::bind(fd_, any_port->sa(), any_port->length()) != 0) throw std::runtime_error("cannot bind a UDP socket");
  local_ = bound_to(fd_);
}

SipPeer::~SipPeer() {
  ::close(fd_);
  ::close(listener_);
}

void SipPeer::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const auto any_port = SocketAddress::from("127.0.0.1", 0);
  if (listener_ < 0 || !any_port || ::bind(listener_, any_port->sa(), any_port->length()) != 0 || ::listen(listener_, 8) != 0)
    throw std::runtime_error("cannot listen");
  local_ = bound_to(listener_);
}

void SipPeer::connect() {
  fd_ = ::socket(server_.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || ::connect(fd_, server_.sa(), server_.length()) != 0) throw std::runtime_error("cannot connect to " + server_.to_string());
  closed_ = false;
  stream_.clear();
  local_ = bound_to(fd_);
}

void SipPeer::disconnect(bool hard) {
  const linger now{1, 0};
  if (hard) (void)::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(fd_, -1));
}

bool SipPeer::closed_by_server(Milliseconds limit) {
  (void)receive([this](const SipMessage&) { return closed_; }, closed_ ? Milliseconds(0) : limit);
  return closed_;
}

std::string SipPeer::via() const {
  return fmt::format("SIP/2.0/{} {};branch={};rport", tcp_ ? "TCP" : "UDP", local_.to_string(), new_branch());
}

std::string SipPeer::new_branch() { return token("z9hG4bK"); }

void SipPeer::send(const std::string& bytes) {
  ladder_.push_back("-> " + bytes.substr(0, bytes.find("\r\n")).substr(0, 100));
  if (tcp_) {
    (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return;
  }
  (void)!::sendto(fd_, bytes.data(), bytes.size(), 0, server_.sa(), server_.length());
}

SipMessage SipPeer::make_request(const std::string& method, const std::string& to_uri) {
  SipMessage request;
  request.start = method + " " + to_uri + " SIP/2.0";
  request.add("Via", via());
  request.add("Max-Forwards", "70");
  request.add("From", fmt::format("<{}>;tag={}", uri(name_), token("f")));
  request.add("To", fmt::format("<{}>", to_uri));
  request.add("Call-ID", token("call"));
  request.add("CSeq", "1 " + method);
  request.add("Contact", contact());
  return request;
}

SipMessage SipPeer::authorized(const SipMessage& request, const SipMessage& refusal) {
  const bool proxy = refusal.status() == 407;
  SipMessage again = request;
  again.set("Via", via());
  again.set("CSeq", fmt::format("{} {}", request.cseq() + 1, request.method()));
  again.set(
      proxy ? "Proxy-Authorization" : "Authorization",
      digest_response(credentials, refusal.header(proxy ? "Proxy-Authenticate" : "WWW-Authenticate"), request.method(), request.uri()));
  return again;
}

SipMessage SipPeer::transact(const SipMessage& request) {
  // The one place that repeats by itself, as RFC 3261 17.1.2.1 has it: these are the steps that a test takes for granted.
  const auto response_to = [this](const SipMessage& sent) {
    for (Milliseconds waited{0}; waited < kPatience; waited += kT1) {
      send(sent);
      if (auto got = receive([&](const SipMessage& m) { return is_final(m) && m.branch() == sent.branch(); }, kT1)) return *got;
    }
    fail("a final response to " + sent.method());
  };
  SipMessage response = response_to(request);
  if (response.status() == 401 || response.status() == 407) response = response_to(authorized(request, response));
  return response;
}

SipMessage SipPeer::enroll(int expires, const std::string& contact_value) {
  SipMessage request = make_request("REGISTER", "sip:" + server_.to_string());
  request.set("From", fmt::format("<{}>;tag={}", uri(name_), from_tag_));
  request.set("To", fmt::format("<{}>", uri(name_)));
  request.set("Call-ID", registration_id_);
  request.set("CSeq", fmt::format("{} REGISTER", registration_cseq_));
  registration_cseq_ += 2;
  request.set("Contact", contact_value.empty() ? contact() : contact_value);
  request.add("Expires", std::to_string(expires));
  return transact(request);
}

Dialog SipPeer::invite(const std::string& number, const std::string& sdp, const Headers& extra) {
  Dialog dialog;
  dialog.invite = make_request("INVITE", uri(number));
  for (const auto& [name, value] : extra) dialog.invite.set(name, value);
  add_body(dialog.invite, sdp);
  dialog.call_id = dialog.invite.header("Call-ID");
  dialog.local_tag = dialog.invite.tag("From");
  dialog.local_uri = uri_of(dialog.invite.header("From"));
  dialog.remote_uri = dialog.target = dialog.invite.uri();
  send(dialog.invite);
  return dialog;
}

Dialog SipPeer::call(const std::string& number, const std::string& sdp, const Headers& extra) {
  Dialog dialog = invite(number, sdp, extra);
  const auto refusal = receive(
      [&](const SipMessage& m) { return (m.status() == 401 || m.status() == 407) && m.branch() == dialog.invite.branch(); }, kPatience);
  if (!refusal) fail("a challenge to INVITE");
  ack(dialog, *refusal);
  dialog.invite = authorized(dialog.invite, *refusal);
  dialog.cseq = dialog.invite.cseq();
  send(dialog.invite);
  return dialog;
}

void SipPeer::learn(Dialog& dialog, const SipMessage& response) {
  dialog.remote_tag = response.tag("To");
  if (response.has("Contact")) dialog.target = uri_of(response.header("Contact"));
  dialog.route = response.all("Record-Route");
  std::reverse(dialog.route.begin(), dialog.route.end());
}

void SipPeer::ack(Dialog& dialog, const SipMessage& response, const std::string& sdp) {
  const bool success = response.status() < 300;
  SipMessage request;
  request.start = "ACK " + (success ? dialog.target : dialog.invite.uri()) + " SIP/2.0";
  // RFC 3261, 17.1.1.3: the ACK of a refusal belongs to the INVITE's transaction; 13.2.2.4: that of a 2xx is one of its own.
  request.add("Via", success ? via() : dialog.invite.header("Via"));
  request.add("Max-Forwards", "70");
  for (const auto& route : dialog.route) request.add("Route", route);
  request.add("From", response.header("From"));
  request.add("To", response.header("To"));
  request.add("Call-ID", response.header("Call-ID"));
  request.add("CSeq", fmt::format("{} ACK", response.cseq()));
  add_body(request, sdp);
  send(request);
}

void SipPeer::cancel(const Dialog& dialog) {
  SipMessage request;
  request.start = "CANCEL " + dialog.invite.uri() + " SIP/2.0";
  for (const char* name : {"Via", "Max-Forwards", "From", "To", "Call-ID"}) request.add(name, dialog.invite.header(name));
  request.add("CSeq", fmt::format("{} CANCEL", dialog.invite.cseq()));
  send(request);
}

SipMessage SipPeer::answered(Dialog& dialog, Milliseconds limit) {
  const auto response = receive([&](const SipMessage& m) { return is_final(m) && m.branch() == dialog.invite.branch(); }, limit);
  if (!response || response->status() >= 300) fail("200 to INVITE");
  learn(dialog, *response);
  ack(dialog, *response);
  return *response;
}

SipMessage SipPeer::in_dialog(Dialog& dialog, const std::string& method, const std::string& sdp) {
  SipMessage request;
  request.start = method + " " + dialog.target + " SIP/2.0";
  request.add("Via", via());
  request.add("Max-Forwards", "70");
  for (const auto& route : dialog.route) request.add("Route", route);
  request.add("From", fmt::format("<{}>;tag={}", dialog.local_uri, dialog.local_tag));
  request.add("To", fmt::format("<{}>;tag={}", dialog.remote_uri, dialog.remote_tag));
  request.add("Call-ID", dialog.call_id);
  request.add("CSeq", fmt::format("{} {}", ++dialog.cseq, method));
  request.add("Contact", contact());
  add_body(request, sdp);
  if (method == "INVITE") dialog.invite = request;
  return request;
}

void SipPeer::bye(Dialog& dialog) {
  send(in_dialog(dialog, "BYE"));
  expect(200, "BYE");
}

Dialog SipPeer::accept(const SipMessage& invite) {
  Dialog dialog;
  dialog.incoming = true;
  dialog.invite = invite;
  dialog.call_id = invite.header("Call-ID");
  dialog.local_tag = token("t");
  dialog.remote_tag = invite.tag("From");
  dialog.local_uri = uri_of(invite.header("To"));
  dialog.remote_uri = uri_of(invite.header("From"));
  dialog.target = uri_of(invite.header("Contact"));
  dialog.route = invite.all("Record-Route");
  dialog.cseq = 100;
  return dialog;
}

SipMessage SipPeer::respond(const Dialog& dialog, const SipMessage& request, int status, const std::string& reason, const std::string& sdp,
                            const Headers& extra) {
  SipMessage response;
  response.start = fmt::format("SIP/2.0 {} {}", status, reason);
  for (const auto& via : request.all("Via")) response.add("Via", via);
  for (const auto& route : request.all("Record-Route")) response.add("Record-Route", route);
  response.add("From", request.header("From"));
  const bool tagged = !request.tag("To").empty() || status == 100;
  response.add("To", request.header("To") + (tagged ? "" : ";tag=" + dialog.local_tag));
  response.add("Call-ID", request.header("Call-ID"));
  response.add("CSeq", request.header("CSeq"));
  if (status < 300 && status > 100) response.add("Contact", contact());
  for (const auto& [name, value] : extra) response.set(name, value);
  add_body(response, sdp);
  send(response);
  return response;
}

SipMessage SipPeer::respond(const SipMessage& request, int status, const std::string& reason, const Headers& extra) {
  Dialog stateless;
  stateless.local_tag = token("t");
  return respond(stateless, request, status, reason, {}, extra);
}

void SipPeer::take(const std::string& bytes, const SocketAddress& source) {
  SipMessage message = SipMessage::parse(bytes);
  message.source = source;
  ladder_.push_back("<- " + message.start.substr(0, 100));
  if (seen_[bytes]++ > 0) {
    ++repetitions_;
    if (!keep_repetitions) return;
  }
  if (message.is_request() && message.method() == "OPTIONS" && answer_options) {
    ++options_seen_;
    respond(message, 200, "OK");
    return;
  }
  inbox_.push_back(std::move(message));
}

// RFC 3261 18.3: Content-Length says where a message ends.
void SipPeer::pump_stream() {
  if (fd_ < 0 && listener_ >= 0) fd_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  char buffer[65536];
  for (ssize_t n = 0; fd_ >= 0 && (n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT)) >= 0;) {
    if (n == 0) {
      closed_ = true;
      break;
    }
    stream_.append(buffer, static_cast<size_t>(n));
  }
  if (fd_ >= 0 && errno == ECONNRESET) closed_ = true;
  for (;;) {
    while (stream_.starts_with("\r\n")) {
      stream_.erase(0, 2);
      ++pongs_;
    }
    const size_t head = stream_.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const SipMessage message = SipMessage::parse(std::string_view(stream_).substr(0, head + 4));
    const size_t whole = head + 4 + std::strtoul(message.header("Content-Length").c_str(), nullptr, 10);
    if (stream_.size() < whole) return;
    take(stream_.substr(0, whole), server_);
    stream_.erase(0, whole);
  }
}

void SipPeer::pump() {
  if (tcp_) return pump_stream();
  char buffer[65536];
  for (;;) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const ssize_t n = ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (n < 0) return;
    take(std::string(buffer, static_cast<size_t>(n)), {reinterpret_cast<sockaddr*>(&from), length});
  }
}

std::optional<SipMessage> SipPeer::receive(const Wanted& wanted, Milliseconds limit) {
  const auto end = Time::now() + limit;
  for (;;) {
    pump();
    const auto it = std::find_if(inbox_.begin(), inbox_.end(), wanted);
    if (it != inbox_.end()) {
      SipMessage found = std::move(*it);
      inbox_.erase(it);
      return found;
    }
    if (closed_) return std::nullopt;
    const auto left = std::chrono::ceil<Milliseconds>(end - Time::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd polled{fd_ >= 0 ? fd_ : listener_, POLLIN, 0};
    (void)::poll(&polled, 1, static_cast<int>(left.count()));
  }
}

SipMessage SipPeer::expect(int status, const std::string& method, Milliseconds limit) {
  auto got = receive([&](const SipMessage& m) { return m.status() == status && m.method() == method; }, limit);
  if (!got) fail(fmt::format("{} to {}", status, method));
  return *got;
}

SipMessage SipPeer::expect_final(const std::string& method, Milliseconds limit) {
  auto got = receive([&](const SipMessage& m) { return is_final(m) && m.method() == method; }, limit);
  if (!got) fail("a final response to " + method);
  return *got;
}

SipMessage SipPeer::expect_request(const std::string& method, Milliseconds limit) {
  auto got = receive([&](const SipMessage& m) { return m.is_request() && m.method() == method; }, limit);
  if (!got) fail("a " + method + " request");
  return *got;
}

bool SipPeer::silent(const Wanted& wanted, Milliseconds limit) { return !receive(wanted, limit).has_value(); }

void SipPeer::fail(const std::string& wanted) const {
  std::string story = fmt::format("{} waited for {}; its ladder:", name_, wanted);
  for (const auto& line : ladder_) story += "\n  " + line;
  throw std::runtime_error(story);
}

}  // namespace tandem::test
