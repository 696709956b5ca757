// What strangers write into requests, read by us: targets, forms, ranges, credentials. Any thread; no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/http_server.h"

namespace tandem {

/// "a%20b" -> "a b"; with `plus`, "a+b" too. Nothing when an escape is broken or makes a zero octet.
std::optional<std::string> percent_decode(std::string_view text, bool plus);

/// "a=1&b=2", decoded. Nothing when broken, or more than kMostFields.
inline constexpr size_t kMostFields = 200;
std::optional<http::Fields> read_form(std::string_view text);

/// The path and query of a request target ("/a/b?c=d", or with "http://host" in front). Empty parts of the path go; an error for "..", for
/// control characters and for what is broken.
struct Target {
  std::string path;
  http::Fields query;
};
Result<Target> read_target(std::string_view target);
/// "/a/b" of "/a/b?secret": what the access log may always show.
std::string_view without_query(std::string_view target);

/// The part of a file that a Range header asks for. `whole`: none that we serve (several ranges, other units), so all of it.
struct ByteRange {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  uint64_t first = 0;
  uint64_t size = 0;
};
ByteRange read_range(std::string_view header, uint64_t file_size);

/// Does If-None-Match name this tag? `etag` without quotes; weak comparison.
bool names_etag(std::string_view if_none_match, std::string_view etag);

/// Authorization: Basic or Bearer. `scheme` empty: neither, or broken.
struct Credentials {
  std::string scheme;  ///< "basic", "bearer"
  std::string user;
  std::string secret;
};
Credentials read_credentials(std::string_view authorization);

/// No line of a header can be made longer with this.
bool is_header_text(std::string_view value);
std::string in_small_letters(std::string_view text);

}  // namespace tandem
