#include <fmt/compile.h>
#include <fmt/format.h>

#include "sdp.h"

namespace tandem {
namespace {

std::string_view direction_name(MediaDirection direction) {
  switch (direction) {
    case MediaDirection::sendrecv:
      return "sendrecv";
    case MediaDirection::sendonly:
      return "sendonly";
    case MediaDirection::recvonly:
      return "recvonly";
    case MediaDirection::inactive:
      return "inactive";
  }
  return "inactive";
}

using Out = fmt::appender;

void write_audio(Out out, const MediaDescription& media) {
  fmt::format_to(out, FMT_COMPILE("m=audio {} RTP/AVP"), media.rtp.port());
  for (const auto& codec : media.codecs) fmt::format_to(out, FMT_COMPILE(" {}"), codec.payload_type);
  fmt::format_to(out, FMT_COMPILE("\r\n"));
  for (const auto& codec : media.codecs) {
    fmt::format_to(out, FMT_COMPILE("a=rtpmap:{} {}/{}"), codec.payload_type, codec.is_event() ? "telephone-event" : codec.name,
                   codec.clock_rate);
    if (codec.channels > 1) fmt::format_to(out, FMT_COMPILE("/{}"), codec.channels);
    fmt::format_to(out, FMT_COMPILE("\r\n"));
    if (!codec.fmtp.empty()) fmt::format_to(out, FMT_COMPILE("a=fmtp:{} {}\r\n"), codec.payload_type, codec.fmtp);
  }
  SocketAddress expected = media.rtp;
  expected.set_port(static_cast<uint16_t>(media.rtp.port() + 1));
  if (!media.rtcp.empty() && !(media.rtcp == expected)) {
    const bool v6 = media.rtcp.family() == AF_INET6;
    fmt::format_to(out, FMT_COMPILE("a=rtcp:{} IN {} {}\r\n"), media.rtcp.port(), v6 ? "IP6" : "IP4", media.rtcp.host());
  }
  fmt::format_to(out, FMT_COMPILE("a=ptime:{}\r\na={}\r\n"), media.ptime_ms, direction_name(media.direction));
}

}  // namespace

std::string write_sdp(const MediaDescription& media, const SdpOrigin& origin, const ParsedSdp* offer) {
  fmt::memory_buffer text;
  const Out out(text);
  const std::string host = media.rtp.host();
  const std::string_view family = media.rtp.family() == AF_INET6 ? "IP6" : "IP4";
  fmt::format_to(out, FMT_COMPILE("v=0\r\no=- {} {} IN {} {}\r\ns=-\r\nc=IN {} {}\r\nt=0 0\r\n"), origin.id, origin.version, family, host,
                 family, host);
  const size_t before = offer != nullptr ? offer->audio_index : 0;
  const size_t others = offer != nullptr ? offer->others.size() : 0;
  for (size_t i = 0; i <= others; ++i) {
    if (i == before) write_audio(out, media);
    if (i == others) break;
    const RejectedMedia& other = offer->others[i];
    fmt::format_to(out, FMT_COMPILE("m={} 0 {} {}\r\n"), other.type, other.protocol, other.formats);
  }
  return fmt::to_string(text);
}

}  // namespace tandem
