// What changes in a SIP message on its way through the edge: the topmost Via names the transport that the client really uses, while the
// SIP stack behind the edge sees TLS, whatever it is. Pure functions; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "edge/sip_stream.h"
#include "tandem/edge.h"

namespace tandem {

/// Appends `message`, which came from a client, as the stack shall see it: the protocol of its topmost Via is TLS, and it has a
/// Content-Length, which over a WebSocket it may lack (RFC 7118 5).
void append_inward(std::string& out, const SipStream::Message& message);

struct Outward {
  EdgeKind kind = EdgeKind::tls;
  SocketAddress peer;                  ///< for "received" and "rport" of responses
  std::string_view sent_by;            ///< for the Via of requests; empty: as it is
  std::chrono::seconds keep_alive{0};  ///< for a "keep" in responses; 0: not offered
};
/// Appends `message`, which came from the stack, as the client shall see it.
void append_outward(std::string& out, const SipStream::Message& message, const Outward& facts);

}  // namespace tandem
