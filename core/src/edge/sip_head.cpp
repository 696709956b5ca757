#include "edge/sip_head.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace tandem {
namespace {

constexpr size_t kMostDigits = 9;

bool blank(char c) { return c == ' ' || c == '\t'; }
bool space(char c) { return blank(c) || c == '\r' || c == '\n'; }

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<size_t> number(std::string_view text) {
  text = trimmed(text);
  size_t value = 0;
  if (text.empty() || text.size() > kMostDigits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The end of the header that begins at `begin`: behind its line end and those of the lines that it is folded into.
size_t end_of_header(std::string_view text, size_t begin) {
  for (size_t at = begin; at < text.size();) {
    const size_t line = text.find('\n', at);
    if (line == std::string_view::npos) return text.size();
    at = line + 1;
    if (at == text.size() || !blank(text[at])) return at;
  }
  return text.size();
}

/// Goes through a Via value.
class Cursor {
 public:
  Cursor(std::string_view text, Span range) : text_(text), at_(range.begin), end_(range.end) {}
  bool done() const { return at_ >= end_; }
  size_t at() const { return at_; }
  char peek() const { return done() ? '\0' : text_[at_]; }
  void skip_space() {
    while (!done() && space(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  /// Up to white space or one of `stops`.
  Span word(std::string_view stops) {
    skip_space();
    const size_t begin = at_;
    while (!done() && !space(text_[at_]) && stops.find(text_[at_]) == std::string_view::npos) ++at_;
    return {begin, at_};
  }
  void skip_quoted() {
    for (++at_; !done() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (!done()) ++at_;
  }

 private:
  std::string_view text_;
  size_t at_, end_;
};

// "host", "host:port", "[v6]:port", with white space around the colon.
Span read_sent_by(Cursor& cursor) {
  Span span = cursor.word(";,:");
  if (span.begin == span.end && cursor.peek() == ':') return span;
  while (cursor.peek() == ':' || (cursor.skip_space(), cursor.peek() == ':')) {
    cursor.take(':');
    span.end = cursor.word(";,:").end;
  }
  return span;
}

void read_parameter(std::string_view text, Cursor& cursor, TopVia& via) {
  const Span name = cursor.word("=;,");
  const size_t behind = name.end;
  std::optional<Span> value;
  if (cursor.take('=')) {
    cursor.skip_space();
    if (cursor.peek() == '"') {
      cursor.skip_quoted();
    } else {
      value = cursor.word(";,");
    }
  } else if (same(name.of(text), "keep")) {
    via.keep = behind;
  }
  if (!value) return;
  if (same(name.of(text), "received")) via.received = value;
  if (same(name.of(text), "rport")) via.rport = value;
}

}  // namespace

std::optional<SipHead> read_sip_head(std::string_view text) {
  SipHead head;
  size_t at = text.find('\n');
  if (at == std::string_view::npos) return std::nullopt;
  head.request = !text.starts_with("SIP/");
  for (++at; at < text.size();) {
    const size_t end = end_of_header(text, at);
    const std::string_view line = text.substr(at, end - at);
    if (line == "\r\n" || line == "\n") {
      head.length = end;
      return head;
    }
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      const std::string_view name = trimmed(line.substr(0, colon));
      if ((same(name, "Via") || same(name, "v")) && !head.via) head.via = Span{at + colon + 1, end};
      if (same(name, "Content-Length") || same(name, "l")) {
        const auto length = number(line.substr(colon + 1));
        if (!length || (head.content_length && head.content_length != length)) return std::nullopt;
        head.content_length = length;
      }
    }
    at = end;
  }
  return std::nullopt;
}

std::optional<TopVia> read_top_via(std::string_view text, Span range) {
  Cursor cursor(text, range);
  TopVia via;
  via.protocol = cursor.word("/;,");
  if (!cursor.take('/')) return std::nullopt;
  cursor.word("/;,");
  if (!cursor.take('/')) return std::nullopt;
  via.protocol.end = cursor.word("/;,").end;
  via.sent_by = read_sent_by(cursor);
  if (via.sent_by.begin == via.sent_by.end) return std::nullopt;
  while (cursor.take(';')) read_parameter(text, cursor, via);
  return via;
}

}  // namespace tandem
