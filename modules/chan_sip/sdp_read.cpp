// Reading SDP: one pass that cuts the body into sections, one over the section that we take. Views into the body, no copies but of what is
// kept. Sofia-SIP's parser took a tenth of a call's instructions here, and can be made to take all memory.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sdp.h"

namespace tandem {
namespace {

constexpr size_t kMaxMediaLines = 16;
constexpr size_t kMaxCodecs = 24;
constexpr size_t kMaxFmtp = 256;
constexpr size_t kMaxWord = 32;
constexpr std::string_view kToken = "!#$%&'*+-.^_`{|}~";  // beside letters and digits (RFC 4566, section 9)

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view word, std::string_view more) {
  return !word.empty() &&
         std::ranges::all_of(word, [more](char c) { return is_alphanumeric(c) || more.find(c) != std::string_view::npos; });
}

std::optional<unsigned long> number(std::string_view text) {
  unsigned long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\r' || c == '\n'; }

// The next three look at each octet of a body. Not find_first_of, which calls memchr for every one of them.
void skip_blanks(std::string_view& text) {
  text.remove_prefix(static_cast<size_t>(std::ranges::find_if_not(text, is_blank) - text.begin()));
}

/// Takes the next word off `rest`; empty at the end.
std::string_view next_word(std::string_view& rest) {
  skip_blanks(rest);
  const auto length = static_cast<size_t>(std::ranges::find_if(rest, is_blank) - rest.begin());
  const std::string_view word = rest.substr(0, length);
  rest.remove_prefix(length);
  return word;
}

/// Takes the next line off `rest`, without what ends it (CR LF by the book, either alone in practice) and without leading blanks.
std::string_view next_line(std::string_view& rest) {
  const auto end = static_cast<size_t>(std::ranges::find_if(rest, is_line_end) - rest.begin());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  skip_blanks(line);
  return line;
}

/// An m-line and the lines up to the next one.
struct Section {
  std::string_view type, port, protocol, formats;
  std::string_view lines;
};

struct Sections {
  std::string_view session;
  std::vector<Section> media;
};

// What is written back into an answer must not contain what separates its parts: an m-line is taken strictly.
Result<Section> media_line(std::string_view line) {
  Section section;
  section.type = next_word(line);
  section.port = next_word(line);
  section.protocol = next_word(line);
  section.formats = line;
  const size_t slash = section.port.find('/');
  const bool has_port =
      number(section.port.substr(0, slash)) && (slash == std::string_view::npos || number(section.port.substr(slash + 1)));
  bool sound = has_port && consists_of(section.type, kToken) && consists_of(section.protocol, "-.+_/");
  for (auto format = next_word(line); sound && !format.empty(); format = next_word(line)) sound = consists_of(format, kToken);
  if (!sound) return Error{ErrorCode::invalid, "the SDP has a media line that is none"};
  section.port = section.port.substr(0, slash);
  return section;
}

Result<Sections> cut(std::string_view body) {
  Sections sections;
  std::string_view rest = body;
  if (!next_line(rest).starts_with("v=0")) return Error{ErrorCode::invalid, "the SDP does not begin with v=0"};
  const char* start = rest.data();
  const auto close = [&](const char* end) {
    auto& lines = sections.media.empty() ? sections.session : sections.media.back().lines;
    lines = {start, static_cast<size_t>(end - start)};
  };
  while (!rest.empty()) {
    const char* const before = rest.data();
    const std::string_view line = next_line(rest);
    if (!line.starts_with("m=")) continue;
    if (sections.media.size() == kMaxMediaLines) return Error{ErrorCode::invalid, "the SDP has too many media lines"};
    auto section = media_line(line.substr(2));
    if (!section) return section.error();
    close(before);
    sections.media.push_back(*section);
    start = rest.data();
  }
  close(rest.data() + rest.size());
  return sections;
}

/// What the lines of a section say, the last one where there are several; session lines first, the stream's own over them.
struct Said {
  std::string_view connection;
  std::string_view rtcp, ptime;
  bool receives = true, sends = true;
  std::array<std::string_view, 128> rtpmap, fmtp;  ///< by payload number
};

void read_numbered(std::string_view value, std::array<std::string_view, 128>& into) {
  const auto payload = number(next_word(value));
  if (payload && *payload < into.size()) into[*payload] = value;
}

void read_attribute(std::string_view attribute, Said& said) {
  const size_t colon = std::min(attribute.find(':'), attribute.size());
  const std::string_view name = attribute.substr(0, colon);
  const std::string_view value = attribute.substr(std::min(colon + 1, attribute.size()));
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
  if (name == "rtcp") said.rtcp = value;
}

void read_lines(std::string_view lines, Said& said) {
  while (!lines.empty()) {
    const std::string_view line = next_line(lines);
    if (line.starts_with("c=")) said.connection = line.substr(2);
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

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

// "opus/48000/2"
std::optional<Codec> mapped_codec(std::string_view map) {
  std::string_view text = next_word(map);
  const auto part = [&text] {
    const size_t slash = std::min(text.find('/'), text.size());
    const std::string_view word = text.substr(0, slash);
    text.remove_prefix(std::min(slash + 1, text.size()));
    return word;
  };
  const std::string_view name = part();
  const auto rate = number(part());
  const auto channels = number(part());
  if (name.size() > kMaxWord || !consists_of(name, "-_.+") || !rate || *rate == 0 || *rate > 192'000) return {};
  Codec codec;
  codec.name = upper(name);
  codec.clock_rate = static_cast<uint32_t>(*rate);
  codec.channels = channels && *channels >= 1 && *channels <= 8 ? static_cast<uint8_t>(*channels) : 1;
  return codec;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
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

// Formats that can be relayed, in the order of the m-line, events last; comfort noise and redundancy only make sense together with another
// one and are not taken.
std::vector<Codec> codecs_of(std::string_view formats, const Said& said) {
  std::vector<Codec> audio, events;
  std::array<bool, 128> seen{};
  for (auto word = next_word(formats); !word.empty() && audio.size() + events.size() < kMaxCodecs; word = next_word(formats)) {
    const auto payload = number(word);
    if (!payload || *payload >= seen.size() || std::exchange(seen[*payload], true)) continue;
    auto codec = codec_of(static_cast<uint8_t>(*payload), said);
    if (!codec || codec->name == "CN" || codec->name == "RED") continue;
    (codec->is_event() ? events : audio).push_back(std::move(*codec));
  }
  std::ranges::move(events, std::back_inserter(audio));
  return audio;
}

int ptime_of(std::string_view said) {
  const auto value = number(next_word(said));
  return value && *value >= 5 && *value <= 200 ? static_cast<int>(*value) : 20;
}

MediaDirection direction_of(const Said& said, const SocketAddress& rtp) {
  // 0.0.0.0 is the old way to say "send me nothing".
  const bool receives = said.receives && !rtp.is_unspecified();
  if (said.sends) return receives ? MediaDirection::sendrecv : MediaDirection::sendonly;
  return receives ? MediaDirection::recvonly : MediaDirection::inactive;
}

RejectedMedia rejected(const Section& media) {
  const auto word = [](std::string_view text, std::string_view fallback) { return std::string(text.size() <= kMaxWord ? text : fallback); };
  RejectedMedia rejected{word(media.type, "audio"), word(media.protocol, "RTP/AVP"), {}};
  std::string_view formats = media.formats;
  for (auto format = next_word(formats); !format.empty(); format = next_word(formats)) {
    if (format.size() > kMaxWord || rejected.formats.size() + format.size() > 200) continue;
    if (!rejected.formats.empty()) rejected.formats += ' ';
    rejected.formats += format;
  }
  if (rejected.formats.empty()) rejected.formats = "0";
  return rejected;
}

bool is_plain_audio(const Section& media) { return media.type == "audio" && media.protocol == "RTP/AVP"; }

// The stream we take: the first plain one that is offered, else the first that is refused.
const Section* choose(const std::vector<Section>& media) {
  const Section* refused = nullptr;
  for (const auto& section : media) {
    if (!is_plain_audio(section)) continue;
    if (number(section.port) != 0UL) return &section;
    if (refused == nullptr) refused = &section;
  }
  return refused;
}

Result<void> fill_audio(std::string_view session, const Section& media, ParsedSdp& parsed) {
  const unsigned long port = *number(media.port);
  if (port > 65'535) return Error{ErrorCode::invalid, "the SDP's audio port is not a port"};
  parsed.audio_refused = port == 0;
  if (parsed.audio_refused) return {};
  Said said;
  read_lines(session, said);
  read_lines(media.lines, said);
  auto rtp = media_address(said.connection, port);
  if (!rtp) return rtp.error();
  parsed.audio.rtp = *rtp;
  parsed.audio.rtcp = rtcp_address(said.rtcp, *rtp);
  parsed.audio.codecs = codecs_of(media.formats, said);
  if (parsed.audio.codecs.empty() || parsed.audio.codecs.front().is_event()) {
    return Error{ErrorCode::unsupported, "the SDP offers no audio format"};
  }
  parsed.audio.ptime_ms = ptime_of(said.ptime);
  parsed.audio.direction = direction_of(said, *rtp);
  return {};
}

}  // namespace

Result<ParsedSdp> parse_sdp_full(std::string_view body) {
  if (body.empty() || body.size() > kMaxSdp) return Error{ErrorCode::invalid, "the SDP is empty or too long"};
  if (body.find('\0') != std::string_view::npos) return Error{ErrorCode::invalid, "the SDP contains a NUL"};
  const auto sections = cut(body);
  if (!sections) return sections.error();
  const Section* const audio = choose(sections->media);
  if (audio == nullptr) return Error{ErrorCode::unsupported, "the SDP has no audio over plain RTP"};
  ParsedSdp parsed;
  for (const auto& media : sections->media) {
    if (&media != audio) parsed.others.push_back(rejected(media));
  }
  parsed.audio_index = static_cast<size_t>(audio - sections->media.data());
  if (auto r = fill_audio(sections->session, *audio, parsed); !r) return r.error();
  return parsed;
}

Result<MediaDescription> parse_sdp(std::string_view body) {
  auto parsed = parse_sdp_full(body);
  if (!parsed) return parsed.error();
  if (parsed->audio_refused) return Error{ErrorCode::unsupported, "the audio stream is refused"};
  return std::move(parsed->audio);
}

}  // namespace tandem
