// What the edge must know of a SIP message's head: where its body ends, and its topmost Via. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// A part of a message, by position.
struct Span {
  size_t begin = 0, end = 0;
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

struct SipHead {
  size_t length = 0;  ///< with the empty line
  bool request = false;
  std::optional<size_t> content_length;  ///< nullopt: not said
  std::optional<Span> via;               ///< the value of the first Via line, with what it is folded into
};

/// Reads the head at the start of `text`, which ends with its empty line. Nullopt: where the body ends cannot be told for certain
/// (Content-Length twice, or no number).
std::optional<SipHead> read_sip_head(std::string_view text);

/// Parts of the topmost Via (RFC 3261 20.42) in `text`.
struct TopVia {
  Span protocol;                        ///< "SIP/2.0/TLS"
  Span sent_by;                         ///< "192.0.2.1:5061"
  std::optional<Span> received, rport;  ///< their values
  std::optional<size_t> keep;           ///< where "=30" belongs behind a "keep" that has no value yet (RFC 6223)
};
std::optional<TopVia> read_top_via(std::string_view text, Span via);

}  // namespace tandem
