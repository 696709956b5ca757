#include "contact_uri.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace tandem {
namespace {

constexpr size_t kMaxUri = 512;

}  // namespace

std::string uri_text(const url_t* url) {
  char buffer[kMaxUri];
  const issize_t length = url_e(buffer, sizeof buffer, url);
  return length > 0 && static_cast<size_t>(length) < sizeof buffer ? std::string(buffer, static_cast<size_t>(length)) : std::string();
}

std::string transport_of(const url_t* url) {
  char value[16] = {};
  if (url->url_params != nullptr) url_param(url->url_params, "transport", value, sizeof value);
  for (char& c : value) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return value;
}

SocketAddress numeric_address(const char* host, const char* port) {
  if (host == nullptr) return {};
  std::string_view name(host);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  uint16_t number = 5060;
  if (port != nullptr && *port != '\0') {
    const auto [end, error] = std::from_chars(port, port + std::strlen(port), number);
    if (error != std::errc() || *end != '\0' || number == 0) return {};
  }
  auto address = SocketAddress::from(name, number);
  if (!address || address->is_unspecified()) return {};
  if (address->family() == AF_INET) {
    const auto octets = ntohl(reinterpret_cast<const sockaddr_in*>(address->sa())->sin_addr.s_addr);
    if (octets >= 0xe0000000) return {};  // multicast, reserved, broadcast
  } else if (IN6_IS_ADDR_MULTICAST(&reinterpret_cast<const sockaddr_in6*>(address->sa())->sin6_addr)) {
    return {};
  }
  return *address;
}

std::string path_of(const sip_t* sip) {
  std::string path;
  for (const sip_path_t* hop = sip->sip_path; hop != nullptr; hop = hop->r_next) {
    path += (path.empty() ? "<" : ",<") + uri_text(hop->r_url) + ">";
    for (const msg_param_t* p = hop->r_params; p != nullptr && *p != nullptr; ++p) path += std::string(";") + *p;
  }
  return path;
}

std::string_view device_of_line(std::string_view line) {
  const size_t dash = line.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const std::string_view digits = line.substr(dash + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool plain = error == std::errc() && end == digits.data() + digits.size() && digits.size() <= 2 && digits.front() != '0';
  return plain && number >= 2 ? line.substr(0, dash) : std::string_view();
}

std::string with_user(std::string_view uri, std::string_view user) {
  const size_t colon = uri.find(':'), at = uri.find('@');
  if (colon == std::string_view::npos) return std::string(uri);
  const size_t rest = at == std::string_view::npos ? colon + 1 : at + 1;
  return fmt::format("{}{}@{}", uri.substr(0, colon + 1), user, uri.substr(rest));
}

const url_t* ParsedUri::url() {
  if (url_ == nullptr) url_ = url_make(home_, text_.c_str());
  return url_;
}

bool ParsedUri::same_as(const std::string& other) {
  if (text_ == other) return true;
  const url_t* const a = url();
  const url_t* const b = url_make(home_, other.c_str());
  return a != nullptr && b != nullptr && url_cmp(a, b) == 0 && transport_of(a) == transport_of(b);
}

}  // namespace tandem
