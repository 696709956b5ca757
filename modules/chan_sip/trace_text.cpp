#include "trace_text.h"

#include <fmt/format.h>
#include <strings.h>

namespace tandem {
namespace {

bool starts_with_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

bool same_name(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A line of SDP: the parameters after "inline:" are a key.
void append_body_line(std::string_view line, std::string& masked) {
  if (starts_with_name(line, "a=crypto:")) {
    const size_t key = line.find("inline:");
    masked.append(line.substr(0, key));
    if (key != std::string_view::npos) masked.append("inline:(hidden)");
  } else if (starts_with_name(line, "a=ice-pwd:")) {
    masked.append("a=ice-pwd:(hidden)");
  } else {
    masked.append(line);
  }
}

}  // namespace

std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view header_value(std::string_view message, std::string_view name, std::string_view compact) {
  std::string_view rest = message;
  take_line(rest);
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view found = trimmed(line.substr(0, colon));
    if (same_name(found, name) || same_name(found, compact)) return trimmed(line.substr(colon + 1));
  }
  return {};
}

std::string summary_of(std::string_view message) {
  std::string_view rest = message;
  const std::string_view first = take_line(rest);
  if (first.starts_with("SIP/2.0 ")) {
    const std::string_view cseq = header_value(message, "CSeq", "CSeq");
    const size_t space = cseq.rfind(' ');
    const std::string_view method = space == std::string_view::npos ? cseq : cseq.substr(space + 1);
    return fmt::format("{} ({})", first.substr(8), method);
  }
  return std::string(first.substr(0, first.rfind(" SIP/2.0")));
}

std::string mask_secrets(std::string_view message) {
  std::string masked;
  masked.reserve(message.size());
  bool in_body = false, hidden = false;
  // Digits in INFO may be a PIN.
  const bool digits = starts_with_name(header_value(message, "Content-Type", "c"), "application/dtm");
  for (std::string_view rest = message; !rest.empty();) {
    const std::string_view line = take_line(rest);
    const bool continued = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    if (!in_body && !continued) hidden = starts_with_name(line, "authorization") || starts_with_name(line, "proxy-authorization");
    if (line.empty()) in_body = true;
    if (in_body && digits && !line.empty()) {
      masked.append("(hidden)");
    } else if (in_body) {
      append_body_line(line, masked);
    } else if (!hidden) {
      masked.append(line);
    } else if (!continued) {
      masked.append(line.substr(0, line.find(':'))).append(": (hidden)");
    } else {
      continue;
    }
    masked += '\n';
  }
  return masked;
}

}  // namespace tandem
