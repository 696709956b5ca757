// SipMessage: a SIP message as a test sees it, start line, headers in order, body. Never complains: it must also carry broken ones. Any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/address.h"

namespace tandem::test {

struct SipMessage {
  std::string start;                                         ///< "INVITE sip:11002@... SIP/2.0" or "SIP/2.0 200 OK"
  std::vector<std::pair<std::string, std::string>> headers;  ///< long names, as they came otherwise
  std::string body;
  SocketAddress source;  ///< of a received one
  std::string raw;       ///< of a received one

  static SipMessage parse(std::string_view text);
  std::string text() const;  ///< with a Content-Length that fits

  bool is_request() const { return !start.starts_with("SIP/2.0 "); }
  int status() const;          ///< 0 for a request
  std::string reason() const;  ///< phrase of a response
  std::string method() const;  ///< of a response: of its CSeq
  std::string uri() const;     ///< Request-URI
  unsigned cseq() const;

  std::string header(std::string_view name) const;  ///< the first of that name, or ""
  std::vector<std::string> all(std::string_view name) const;
  bool has(std::string_view name) const { return !header(name).empty(); }
  SipMessage& add(std::string name, std::string value);
  SipMessage& set(std::string_view name, std::string value);  ///< replaces all of that name
  SipMessage& remove(std::string_view name);

  std::string tag(std::string_view name) const;  ///< of From or To
  std::string branch() const;                    ///< of the topmost Via
};

/// The URI between angle brackets, or the part before the first ';' when there are none.
std::string uri_of(std::string_view name_addr);
/// ";name=value" of a header value, after the angle brackets; "" when it is not there.
std::string parameter_of(std::string_view value, std::string_view name);
/// The user part of a sip URI ("11002"), or "".
std::string user_of(std::string_view uri);

/// Audio SDP and what one says about it.
struct Sdp {
  SocketAddress rtp;
  std::vector<int> formats;
  std::string direction = "sendrecv";
  int event_payload_type = -1;  ///< of telephone-event; -1: none
  int port = 0;                 ///< of m=audio; 0: refused

  static Sdp parse(std::string_view body);
};

/// An offer or answer for an RTP port on 127.0.0.1. `formats` as numbers: 0 and 8 are known; `event` is a payload number or -1.
std::string make_sdp(uint16_t port, const std::vector<int>& formats = {0, 8}, int event = 101, std::string_view direction = "sendrecv",
                     unsigned version = 1);

}  // namespace tandem::test
