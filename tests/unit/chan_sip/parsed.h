// A SIP message as Sofia-SIP's parser hands it over. Test's thread.
#pragma once

#include <string>

#include "sofia.h"

namespace tandem::test {

class Parsed {
 public:
  /// `start`: request or status line; `extra`: whole header lines with CRLF.
  explicit Parsed(const std::string& start, const std::string& extra = {}, const std::string& method = "INVITE") {
    const std::string text = start + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\n" +
                             "To: <sip:x@x>\r\nCall-ID: a\r\nCSeq: 1 " + method + "\r\n" + extra + "Content-Length: 0\r\n\r\n";
    msg_ = msg_make(sip_default_mclass(), 0, text.data(), static_cast<ssize_t>(text.size()));
  }
  ~Parsed() { msg_destroy(msg_); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  msg_t* msg() const { return msg_; }
  const sip_t* sip() const { return sip_object(msg_); }

 private:
  msg_t* msg_;
};

}  // namespace tandem::test
