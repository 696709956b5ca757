// SipView: what a load program wants to know of a SIP message, as pieces of the datagram it came in. One thread, no copies: it must cost
// little beside the server that is measured.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace tandem::load {

/// Valid as long as the datagram. Values without the header's name; a header that is missing is empty.
struct SipView {
  int status = 0;           ///< 0: a request
  std::string_view method;  ///< of the request line, or of CSeq
  std::string_view from, to, call_id, cseq, contact, challenge;
  std::vector<std::string_view> vias, record_routes;  ///< in the order of the message

  /// Nothing when it is not SIP, or lacks what every message must have.
  static std::optional<SipView> parse(std::string_view datagram);
};

/// The URI between angle brackets, or the part before the first ';'.
std::string_view uri_of(std::string_view name_addr);

}  // namespace tandem::load
