#include "sip_socket.h"

#include <fmt/format.h>

namespace tandem::load {

std::pair<uint16_t, pid_t> read_server() {
  std::string word;
  uint16_t port = 0;
  pid_t pid = 0;
  if (std::cin >> word >> port >> pid && word == "server") return {port, pid};
  std::cerr << "expected \"server\", a port and a process\n";
  std::exit(1);
}

std::string response_to(const SipView& request, int status, std::string_view phrase, std::string_view to_tag) {
  std::string text = fmt::format("SIP/2.0 {} {}\r\n", status, phrase);
  const auto out = std::back_inserter(text);
  for (const auto via : request.vias) fmt::format_to(out, "Via: {}\r\n", via);
  for (const auto route : request.record_routes) fmt::format_to(out, "Record-Route: {}\r\n", route);
  const bool tagged = request.to.find(";tag=") != std::string_view::npos;
  fmt::format_to(out, "From: {}\r\nTo: {}{}{}\r\nCall-ID: {}\r\nCSeq: {}\r\n", request.from, request.to,
                 tagged ? "" : ";tag=", tagged ? "" : to_tag, request.call_id, request.cseq);
  return text;
}

std::string sdp_body(const SocketAddress& rtp) {
  const std::string host = rtp.host();
  const std::string body = fmt::format(
      "v=0\r\no=load 1 1 IN IP4 {}\r\ns=-\r\nc=IN IP4 {}\r\nt=0 0\r\nm=audio {} RTP/AVP 0 8 101\r\n"
      "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n",
      host, host, rtp.port());
  return fmt::format("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

}  // namespace tandem::load
