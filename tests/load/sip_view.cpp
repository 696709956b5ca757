#include "sip_view.h"

#include <strings.h>

#include <charconv>

namespace tandem::load {
namespace {

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

void take_header(SipView& view, std::string_view name, std::string_view value) {
  if (same(name, "Via") || same(name, "v")) return view.vias.push_back(value);
  if (same(name, "Record-Route")) return view.record_routes.push_back(value);
  static constexpr std::pair<std::string_view, std::string_view SipView::*> kWanted[] = {
      {"From", &SipView::from},       {"f", &SipView::from},
      {"To", &SipView::to},           {"t", &SipView::to},
      {"Call-ID", &SipView::call_id}, {"i", &SipView::call_id},
      {"CSeq", &SipView::cseq},       {"Contact", &SipView::contact},
      {"m", &SipView::contact},       {"WWW-Authenticate", &SipView::challenge}};
  for (const auto& [wanted, member] : kWanted) {
    if (same(name, wanted)) view.*member = value;
  }
}

}  // namespace

std::optional<SipView> SipView::parse(std::string_view datagram) {
  SipView view;
  size_t end = datagram.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view start = datagram.substr(0, end);
  constexpr std::string_view kVersion = "SIP/2.0 ";
  if (start.starts_with(kVersion)) {
    std::from_chars(start.data() + kVersion.size(), start.data() + start.size(), view.status);
    if (view.status < 100) return std::nullopt;
  } else {
    view.method = start.substr(0, start.find(' '));
  }
  for (size_t at = end + 2; at < datagram.size(); at = end + 2) {
    end = datagram.find("\r\n", at);
    if (end == std::string_view::npos || end == at) break;
    const std::string_view line = datagram.substr(at, end - at);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) take_header(view, trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  if (view.status != 0) view.method = trimmed(view.cseq.substr(std::min(view.cseq.find(' '), view.cseq.size())));
  if (view.vias.empty() || view.from.empty() || view.to.empty() || view.call_id.empty() || view.method.empty()) return std::nullopt;
  return view;
}

std::string_view uri_of(std::string_view name_addr) {
  const size_t open = name_addr.find('<');
  if (open == std::string_view::npos) return name_addr.substr(0, name_addr.find(';'));
  return name_addr.substr(open + 1, name_addr.find('>', open) - open - 1);
}

}  // namespace tandem::load
