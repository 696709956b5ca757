// What a trace makes of any message: nothing secret stays, and a picture holds no markup but its own.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "trace_filter.h"
#include "trace_ladder.h"
#include "trace_text.h"

namespace {

using namespace tandem;

TracedMessage traced(const std::string& text) {
  TracedMessage m;
  m.text = mask_secrets(text);
  m.call_id = header_value(m.text, "Call-ID", "i");
  m.summary = summary_of(m.text);
  m.sent = text.size() % 2 == 1;
  m.peer = *SocketAddress::from("192.0.2.1", static_cast<uint16_t>(text.size()));
  return m;
}

/// Outside the tags that we write there is no '<'; so what we write is all there is.
void expect_only_ours(const std::string& svg) {
  for (size_t at = svg.find('<'); at != std::string::npos; at = svg.find('<', at + 1)) {
    const std::string_view rest = std::string_view(svg).substr(at);
    bool ours = false;
    for (const char* const tag : {"<svg", "</svg", "<rect", "<text", "</text", "<line", "<g>", "</g>", "<title>", "</title>", "<polygon"}) {
      ours = ours || rest.starts_with(tag);
    }
    if (!ours) std::abort();
  }
  for (const char c : svg) {
    if (static_cast<unsigned char>(c) >= 0x7f || (static_cast<unsigned char>(c) < 0x20 && c != '\n')) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto m = traced(text), other = traced("OPTIONS sip:a SIP/2.0\nCall-ID: x\n\n");
  (void)trace_line(m);
  (void)ladder_text({&m, &other});
  expect_only_ours(ladder_svg({&m, &other}, text.substr(0, 100)));
  const std::string word = text.substr(0, 8);
  for (const char* const kind : {"device", "call", "address"}) {
    if (const auto filter = TraceFilter::parse({kind, word})) (void)filter->fits(m);
  }
  const auto masked = mask_secrets(text + "\nAuthorization: secret-mark\n\ta=secret-mark\n\na=crypto:1 x inline:secret-mark\n");
  const bool is_body = text.find("\n\n") != std::string::npos || text.find("\r\n") != std::string::npos || text.empty() ||
                       text.starts_with('\n') || text.ends_with('\n') || text.ends_with('\r');
  if (!is_body && text.find("secret-mark") == std::string::npos && masked.find("secret-mark") != std::string::npos) std::abort();
  return 0;
}
