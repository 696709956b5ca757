#include "edge/sip_rewrite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr const char* kInside = "SIP/2.0/TLS";

/// Replacements in one message, by rising position.
class Edits {
 public:
  void replace(Span span, std::string text) { edits_[count_++] = {span, std::move(text)}; }
  void insert(size_t at, std::string text) { replace({at, at}, std::move(text)); }
  void apply(std::string& out, std::string_view text) {
    std::sort(edits_.begin(), edits_.begin() + count_, [](const Edit& a, const Edit& b) { return a.span.begin < b.span.begin; });
    size_t at = 0;
    for (unsigned i = 0; i < count_; ++i) {
      out.append(text.substr(at, edits_[i].span.begin - at)).append(edits_[i].text);
      at = edits_[i].span.end;
    }
    out.append(text.substr(at));
  }

 private:
  struct Edit {
    Span span;
    std::string text;
  };
  std::array<Edit, 6> edits_;
  unsigned count_ = 0;
};

void add_content_length(Edits& edits, const SipStream::Message& message) {
  if (message.head.content_length) return;
  size_t empty_line = message.head.length - 1;
  if (empty_line > 0 && message.text[empty_line - 1] == '\r') --empty_line;
  edits.insert(empty_line, fmt::format("Content-Length: {}\r\n", message.text.size() - message.head.length));
}

}  // namespace

void append_inward(std::string& out, const SipStream::Message& message) {
  Edits edits;
  if (message.head.via) {
    if (const auto via = read_top_via(message.text, *message.head.via)) edits.replace(via->protocol, kInside);
  }
  add_content_length(edits, message);
  edits.apply(out, message.text);
}

void append_outward(std::string& out, const SipStream::Message& message, const Outward& facts) {
  Edits edits;
  const auto via = message.head.via ? read_top_via(message.text, *message.head.via) : std::nullopt;
  if (via) {
    edits.replace(via->protocol, fmt::format("SIP/2.0/{}", to_string(facts.kind)));
    if (message.head.request) {
      if (!facts.sent_by.empty()) edits.replace(via->sent_by, std::string(facts.sent_by));
    } else {
      if (via->received) edits.replace(*via->received, facts.peer.host());
      if (via->rport) edits.replace(*via->rport, std::to_string(facts.peer.port()));
      if (via->keep && facts.keep_alive.count() > 0) edits.insert(*via->keep, fmt::format("={}", facts.keep_alive.count()));
    }
  }
  edits.apply(out, message.text);
}

}  // namespace tandem
