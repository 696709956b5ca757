#include "edge/protocol.h"

#include <algorithm>

#include "edge/sip_rewrite.h"
#include "edge/websocket.h"
#include "edge/websocket_opening.h"

namespace tandem {
namespace {

using What = EdgeVerdict::What;

constexpr size_t kMostFromStack = 1 << 20;  // octets of one message of ours
constexpr std::string_view kPong = "\r\n";

/// HTTPS: unchanged both ways.
class Plain final : public EdgeProtocol {
 public:
  EdgeVerdict from_client(std::string_view octets, EdgePipes& pipes) override {
    pipes.to_inner.append(octets);
    return {};
  }
  EdgeVerdict from_inner(std::string_view octets, EdgePipes& pipes) override {
    pipes.to_client.append(octets);
    return {};
  }
  bool half_close() const override { return true; }
};

/// What SIP over TLS and over WebSockets have in common.
class Sip : public EdgeProtocol {
 public:
  Sip(const EdgeListenerSettings& settings, const EdgePeer& peer) : settings_(settings), peer_(peer) {}

  EdgeVerdict from_inner(std::string_view octets, EdgePipes& pipes) override {
    from_stack_.feed(octets);
    SipStream::Message message;
    for (;;) {
      switch (from_stack_.next(message)) {
        case SipStream::Next::message:
          to_client(message, pipes);
          break;
        case SipStream::Next::ping:
          break;
        case SipStream::Next::more:
          return {};
        case SipStream::Next::broken:
          return {What::cut, "the stack sends " + std::string(from_stack_.why())};
      }
    }
  }

 protected:
  virtual void to_client(const SipStream::Message& message, EdgePipes& pipes) = 0;
  Outward facts() const { return {settings_.kind, peer_.address, settings_.sent_by, settings_.limits.keep_alive}; }

  const EdgeListenerSettings& settings_;
  const EdgePeer& peer_;

 private:
  SipStream from_stack_{kMostFromStack};
};

class SipOverTls final : public Sip {
 public:
  SipOverTls(const EdgeListenerSettings& settings, const EdgePeer& peer) : Sip(settings, peer), stream_(settings.limits.message_size) {}

  EdgeVerdict from_client(std::string_view octets, EdgePipes& pipes) override {
    stream_.feed(octets);
    SipStream::Message message;
    for (;;) {
      switch (stream_.next(message)) {
        case SipStream::Next::message:
          append_inward(pipes.to_inner, message);
          break;
        case SipStream::Next::ping:
          pipes.to_client += kPong;
          break;
        case SipStream::Next::more:
          return {};
        case SipStream::Next::broken:
          return {What::cut, std::string(stream_.why()), true};
      }
    }
  }
  bool half() const override { return stream_.half(); }

 private:
  void to_client(const SipStream::Message& message, EdgePipes& pipes) override { append_outward(pipes.to_client, message, facts()); }

  SipStream stream_;
};

class SipOverWebSocket final : public Sip {
 public:
  SipOverWebSocket(const EdgeListenerSettings& settings, const EdgePeer& peer)
      : Sip(settings, peer), reader_(settings.limits.message_size) {}

  EdgeVerdict begin() override { return {}; }

  EdgeVerdict from_client(std::string_view octets, EdgePipes& pipes) override {
    if (open_) return frames(octets, pipes);
    opening_.append(octets);
    size_t end = opening_.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (opening_.size() > kMostOpening) return {What::cut, "an opening that is too large", true};
      return {};
    }
    end += 4;
    WebSocketOpening answer = answer_opening(std::string_view(opening_).substr(0, end), settings_.origins);
    pipes.to_client += answer.answer;
    if (!answer.accepted) return {What::finish, "no WebSocket: " + answer.why, true};
    open_ = true;
    const std::string behind = opening_.substr(end);
    opening_ = {};
    const EdgeVerdict verdict = frames(behind, pipes);
    return verdict.what == What::go_on ? EdgeVerdict{What::opened} : verdict;
  }

  bool half() const override { return open_ && reader_.half(); }
  void keep_alive(EdgePipes& pipes) override {
    if (open_) append_frame(pipes.to_client, WebSocketOpcode::ping, "");
  }
  void farewell(EdgePipes& pipes) override {
    if (open_ && !closing_) append_close(pipes.to_client, WebSocketClose::going_away, "");
    closing_ = true;
  }

 private:
  EdgeVerdict frames(std::string_view octets, EdgePipes& pipes) {
    reader_.feed(octets);
    std::string_view payload;
    for (;;) {
      switch (reader_.next(payload)) {
        case WebSocketReader::Next::message:
          if (EdgeVerdict verdict = message(payload, pipes); verdict.what != What::go_on) return verdict;
          break;
        case WebSocketReader::Next::ping:
          append_frame(pipes.to_client, WebSocketOpcode::pong, payload);
          break;
        case WebSocketReader::Next::pong:
          break;
        case WebSocketReader::Next::close:
          append_frame(pipes.to_client, WebSocketOpcode::close, payload);
          closing_ = true;
          return {What::finish, "closed by the client"};
        case WebSocketReader::Next::more:
          return {};
        case WebSocketReader::Next::broken:
          return refuse(reader_.code(), reader_.why(), pipes);
      }
    }
  }

  EdgeVerdict refuse(WebSocketClose code, std::string_view why, EdgePipes& pipes) {
    append_close(pipes.to_client, code, why);
    closing_ = true;
    return {What::finish, std::string(why), true};
  }

  // One frame is one message (RFC 7118 5): its length is what counts, so what comes behind the body is left out as in a datagram. A body
  // that is shorter than announced would take the beginning of the next message into it.
  EdgeVerdict message(std::string_view text, EdgePipes& pipes) {
    if (text.find_first_not_of("\r\n") == std::string_view::npos) {
      if (std::count(text.begin(), text.end(), '\n') > 1) append_frame(pipes.to_client, WebSocketOpcode::text, kPong);
      return {};
    }
    text.remove_prefix(text.find_first_not_of("\r\n"));
    const auto head = read_sip_head(text);
    if (!head) return refuse(WebSocketClose::policy, "a message without an end to its head", pipes);
    const size_t there = text.size() - head->length;
    const size_t length = head->content_length.value_or(there);
    if (length > there) return refuse(WebSocketClose::policy, "a body that is shorter than its Content-Length", pipes);
    append_inward(pipes.to_inner, {text.substr(0, head->length + length), *head});
    return {};
  }

  void to_client(const SipStream::Message& message, EdgePipes& pipes) override {
    if (closing_) return;
    std::string text;
    append_outward(text, message, facts());
    append_message(pipes.to_client, text);
  }

  bool open_ = false, closing_ = false;
  std::string opening_;
  WebSocketReader reader_;
};

}  // namespace

std::string_view to_string(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::tls:
      return "TLS";
    case EdgeKind::ws:
      return "WS";
    case EdgeKind::wss:
      return "WSS";
    case EdgeKind::https:
      break;
  }
  return "HTTPS";
}

std::unique_ptr<EdgeProtocol> make_protocol(const EdgeListenerSettings& settings, const EdgePeer& peer) {
  switch (settings.kind) {
    case EdgeKind::tls:
      return std::make_unique<SipOverTls>(settings, peer);
    case EdgeKind::ws:
    case EdgeKind::wss:
      return std::make_unique<SipOverWebSocket>(settings, peer);
    case EdgeKind::https:
      break;
  }
  return std::make_unique<Plain>();
}

}  // namespace tandem
