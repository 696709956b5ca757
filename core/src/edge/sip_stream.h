// SipStream: cuts a stream of octets into SIP messages (RFC 3261 18.3) and keep-alives (RFC 5626 4.4.1). Owned by one connection.
#pragma once

#include <string>
#include <string_view>

#include "edge/sip_head.h"

namespace tandem {

class SipStream {
 public:
  /// `limit`: octets of one message. More than that is never held.
  explicit SipStream(size_t limit) : limit_(limit) {}

  struct Message {
    std::string_view text;  ///< head and body; valid until the next call
    SipHead head;
  };
  enum class Next { message, ping, more, broken };

  void feed(std::string_view octets);
  /// The next thing in what has been fed. After `broken` nobody knows where the next message begins: why() says what it was.
  Next next(Message& message);
  std::string_view why() const { return why_; }
  /// A message has begun and is not whole.
  bool half() const { return begin_ < buffer_.size(); }
  size_t held() const { return buffer_.capacity(); }

 private:
  Next broken(std::string_view why);
  bool skip_line_ends();
  size_t end_of_head();

  const size_t limit_;
  std::string buffer_;
  size_t begin_ = 0;     ///< what is before has been given out
  size_t scanned_ = 0;   ///< from begin_ up to here there is no end of a head
  size_t expected_ = 0;  ///< octets of the message whose head has come; 0: not known yet
  unsigned line_ends_ = 0;
  std::string_view why_;
};

}  // namespace tandem
