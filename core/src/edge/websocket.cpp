#include "edge/websocket.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace tandem {
namespace {

constexpr size_t kMostControl = 125;
constexpr size_t kKept = 2048;  // octets of buffer that an idle connection may hold on to

uint64_t big_endian(std::string_view octets) {
  uint64_t value = 0;
  for (const char c : octets) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

void put_big_endian(std::string& out, uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

// RFC 6455 7.4: which codes may be on the wire.
bool may_be_sent(uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}

}  // namespace

void append_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload) {
  out.push_back(static_cast<char>(0x80 | static_cast<uint8_t>(opcode)));
  if (payload.size() <= kMostControl) {
    out.push_back(static_cast<char>(payload.size()));
  } else if (payload.size() <= 0xffff) {
    out.push_back(126);
    put_big_endian(out, payload.size(), 2);
  } else {
    out.push_back(127);
    put_big_endian(out, payload.size(), 8);
  }
  out.append(payload);
}

void append_close(std::string& out, WebSocketClose code, std::string_view reason) {
  std::string payload;
  put_big_endian(payload, static_cast<uint16_t>(code), 2);
  payload += reason.substr(0, kMostControl - 2);
  append_frame(out, WebSocketOpcode::close, payload);
}

void append_message(std::string& out, std::string_view message) {
  append_frame(out, is_utf8(message) ? WebSocketOpcode::text : WebSocketOpcode::binary, message);
}

struct WebSocketReader::Frame {
  bool last = false;
  uint8_t reserved = 0;
  WebSocketOpcode opcode = WebSocketOpcode::continuation;
  uint64_t length = 0;
  bool masked = false;
  std::array<char, 4> mask{};
  size_t header = 0;

  bool is_control() const { return static_cast<uint8_t>(opcode) >= 8; }
};

void WebSocketReader::feed(std::string_view octets) {
  buffer_.erase(0, begin_);
  if (buffer_.empty() && buffer_.capacity() > kKept) buffer_.shrink_to_fit();
  begin_ = 0;
  buffer_.append(octets);
}

WebSocketReader::Next WebSocketReader::broken(WebSocketClose code, std::string_view why) {
  code_ = code;
  why_ = why;
  return Next::broken;
}

// False: the header is not whole.
bool WebSocketReader::read_header(Frame& frame) {
  const std::string_view all = std::string_view(buffer_).substr(begin_);
  if (all.size() < 2) return false;
  const auto first = static_cast<uint8_t>(all[0]), second = static_cast<uint8_t>(all[1]);
  frame.last = (first & 0x80) != 0;
  frame.reserved = first & 0x70;
  frame.opcode = static_cast<WebSocketOpcode>(first & 0x0f);
  frame.masked = (second & 0x80) != 0;
  frame.length = second & 0x7f;
  const size_t more = frame.length == 127 ? 8 : frame.length == 126 ? 2 : 0;
  frame.header = 2 + more + (frame.masked ? 4 : 0);
  if (all.size() < frame.header) return false;
  if (more > 0) frame.length = big_endian(all.substr(2, more));
  if (frame.masked) std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(2 + more), 4, frame.mask.begin());
  return true;
}

WebSocketReader::Next WebSocketReader::next(std::string_view& payload) {
  if (!fragmented_) {
    message_.clear();
    if (message_.capacity() > kKept) message_.shrink_to_fit();
  }
  for (;;) {
    Frame frame;
    if (!read_header(frame)) return Next::more;
    // All that can be judged by the header is, before a single octet of it is waited for.
    if (frame.reserved != 0) return broken(WebSocketClose::protocol, "reserved bits");
    if (!frame.masked) return broken(WebSocketClose::protocol, "not masked");
    if (frame.is_control()) {
      if (!frame.last || frame.length > kMostControl) return broken(WebSocketClose::protocol, "a control frame in pieces, or too long");
    } else if (frame.length > limit_ || message_.size() + frame.length > limit_) {
      return broken(WebSocketClose::too_big, "a message that is too large");
    }
    if (buffer_.size() - begin_ - frame.header < frame.length) return Next::more;
    char* const octets = buffer_.data() + begin_ + frame.header;
    for (size_t i = 0; i < frame.length; ++i) octets[i] = static_cast<char>(octets[i] ^ frame.mask[i & 3]);
    payload = {octets, static_cast<size_t>(frame.length)};
    begin_ += frame.header + static_cast<size_t>(frame.length);
    const Next what = frame.is_control() ? control(frame, payload) : data(frame, payload);
    if (what != Next::more) return what;
  }
}

WebSocketReader::Next WebSocketReader::control(const Frame& frame, std::string_view& payload) {
  switch (frame.opcode) {
    case WebSocketOpcode::ping:
      return Next::ping;
    case WebSocketOpcode::pong:
      return Next::pong;
    case WebSocketOpcode::close:
      return closing(payload);
    default:
      return broken(WebSocketClose::protocol, "an unknown kind of frame");
  }
}

WebSocketReader::Next WebSocketReader::closing(std::string_view& payload) {
  if (payload.empty()) return Next::close;
  if (payload.size() < 2 || !may_be_sent(big_endian(payload.substr(0, 2)))) return broken(WebSocketClose::protocol, "a bad closing code");
  if (!is_utf8(payload.substr(2))) return broken(WebSocketClose::not_text, "a closing reason that is no text");
  payload = payload.substr(0, 2);
  return Next::close;
}

// `more`: a fragment that is not the last.
WebSocketReader::Next WebSocketReader::data(const Frame& frame, std::string_view& payload) {
  const bool goes_on = frame.opcode == WebSocketOpcode::continuation;
  if (!goes_on && frame.opcode != WebSocketOpcode::text && frame.opcode != WebSocketOpcode::binary)
    return broken(WebSocketClose::protocol, "an unknown kind of frame");
  if (goes_on != fragmented_) return broken(WebSocketClose::protocol, "a fragment out of place");
  if (!goes_on) text_ = frame.opcode == WebSocketOpcode::text;
  if (!frame.last || fragmented_) message_.append(payload);
  fragmented_ = !frame.last;
  if (!frame.last) return Next::more;
  if (goes_on) payload = message_;
  if (text_ && !is_utf8(payload)) return broken(WebSocketClose::not_text, "text that is not UTF-8");
  return Next::message;
}

}  // namespace tandem
