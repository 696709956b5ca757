#include "trace_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "trace.h"

namespace tandem {
namespace {

constexpr size_t kMostCallIds = 64;

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

}  // namespace

bool holds_name(std::string_view text, std::string_view name) {
  for (size_t at = text.find(name); !name.empty() && at != std::string_view::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || !is_of_name(text[at - 1])) && (end == text.size() || !is_of_name(text[end]))) return true;
  }
  return false;
}

Result<TraceFilter> TraceFilter::parse(const std::vector<std::string>& words) {
  TraceFilter filter;
  if (words.empty()) return filter;
  if (words.size() > 2) return Error{ErrorCode::invalid, "say device NAME, call ID, address ADDRESS, or one word"};
  filter.word_ = words.back();
  if (words.size() == 1) {
    filter.kind_ = Kind::word;
  } else if (words[0] == "device") {
    filter.kind_ = Kind::device;
  } else if (words[0] == "call") {
    filter.kind_ = Kind::call;
    filter.call_ = words[1];
    filter.call_ids_ = {words[1]};
  } else if (words[0] == "address") {
    auto whole = SocketAddress::parse(words[1]);
    filter.with_port_ = static_cast<bool>(whole);
    if (!whole) whole = SocketAddress::from(words[1], 0);
    if (!whole) return Error{ErrorCode::invalid, words[1] + " is no address"};
    filter.kind_ = Kind::address;
    filter.address_ = *whole;
  } else {
    return Error{ErrorCode::invalid, "a filter is device, call or address, not " + words[0]};
  }
  return filter;
}

void TraceFilter::add_call_id(const std::string& id) {
  if (call_ids_.size() < kMostCallIds && std::ranges::find(call_ids_, id) == call_ids_.end()) call_ids_.push_back(id);
}

bool TraceFilter::fits(const TracedMessage& m) const {
  switch (kind_) {
    case Kind::all:
      return true;
    case Kind::device:
      return holds_name(std::string_view(m.text).substr(0, m.text.find("\n\n")), word_);
    case Kind::call:
      return std::ranges::find(call_ids_, m.call_id) != call_ids_.end();
    case Kind::address: {
      SocketAddress peer = m.peer;
      if (!with_port_) peer.set_port(0);
      return peer == address_;
    }
    case Kind::word:
      return m.text.find(word_) != std::string::npos || m.peer.to_string().find(word_) != std::string::npos;
  }
  return false;
}

std::string TraceFilter::describe() const {
  switch (kind_) {
    case Kind::all:
      return "every SIP message";
    case Kind::device:
      return "SIP messages of device " + word_;
    case Kind::call:
      return "SIP messages of call " + word_;
    case Kind::address:
      return "SIP messages to and from " + word_;
    case Kind::word:
      break;
  }
  return fmt::format("SIP messages that contain \"{}\"", word_);
}

}  // namespace tandem
