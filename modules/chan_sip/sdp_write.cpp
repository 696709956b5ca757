#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>

#include "sdp.h"
#include "sdp_crypto.h"

namespace tandem {
namespace {

using Out = fmt::appender;

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

std::string_view protocol_of(const MediaStream& stream) {
  switch (stream.profile) {
    case RtpProfile::plain:
      return stream.feedback ? "RTP/AVPF" : "RTP/AVP";
    case RtpProfile::sdes:
      return stream.feedback ? "RTP/SAVPF" : "RTP/SAVP";
    case RtpProfile::dtls:
      return stream.feedback ? "UDP/TLS/RTP/SAVPF" : "UDP/TLS/RTP/SAVP";
  }
  return "RTP/AVP";
}

// Case does not count by the book, but it does for some phones.
std::string_view written_name(const Codec& codec) {
  if (codec.is_event()) return "telephone-event";
  return codec.name == "OPUS" ? "opus" : std::string_view(codec.name);
}

std::string_view family_name(const SocketAddress& address) { return address.family() == AF_INET6 ? "IP6" : "IP4"; }

void write_codecs(Out out, const MediaStream& stream) {
  for (const auto& codec : stream.codecs) {
    fmt::format_to(out, FMT_COMPILE("a=rtpmap:{} {}/{}"), codec.payload_type, written_name(codec), codec.clock_rate);
    if (codec.channels > 1) fmt::format_to(out, FMT_COMPILE("/{}"), codec.channels);
    fmt::format_to(out, FMT_COMPILE("\r\n"));
    if (!codec.fmtp.empty()) fmt::format_to(out, FMT_COMPILE("a=fmtp:{} {}\r\n"), codec.payload_type, codec.fmtp);
  }
}

// We are lite (RFC 8839): one candidate for each component, and no more to come.
void write_candidates(Out out, const MediaStream& stream) {
  constexpr uint32_t kHost = 126U << 24U | 65'535U << 8U;
  fmt::format_to(out, FMT_COMPILE("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n"), stream.ice->ufrag, stream.ice->pwd);
  fmt::format_to(out, FMT_COMPILE("a=candidate:1 1 udp {} {} {} typ host\r\n"), kHost | 255U, stream.rtp.host(), stream.rtp.port());
  if (!stream.rtcp_mux)
    fmt::format_to(out, FMT_COMPILE("a=candidate:1 2 udp {} {} {} typ host\r\n"), kHost | 254U, stream.rtcp.host(), stream.rtcp.port());
  // Scripts in browsers look for the stream that a track is of.
  fmt::format_to(out, FMT_COMPILE("a=end-of-candidates\r\na=msid:tandem {}\r\n"), stream.kind == MediaKind::audio ? "audio" : "video");
}

void write_security(Out out, const MediaStream& stream) {
  for (const auto& key : stream.keys) fmt::format_to(out, FMT_COMPILE("a=crypto:{}\r\n"), sdp::write_crypto(key));
  if (stream.dtls) {
    fmt::format_to(out, FMT_COMPILE("a=fingerprint:{} {}\r\na=setup:{}\r\n"), stream.dtls->fingerprint.algorithm_name(),
                   stream.dtls->fingerprint.hex(), name_of(stream.dtls->setup));
  }
  if (stream.ice) write_candidates(out, stream);
}

void write_rtcp(Out out, const MediaStream& stream) {
  if (stream.rtcp_mux) return static_cast<void>(fmt::format_to(out, FMT_COMPILE("a=rtcp-mux\r\n")));
  SocketAddress expected = stream.rtp;
  expected.set_port(static_cast<uint16_t>(stream.rtp.port() + 1));
  if (!stream.rtcp.empty() && !(stream.rtcp == expected)) {
    fmt::format_to(out, FMT_COMPILE("a=rtcp:{} IN {} {}\r\n"), stream.rtcp.port(), family_name(stream.rtcp), stream.rtcp.host());
  }
}

// What is passed on between the two sides, as far as the other one knows it: lost packets, and the wish for a whole picture.
void write_feedback(Out out, uint8_t which) {
  if ((which & kNack) != 0) fmt::format_to(out, FMT_COMPILE("a=rtcp-fb:* nack\r\n"));
  if ((which & kPictureLoss) != 0) fmt::format_to(out, FMT_COMPILE("a=rtcp-fb:* nack pli\r\n"));
  if ((which & kFullIntra) != 0) fmt::format_to(out, FMT_COMPILE("a=rtcp-fb:* ccm fir\r\n"));
}

void write_stream(Out out, const MediaStream& stream, const SdpLine& line, const SocketAddress& session) {
  fmt::format_to(out, FMT_COMPILE("m={} {} {}"), line.type, stream.rtp.port(), line.protocol);
  for (const auto& codec : stream.codecs) fmt::format_to(out, FMT_COMPILE(" {}"), codec.payload_type);
  fmt::format_to(out, FMT_COMPILE("\r\n"));
  if (stream.kind != MediaKind::audio && stream.rtp.host() != session.host())
    fmt::format_to(out, FMT_COMPILE("c=IN {} {}\r\n"), family_name(stream.rtp), stream.rtp.host());
  if (stream.bandwidth_kbps != 0) fmt::format_to(out, FMT_COMPILE("b=AS:{}\r\n"), stream.bandwidth_kbps);
  if (!line.mid.empty()) fmt::format_to(out, FMT_COMPILE("a=mid:{}\r\n"), line.mid);
  write_codecs(out, stream);
  write_rtcp(out, stream);
  if (stream.feedback && stream.kind == MediaKind::video) write_feedback(out, line.feedback);
  write_security(out, stream);
  if (!stream.content.empty()) fmt::format_to(out, FMT_COMPILE("a=content:{}\r\n"), stream.content);
  if (stream.kind == MediaKind::audio) fmt::format_to(out, FMT_COMPILE("a=ptime:{}\r\n"), stream.ptime_ms);
  if (stream.maxptime_ms != 0) fmt::format_to(out, FMT_COMPILE("a=maxptime:{}\r\n"), stream.maxptime_ms);
  fmt::format_to(out, FMT_COMPILE("a={}\r\n"), direction_name(stream.direction));
}

const MediaStream* stream_of(const MediaDescription& media, const SdpLine& line) {
  if (line.stream == SdpLine::kNone) return nullptr;
  const auto index = static_cast<size_t>(line.stream);
  const MediaStream* stream = index == 0 ? &media : index <= media.video.size() ? &media.video[index - 1] : nullptr;
  return stream == nullptr || stream->refused || stream->codecs.empty() ? nullptr : stream;
}

}  // namespace

SdpLayout layout_of_offer(const MediaDescription& media, const SdpLayout& before) {
  SdpLayout lines = before;
  const auto find = [&](int stream) { return std::ranges::find(lines, stream, &SdpLine::stream); };
  for (size_t i = 0; i <= media.video.size(); ++i) {
    const MediaStream& stream = i == 0 ? media : media.video[i - 1];
    auto line = find(static_cast<int>(i));
    if (line == lines.end()) {
      if (stream.refused) continue;
      lines.push_back({.type = i == 0 ? "audio" : "video", .stream = static_cast<int>(i)});
      line = lines.end() - 1;
      if (stream.ice) line->mid = std::to_string(i);
    }
    if (!stream.refused) line->protocol = protocol_of(stream);
    line->formats.clear();
    for (const auto& codec : stream.codecs) {
      if (!line->formats.empty()) line->formats += ' ';
      line->formats += std::to_string(codec.payload_type);
    }
    if (line->formats.empty()) line->formats = "0";
  }
  return lines;
}

std::string write_sdp(const MediaDescription& media, const SdpOrigin& origin, const SdpLayout& lines, bool answer) {
  fmt::memory_buffer text;
  const Out out(text);
  const std::string host = media.rtp.host();
  const std::string_view family = family_name(media.rtp);
  fmt::format_to(out, FMT_COMPILE("v=0\r\no=- {} {} IN {} {}\r\ns=-\r\nc=IN {} {}\r\nt=0 0\r\n"), origin.id, origin.version, family, host,
                 family, host);
  if (media.ice) fmt::format_to(out, FMT_COMPILE("a=ice-lite\r\n"));
  // A bundle of one: what else is taken has a port of its own, and so leaves the group (RFC 8843 7.3.2).
  const auto audio = std::ranges::find(lines, SdpLine::kAudio, &SdpLine::stream);
  if (answer && audio != lines.end() && audio->bundled && !media.refused)
    fmt::format_to(out, FMT_COMPILE("a=group:BUNDLE {}\r\n"), audio->mid);
  for (const auto& line : lines) {
    if (const MediaStream* stream = stream_of(media, line)) {
      write_stream(out, *stream, line, media.rtp);
      continue;
    }
    fmt::format_to(out, FMT_COMPILE("m={} 0 {} {}\r\n"), line.type, line.protocol, line.formats);
    if (!line.mid.empty()) fmt::format_to(out, FMT_COMPILE("a=mid:{}\r\n"), line.mid);
  }
  return fmt::to_string(text);
}

}  // namespace tandem
