#include "sdp_stream.h"

#include <utility>

#include "sdp_crypto.h"
#include "sdp_text.h"

namespace tandem::sdp {
namespace {

constexpr size_t kMaxCodecs = 24;
constexpr size_t kMaxFmtp = 512;
constexpr size_t kMaxWord = 32;
constexpr size_t kMaxKeys = 12;

/// What the lines of a section say, the last one where there are several; session lines first, the stream's own over them.
struct Said {
  std::string_view connection;
  std::string_view rtcp, ptime, maxptime, bandwidth, content;
  std::string_view fingerprint, setup, ice_ufrag, ice_pwd;
  bool receives = true, sends = true, rtcp_mux = false;
  std::array<std::string_view, kMaxKeys> keys;
  size_t key_count = 0;
  std::array<std::string_view, 128> rtpmap, fmtp;  ///< by payload number
};

void read_numbered(std::string_view value, std::array<std::string_view, 128>& into) {
  const auto payload = number(next_word(value));
  if (payload && *payload < into.size()) into[*payload] = value;
}

// Of several fingerprints the strongest that we know: they are of the same certificate (RFC 8122 5).
void read_fingerprint(std::string_view value, Said& said) {
  std::string_view rest = value;
  if (said.fingerprint.empty() || upper(next_word(rest)) == "SHA-256") said.fingerprint = value;
}

bool read_security(std::string_view name, std::string_view value, Said& said) {
  if (name == "crypto") {
    if (said.key_count < said.keys.size()) said.keys[said.key_count++] = value;
  } else if (name == "fingerprint") {
    read_fingerprint(value, said);
  } else if (name == "setup") {
    said.setup = value;
  } else if (name == "ice-ufrag") {
    said.ice_ufrag = value;
  } else if (name == "ice-pwd") {
    said.ice_pwd = value;
  } else {
    return false;
  }
  return true;
}

void read_attribute(std::string_view attribute, Said& said) {
  std::string_view value = attribute;
  const std::string_view name = next_part(value, ':');
  const auto direction = [&said](bool receives, bool sends) {
    said.receives = receives;
    said.sends = sends;
  };
  if (name == "rtpmap") return read_numbered(value, said.rtpmap);
  if (name == "fmtp") return read_numbered(value, said.fmtp);
  if (name == "sendrecv") return direction(true, true);
  if (name == "sendonly") return direction(false, true);
  if (name == "recvonly") return direction(true, false);
  if (name == "inactive") return direction(false, false);
  if (name == "ptime") said.ptime = value;
  if (name == "maxptime") said.maxptime = value;
  if (name == "rtcp") said.rtcp = value;
  if (name == "rtcp-mux") said.rtcp_mux = true;
  if (name == "content") said.content = value;
  read_security(name, value, said);
}

void read_lines(std::string_view lines, Said& said) {
  while (!lines.empty()) {
    const std::string_view line = next_line(lines);
    if (line.starts_with("c=")) said.connection = line.substr(2);
    if (line.starts_with("b=")) said.bandwidth = line.substr(2);
    if (line.starts_with("a=")) read_attribute(line.substr(2), said);
  }
}

bool is_multicast(const SocketAddress& address) {
  if (address.family() == AF_INET6) return reinterpret_cast<const sockaddr_in6*>(address.sa())->sin6_addr.s6_addr[0] == 0xff;
  return (ntohl(reinterpret_cast<const sockaddr_in*>(address.sa())->sin_addr.s_addr) >> 28) == 0xe;
}

Result<SocketAddress> media_address(std::string_view connection, unsigned long port) {
  if (connection.empty()) return Error{ErrorCode::invalid, "the SDP has no connection address"};
  const std::string_view network = next_word(connection), type = next_word(connection), host = next_word(connection);
  if (network != "IN" || (type != "IP4" && type != "IP6")) {
    return Error{ErrorCode::unsupported, "the SDP's connection address is not an IP address"};
  }
  auto address = SocketAddress::from(host, static_cast<uint16_t>(port));
  if (!address) return Error{ErrorCode::unsupported, "the SDP's connection address is not numeric"};
  if (is_multicast(*address)) return Error{ErrorCode::unsupported, "the SDP's connection address is not unicast"};
  return address;
}

// RFC 3605: "53020" or "53020 IN IP4 126.16.64.4".
SocketAddress rtcp_address(std::string_view said, const SocketAddress& rtp) {
  SocketAddress rtcp = rtp;
  rtcp.set_port(rtp.port() == 65'535 ? rtp.port() : static_cast<uint16_t>(rtp.port() + 1));
  const auto port = number(next_word(said));
  if (!port || *port == 0 || *port > 65'535) return rtcp;
  rtcp.set_port(static_cast<uint16_t>(*port));
  next_word(said);  // IN
  next_word(said);  // IP4 or IP6
  auto elsewhere = SocketAddress::from(next_word(said), static_cast<uint16_t>(*port));
  return elsewhere && elsewhere->family() == rtp.family() ? *elsewhere : rtcp;
}

// "opus/48000/2"
std::optional<Codec> mapped_codec(std::string_view map) {
  std::string_view text = next_word(map);
  const std::string_view name = next_part(text, '/');
  const auto rate = number(next_part(text, '/'));
  const auto channels = number(next_part(text, '/'));
  if (name.size() > kMaxWord || !consists_of(name, "-_.+") || !rate || *rate == 0 || *rate > 192'000) return {};
  Codec codec;
  codec.name = upper(name);
  codec.clock_rate = static_cast<uint32_t>(*rate);
  codec.channels = channels && *channels >= 1 && *channels <= 8 ? static_cast<uint8_t>(*channels) : 1;
  return codec;
}

std::optional<Codec> codec_of(uint8_t payload, const Said& said) {
  const std::string_view map = said.rtpmap[payload];
  auto codec = map.empty() ? static_codec(payload) : mapped_codec(map);
  if (!codec) return {};
  codec->payload_type = payload;
  std::string_view fmtp = said.fmtp[payload];
  skip_blanks(fmtp);
  if (fmtp.size() <= kMaxFmtp && is_printable(fmtp)) codec->fmtp = fmtp;
  return codec;
}

// Comfort noise and redundancy only make sense together with another format and are not taken; nor what is sent again for video.
bool can_stand_alone(const Codec& codec) {
  constexpr std::array<std::string_view, 6> kHelpers{"CN", "RED", "RTX", "ULPFEC", "FLEXFEC-03", "FLEXFEC"};
  return std::ranges::find(kHelpers, codec.name) == kHelpers.end();
}

// Formats that can be relayed, in the order of the m-line, events last.
std::vector<Codec> codecs_of(std::string_view formats, const Said& said, MediaKind kind) {
  std::vector<Codec> media, events;
  std::array<bool, 128> seen{};
  for (auto word = next_word(formats); !word.empty() && media.size() + events.size() < kMaxCodecs; word = next_word(formats)) {
    const auto payload = number(word);
    if (!payload || *payload >= seen.size() || std::exchange(seen[*payload], true)) continue;
    auto codec = codec_of(static_cast<uint8_t>(*payload), said);
    if (!codec || !can_stand_alone(*codec) || (kind == MediaKind::video && codec->clock_rate != 90'000)) continue;
    (codec->is_event() ? events : media).push_back(std::move(*codec));
  }
  std::ranges::move(events, std::back_inserter(media));
  return media;
}

// Some write "20.0", and "maxptime:0".
int time_of(std::string_view said, int fallback) {
  std::string_view word = next_word(said);
  const auto value = number(next_part(word, '.'));
  return value && *value >= 5 && *value <= 200 ? static_cast<int>(*value) : fallback;
}

// "AS:512" in kilobits, "TIAS:512000" in bits (RFC 3890).
uint32_t bandwidth_of(std::string_view said) {
  const std::string_view unit = next_part(said, ':');
  const auto value = number(next_word(said));
  if (!value || (unit != "AS" && unit != "TIAS")) return 0;
  return static_cast<uint32_t>(std::min(unit == "AS" ? *value : *value / 1000, 1'000'000UL));
}

MediaDirection direction_of(const Said& said, bool receives) {
  if (said.sends) return receives ? MediaDirection::sendrecv : MediaDirection::sendonly;
  return receives ? MediaDirection::recvonly : MediaDirection::inactive;
}

// Whoever gives a fingerprint without keys means DTLS, whatever the m-line calls that.
Result<void> read_keys(const Said& said, MediaStream& stream) {
  for (size_t i = 0; i < said.key_count; ++i) {
    if (auto key = read_crypto(said.keys[i])) stream.keys.push_back(std::move(*key));
  }
  if (stream.profile == RtpProfile::sdes && stream.keys.empty() && !said.fingerprint.empty()) stream.profile = RtpProfile::dtls;
  if (stream.profile == RtpProfile::sdes && stream.keys.empty())
    return Error{ErrorCode::unsupported, "the SDP offers SRTP without a key that we can use"};
  if (stream.profile != RtpProfile::dtls) return {};
  stream.keys.clear();
  std::string_view value = said.fingerprint, setup = said.setup;
  const std::string_view algorithm = next_word(value);
  auto fingerprint = DtlsFingerprint::from(algorithm, next_word(value));
  if (!fingerprint) return Error{ErrorCode::unsupported, "the SDP offers DTLS with no fingerprint that we can use"};
  stream.dtls = DtlsParameters{*fingerprint, dtls_setup_named(next_word(setup)).value_or(DtlsSetup::active)};
  return {};
}

void read_transport(const Said& said, MediaStream& stream) {
  stream.rtcp_mux = said.rtcp_mux;
  std::string_view ufrag = said.ice_ufrag, pwd = said.ice_pwd;
  IceCredentials ice{std::string(next_word(ufrag)), std::string(next_word(pwd))};
  if (ice.valid()) stream.ice = std::move(ice);
}

}  // namespace

std::optional<Profile> profile_of(std::string_view protocol) {
  if (protocol == "RTP/AVP") return Profile{RtpProfile::plain, false};
  if (protocol == "RTP/AVPF") return Profile{RtpProfile::plain, true};
  if (protocol == "RTP/SAVP") return Profile{RtpProfile::sdes, false};
  if (protocol == "RTP/SAVPF") return Profile{RtpProfile::sdes, true};
  if (protocol == "UDP/TLS/RTP/SAVP") return Profile{RtpProfile::dtls, false};
  if (protocol == "UDP/TLS/RTP/SAVPF") return Profile{RtpProfile::dtls, true};
  return {};
}

Marks marks_of(std::string_view lines) {
  Marks marks;
  while (!lines.empty()) {
    std::string_view line = next_line(lines);
    if (line.starts_with("a=mid:")) {
      line.remove_prefix(6);
      marks.mid = next_word(line);
    }
    if (line == "a=bundle-only") marks.bundle_only = true;
  }
  if (marks.mid.size() > kMaxWord || !consists_of(marks.mid, kToken)) marks.mid = {};
  return marks;
}

std::string_view bundle_of(std::string_view session) {
  while (!session.empty()) {
    const std::string_view line = next_line(session);
    if (line.starts_with("a=group:BUNDLE")) return line.substr(14);
  }
  return {};
}

Result<void> read_stream(std::string_view session, const Section& media, MediaStream& stream) {
  const unsigned long port = *number(media.port);
  if (port > 65'535) return Error{ErrorCode::invalid, "the SDP's media port is not a port"};
  stream.refused = port == 0;
  if (stream.refused) return {};
  Said said;
  read_lines(session, said);
  read_lines(media.lines, said);
  const Profile profile = profile_of(media.protocol).value_or(Profile{});
  stream.profile = profile.profile;
  stream.feedback = profile.feedback;
  auto rtp = media_address(said.connection, port);
  if (!rtp) return rtp.error();
  stream.rtp = *rtp;
  stream.rtcp = rtcp_address(said.rtcp, *rtp);
  stream.codecs = codecs_of(media.formats, said, stream.kind);
  if (stream.codecs.empty() || stream.codecs.front().is_event()) {
    return Error{ErrorCode::unsupported,
                 stream.kind == MediaKind::audio ? "the SDP offers no audio format" : "the SDP offers no video format"};
  }
  stream.ptime_ms = time_of(said.ptime, 20);
  stream.maxptime_ms = time_of(said.maxptime, 0);
  stream.bandwidth_kbps = bandwidth_of(said.bandwidth);
  if (said.content.size() <= kMaxWord && consists_of(said.content, ",-.")) stream.content = said.content;
  read_transport(said, stream);
  // 0.0.0.0 is the old way to say "send me nothing"; with ICE it means that the address is still to be found.
  stream.direction = direction_of(said, said.receives && (!rtp->is_unspecified() || stream.ice));
  return read_keys(said, stream);
}

}  // namespace tandem::sdp
