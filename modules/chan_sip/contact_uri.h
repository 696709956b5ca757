// URIs of contacts: as text, compared, and where they lead to. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "sofia.h"
#include "tandem/address.h"

namespace tandem {

/// The URI as text; empty when it is longer than any that we keep.
std::string uri_text(const url_t* url);

/// The transport parameter in lower case; empty: none.
std::string transport_of(const url_t* url);

/// The numeric host and port that a contact URI names; empty when it names a host, or an address that is nobody's.
SocketAddress numeric_address(const char* host, const char* port);

/// The Path headers of a REGISTER as the value of a Route header; empty: none.
std::string path_of(const sip_t* sip);

/// "SEP001122330001" of "SEP001122330001-2", ... "-99": whose further line that is; empty: it has no such form.
std::string_view device_of_line(std::string_view line);

/// The URI with another user part.
std::string with_user(std::string_view uri, std::string_view user);

/// One URI at hand, parsed once however often it is compared.
class ParsedUri {
 public:
  explicit ParsedUri(const std::string& text) : text_(text) {}
  ~ParsedUri() { su_home_deinit(home_); }
  ParsedUri(const ParsedUri&) = delete;
  ParsedUri& operator=(const ParsedUri&) = delete;

  /// RFC 3261 19.1.4 as far as it matters here: scheme, user, host, port and transport.
  bool same_as(const std::string& other);
  const url_t* url();

 private:
  const std::string& text_;
  su_home_t home_[1] = {SU_HOME_INIT(home_)};
  const url_t* url_ = nullptr;
};

}  // namespace tandem
