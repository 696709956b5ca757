#include "support/sip_message.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace tandem::test {
namespace {

std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool same_name(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::string long_name(std::string_view name) {
  static const std::map<std::string, std::string, std::less<>> compact{
      {"i", "Call-ID"},      {"m", "Contact"}, {"e", "Content-Encoding"}, {"l", "Content-Length"},
      {"c", "Content-Type"}, {"f", "From"},    {"s", "Subject"},          {"k", "Supported"},
      {"t", "To"},           {"v", "Via"},     {"x", "Session-Expires"},  {"r", "Refer-To"},
      {"o", "Event"}};
  std::string key(name);
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto it = compact.find(key);
  return it == compact.end() ? std::string(name) : it->second;
}

std::string word(std::string_view text, size_t index) {
  size_t from = 0;
  for (; index > 0; --index) {
    from = text.find(' ', from);
    if (from == std::string_view::npos) return {};
    ++from;
  }
  return std::string(text.substr(from, text.find(' ', from) - from));
}

unsigned number(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Calls `line` for each line of `text`, without its line end.
template <class F>
void each_line(std::string_view text, F line) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    line(trim(text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

}  // namespace

SipMessage SipMessage::parse(std::string_view text) {
  SipMessage message;
  message.raw = std::string(text);
  const size_t blank = text.find("\r\n\r\n");
  if (blank != std::string_view::npos) message.body = std::string(text.substr(blank + 4));
  bool first = true;
  each_line(text.substr(0, blank), [&](std::string_view line) {
    if (std::exchange(first, false)) {
      message.start = std::string(line);
      return;
    }
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) message.add(long_name(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))));
  });
  return message;
}

std::string SipMessage::text() const {
  std::string out = start + "\r\n";
  for (const auto& [name, value] : headers) {
    if (!same_name(name, "Content-Length")) out += name + ": " + value + "\r\n";
  }
  return out + fmt::format("Content-Length: {}\r\n\r\n", body.size()) + body;
}

int SipMessage::status() const { return is_request() ? 0 : static_cast<int>(number(word(start, 1))); }

std::string SipMessage::reason() const {
  return is_request() || start.size() < 12 ? std::string() : start.substr(std::min<size_t>(12, start.size()));
}

std::string SipMessage::method() const { return is_request() ? word(start, 0) : word(header("CSeq"), 1); }

std::string SipMessage::uri() const { return is_request() ? word(start, 1) : std::string(); }

unsigned SipMessage::cseq() const { return number(header("CSeq")); }

std::string SipMessage::header(std::string_view name) const {
  const auto it = std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return same_name(h.first, name); });
  return it == headers.end() ? std::string() : it->second;
}

std::vector<std::string> SipMessage::all(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) found.push_back(value);
  }
  return found;
}

SipMessage& SipMessage::add(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

SipMessage& SipMessage::remove(std::string_view name) {
  std::erase_if(headers, [&](const auto& h) { return same_name(h.first, name); });
  return *this;
}

SipMessage& SipMessage::set(std::string_view name, std::string value) {
  const auto it = std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return same_name(h.first, name); });
  if (it == headers.end()) return add(std::string(name), std::move(value));
  it->second = std::move(value);
  headers.erase(std::remove_if(it + 1, headers.end(), [&](const auto& h) { return same_name(h.first, name); }), headers.end());
  return *this;
}

std::string SipMessage::tag(std::string_view name) const { return parameter_of(header(name), "tag"); }

std::string SipMessage::branch() const { return parameter_of(header("Via"), "branch"); }

std::string uri_of(std::string_view name_addr) {
  const size_t open = name_addr.find('<');
  if (open == std::string_view::npos) return std::string(trim(name_addr.substr(0, name_addr.find(';'))));
  return std::string(name_addr.substr(open + 1, name_addr.find('>', open) - open - 1));
}

std::string parameter_of(std::string_view value, std::string_view name) {
  const size_t close = value.find('>');
  size_t at = value.find(';', close == std::string_view::npos ? 0 : close);
  while (at != std::string_view::npos) {
    const size_t next = value.find_first_of(";,", at + 1);
    const std::string_view item = trim(value.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
    const size_t equals = item.find('=');
    if (same_name(item.substr(0, equals), name))
      return equals == std::string_view::npos ? std::string() : std::string(item.substr(equals + 1));
    if (next == std::string_view::npos || value[next] == ',') break;
    at = next;
  }
  return {};
}

std::string user_of(std::string_view uri) {
  const size_t colon = uri.find(':');
  const size_t at = uri.find('@');
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) return {};
  const std::string_view user = uri.substr(colon + 1, at - colon - 1);
  return std::string(user.substr(0, user.find(';')));
}

Sdp Sdp::parse(std::string_view body) {
  Sdp sdp;
  std::string host;
  each_line(body, [&](std::string_view line) {
    if (line.starts_with("c=IN IP4 ")) host = std::string(line.substr(9));
    if (line.starts_with("m=audio ")) {
      sdp.port = static_cast<int>(number(line.substr(8)));
      for (size_t i = 3; !word(line, i).empty(); ++i) sdp.formats.push_back(static_cast<int>(number(word(line, i))));
    }
    for (const char* direction : {"sendrecv", "sendonly", "recvonly", "inactive"}) {
      if (line == std::string("a=") + direction) sdp.direction = direction;
    }
    if (line.starts_with("a=rtpmap:") && line.find("telephone-event/8000") != std::string_view::npos) {
      sdp.event_payload_type = static_cast<int>(number(line.substr(9)));
    }
  });
  if (const auto address = SocketAddress::from(host, static_cast<uint16_t>(sdp.port))) sdp.rtp = *address;
  return sdp;
}

std::string make_sdp(uint16_t port, const std::vector<int>& formats, int event, std::string_view direction, unsigned version) {
  std::string numbers, maps;
  for (const int format : formats) {
    numbers += fmt::format(" {}", format);
    maps += fmt::format("a=rtpmap:{} {}/8000\r\n", format, format == 0 ? "PCMU" : format == 8 ? "PCMA" : "X-TEST");
  }
  if (event >= 0) {
    numbers += fmt::format(" {}", event);
    maps += fmt::format("a=rtpmap:{0} telephone-event/8000\r\na=fmtp:{0} 0-15\r\n", event);
  }
  return fmt::format(
      "v=0\r\no=test 4711 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP{}\r\n{}a=ptime:20\r\na={}\r\n",
      version, port, numbers, maps, direction);
}

}  // namespace tandem::test
