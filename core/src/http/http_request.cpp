// What is checked of a request before it leaves, and what may be said of it.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tandem/http_client.h"

namespace tandem {

namespace {

constexpr size_t kLongestUrl = 2048;
constexpr size_t kMostHeaders = 32;
constexpr size_t kLongestHeader = 4096;

Error bad(std::string sentence) { return {ErrorCode::invalid, std::move(sentence)}; }

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // RFC 9110, 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return (c < 128 && std::isalnum(c) != 0) || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

bool has_scheme(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    if (url.size() > scheme.size() && std::equal(scheme.begin(), scheme.end(), url.begin(), [&](char a, char b) { return same(b, a); }))
      return true;
  }
  return false;
}

}  // namespace

Result<void> check_request(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "POST") return bad("the method is GET or POST");
  if (request.url.size() > kLongestUrl) return bad(fmt::format("the url is longer than {} characters", kLongestUrl));
  if (!has_scheme(request.url)) return bad("the url begins with http:// or https://");
  if (has_control(request.url) || request.url.find(' ') != std::string::npos)
    return bad("the url has blanks or control characters: use http.escape");
  if (request.headers.size() > kMostHeaders) return bad(fmt::format("more than {} headers", kMostHeaders));
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return bad("a header's name is not one");
    if (name.size() + value.size() > kLongestHeader) return bad(fmt::format("the header {} is longer than {} bytes", name, kLongestHeader));
    if (has_control(value)) return bad(fmt::format("the header {} has control characters", name));
  }
  if (request.body.size() > HttpRequest::kMostBytes) return bad(fmt::format("the body is longer than {} bytes", HttpRequest::kMostBytes));
  if (request.timeout.count() <= 0 || request.timeout > HttpRequest::kLongestTime)
    return bad("the timeout is more than 0 and at most 60 seconds");
  if (request.max_size == 0 || request.max_size > HttpRequest::kMostBytes)
    return bad(fmt::format("max_size is 1 to {}", HttpRequest::kMostBytes));
  return {};
}

std::string loggable_url(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "a url";
  const size_t begin = scheme + 3;
  const size_t path = std::min(url.find_first_of("/?#", begin), url.size());
  const size_t at = url.rfind('@', path);
  const size_t host = at != std::string::npos && at >= begin && at < path ? at + 1 : begin;
  const size_t end = std::min(url.find_first_of("?#", path), url.size());
  return url.substr(0, begin) + url.substr(host, end - host);
}

}  // namespace tandem
