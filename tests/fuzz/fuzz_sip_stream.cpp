// A stream of SIP in pieces, through the edge in both directions: bounded, the same however it is cut, and what goes inward is framed so
// that the stack behind reads the same messages.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "edge/sip_rewrite.h"

namespace {

constexpr size_t kLimit = 2048;

std::vector<std::string> messages(std::string_view octets, size_t piece, bool rewrite) {
  tandem::SipStream stream(kLimit);
  std::vector<std::string> all;
  const tandem::Outward facts{tandem::EdgeKind::wss, *tandem::SocketAddress::parse("192.0.2.7:4000"), "192.0.2.1:7443",
                              std::chrono::seconds(30)};
  for (size_t at = 0; at < octets.size(); at += piece) {
    stream.feed(octets.substr(at, piece));
    tandem::SipStream::Message message;
    for (auto next = stream.next(message); next != tandem::SipStream::Next::more; next = stream.next(message)) {
      if (next == tandem::SipStream::Next::broken) return all;
      if (next == tandem::SipStream::Next::ping) continue;
      if (message.text.size() > kLimit) std::abort();
      std::string text(message.text);
      if (rewrite) {
        text.clear();
        append_inward(text, message);
        std::string outward;
        append_outward(outward, message, facts);
      }
      all.push_back(std::move(text));
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const auto whole = messages(octets, octets.size() + 1, true);
  if (whole != messages(octets, 1, true)) std::abort();
  for (const auto& text : whole) {
    tandem::SipStream again(kLimit * 2);
    again.feed(text);
    tandem::SipStream::Message message;
    if (again.next(message) != tandem::SipStream::Next::message || message.text.size() != text.size()) std::abort();
  }
  return 0;
}
