// WebSocket: frames of RFC 6455 as a server reads and writes them. Owned by one connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

enum class WebSocketOpcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// RFC 6455 7.4.1.
enum class WebSocketClose : uint16_t { normal = 1000, going_away = 1001, protocol = 1002, not_text = 1007, policy = 1008, too_big = 1009 };

/// Appends one whole frame, unmasked as a server's are.
void append_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload);
void append_close(std::string& out, WebSocketClose code, std::string_view reason);
/// One message: a text frame, or a binary one where it is not UTF-8.
void append_message(std::string& out, std::string_view message);

class WebSocketReader {
 public:
  /// `limit`: octets of one message, its fragments together.
  explicit WebSocketReader(size_t limit) : limit_(limit) {}

  enum class Next {
    message,  ///< a whole one, text or binary
    ping,
    pong,
    close,  ///< payload: what to send back as the payload of our own
    more,
    broken  ///< end the connection with code() and why()
  };
  void feed(std::string_view octets);
  /// `payload` is valid until the next call.
  Next next(std::string_view& payload);
  WebSocketClose code() const { return code_; }
  std::string_view why() const { return why_; }
  /// A message or a frame has begun and is not whole.
  bool half() const { return begin_ < buffer_.size() || fragmented_; }

 private:
  struct Frame;
  bool read_header(Frame& frame);
  Next control(const Frame& frame, std::string_view& payload);
  Next data(const Frame& frame, std::string_view& payload);
  Next closing(std::string_view& payload);
  Next broken(WebSocketClose code, std::string_view why);

  const size_t limit_;
  std::string buffer_;   ///< as it came
  size_t begin_ = 0;     ///< what is before has been given out
  std::string message_;  ///< the fragments so far, or the payload that was given out last
  bool fragmented_ = false;
  bool text_ = false;
  WebSocketClose code_ = WebSocketClose::normal;
  std::string_view why_;
};

}  // namespace tandem
