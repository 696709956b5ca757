#include "refer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "identity.h"
#include "replaces.h"

namespace tandem {
namespace {

constexpr size_t kLongestHeaders = 2048, kLongestNumber = 128, kLongestReferredBy = 512;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Empty: what is escaped is no text.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return {};
      c = static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return {};
    out += c;
  }
  return out;
}

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

/// Too long, or with anything that is no text, it is left out: whom it names is called all the same.
std::string referred_by(const sip_t* sip) {
  if (sip->sip_referred_by == nullptr) return {};
  su_home_t home[1] = {SU_HOME_INIT(home)};
  const char* const text = sip_header_as_string(home, reinterpret_cast<const sip_header_t*>(sip->sip_referred_by));
  std::string by(text != nullptr ? std::string_view(text, strnlen(text, kLongestReferredBy + 1)) : std::string_view());
  su_home_deinit(home);
  const bool plain = std::all_of(by.begin(), by.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  return plain && by.size() <= kLongestReferredBy ? by : std::string();
}

}  // namespace

std::optional<DialogName> replaces_of(std::string_view headers) {
  if (headers.size() > kLongestHeaders) return std::nullopt;
  while (!headers.empty()) {
    const std::string_view one = headers.substr(0, headers.find('&'));
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos && same_word(one.substr(0, equals), "Replaces"))
      return parse_replaces(unescaped(one.substr(equals + 1)));
    headers.remove_prefix(one.size() < headers.size() ? one.size() + 1 : headers.size());
  }
  return std::nullopt;
}

ReferRequest read_refer(const sip_t* sip) {
  ReferRequest request;
  const auto refuse = [&](int status, const char* phrase) {
    request.status = status;
    request.phrase = phrase;
    return request;
  };
  const sip_refer_to_t* const to = sip->sip_refer_to;
  if (to == nullptr || to->r_next != nullptr) return refuse(400, "Exactly One Refer-To Needed");
  const url_t* const url = to->r_url;
  if (url->url_type != url_sip && url->url_type != url_sips && url->url_type != url_tel) return refuse(SIP_416_UNSUPPORTED_URI);
  char method[16] = "";
  if (url->url_params != nullptr) url_param(url->url_params, "method", method, sizeof method);
  if (*method != '\0' && strcasecmp(method, "INVITE") != 0) return refuse(603, "Only Calls Can Be Sent On");
  const sip_refer_sub_t* const wish = sip_refer_sub(sip);
  request.silent = wish != nullptr && wish->rs_value != nullptr && strcasecmp(wish->rs_value, "false") == 0;
  request.by = referred_by(sip);
  if (url->url_headers != nullptr && strcasestr(url->url_headers, "Replaces=") != nullptr) {
    request.replaces = replaces_of(url->url_headers);
    return request.replaces ? request : refuse(400, "Bad Replaces");
  }
  request.number = plain_user(url->url_type == url_tel && url->url_host != nullptr ? url->url_host : url->url_user);
  if (request.number.empty() || request.number.size() > kLongestNumber) return refuse(400, "Nobody To Refer To");
  return request;
}

std::string sipfrag(int status, const char* phrase) { return fmt::format("SIP/2.0 {} {}\r\n", status, header_text(phrase)); }

}  // namespace tandem
