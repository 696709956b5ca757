#include "edge/websocket_opening.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <optional>

namespace tandem {
namespace {

constexpr std::string_view kProtocol = "sip";
constexpr std::string_view kAcceptKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 1.3
constexpr size_t kKeyOctets = 16;

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string_view next_part(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Values of a header that may be there several times, joined; nullopt: it is not there.
std::optional<std::string> header(std::string_view request, std::string_view name) {
  std::optional<std::string> found;
  next_part(request, '\n');
  while (!request.empty()) {
    const std::string_view line = next_part(request, '\n');
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !same(line.substr(0, colon), name)) continue;
    const std::string value(trimmed(line.substr(colon + 1)));
    found = found ? *found + "," + value : value;
  }
  return found;
}

bool names(const std::optional<std::string>& list, std::string_view word) {
  if (!list) return false;
  for (std::string_view rest = *list; !rest.empty();) {
    if (same(trimmed(next_part(rest, ',')), word)) return true;
  }
  return false;
}

bool is_key(std::string_view key) {
  constexpr size_t kText = 24;
  std::array<unsigned char, kText> octets{};
  if (key.size() != kText || !key.ends_with("==")) return false;
  const int count = EVP_DecodeBlock(octets.data(), reinterpret_cast<const unsigned char*>(key.data()), static_cast<int>(key.size()));
  return count - 2 == static_cast<int>(kKeyOctets);
}

WebSocketOpening refusal(std::string_view status, std::string_view why, std::string_view headers = "") {
  return {false,
          fmt::format("HTTP/1.1 {}\r\n{}Content-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}\n", status, headers,
                      why.size() + 1, why),
          std::string(why)};
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + std::string(kAcceptKey);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) return {};
  std::array<unsigned char, 64> base64{};
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(length));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<size_t>(size)};
}

WebSocketOpening answer_opening(std::string_view request, const std::vector<std::string>& origins) {
  std::string_view line = trimmed(request.substr(0, request.find('\n')));
  const std::string_view method = next_part(line, ' ');
  const std::string_view path = next_part(line, ' ');
  if (path.empty() || !line.starts_with("HTTP/1.") || line == "HTTP/1.0") return refusal("400 Bad Request", "this is not HTTP/1.1");
  if (method != "GET") return refusal("405 Method Not Allowed", "SIP phones open a WebSocket here", "Allow: GET\r\n");
  if (!header(request, "Host")) return refusal("400 Bad Request", "the Host header is missing");
  if (!names(header(request, "Upgrade"), "websocket") || !names(header(request, "Connection"), "upgrade"))
    return refusal("426 Upgrade Required", "SIP phones open a WebSocket here", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  if (header(request, "Sec-WebSocket-Version").value_or("") != "13")
    return refusal("426 Upgrade Required", "this version of WebSocket is not spoken", "Sec-WebSocket-Version: 13\r\n");
  const auto key = header(request, "Sec-WebSocket-Key");
  if (!key || !is_key(*key)) return refusal("400 Bad Request", "Sec-WebSocket-Key is missing or wrong");
  const auto origin = header(request, "Origin");
  const bool known =
      origins.empty() || !origin || std::any_of(origins.begin(), origins.end(), [&](const auto& o) { return same(o, *origin); });
  if (!known) return refusal("403 Forbidden", "pages of this origin may not connect");
  if (!names(header(request, "Sec-WebSocket-Protocol"), kProtocol))
    return refusal("400 Bad Request", "the subprotocol sip is not among those offered");
  return {true,
          fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n"
                      "Sec-WebSocket-Protocol: {}\r\n\r\n",
                      websocket_accept(*key), kProtocol),
          {}};
}

}  // namespace tandem
