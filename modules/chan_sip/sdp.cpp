#include "sdp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <optional>

#include "sofia.h"

namespace tandem {
namespace {

constexpr size_t kMaxMediaLines = 16;
constexpr size_t kMaxCodecs = 24;
constexpr size_t kMaxFmtp = 256;

std::optional<unsigned long> number(std::string_view text) {
  unsigned long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::string_view next_word(std::string_view& rest) {
  const size_t start = rest.find_first_not_of(" \t");
  if (start == std::string_view::npos) return rest = {};
  const size_t end = std::min(rest.find_first_of(" \t", start), rest.size());
  const std::string_view word = rest.substr(start, end - start);
  rest.remove_prefix(end);
  return word;
}

bool only(std::string_view word, std::string_view more) {
  return !word.empty() && std::ranges::all_of(word, [more](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || more.find(c) != std::string_view::npos;
  });
}

// "20000" or "20000/2".
bool is_port(std::string_view word) {
  const size_t slash = word.find('/');
  return number(word.substr(0, slash)) && (slash == std::string_view::npos || number(word.substr(slash + 1)));
}

// Sofia-SIP's parser never comes to the end of an m-line of another protocol than RTP with a format that is no token, and takes all memory.
bool ends_for_the_parser(std::string_view media_line) {
  constexpr std::string_view kToken = "-._+*!%";
  if (!only(next_word(media_line), kToken) || !is_port(next_word(media_line)) || !only(next_word(media_line), "-._+/")) return false;
  for (auto format = next_word(media_line); !format.empty(); format = next_word(media_line)) {
    if (!only(format, kToken)) return false;
  }
  return true;
}

// The lines that mean something to us, and none that the parser could be hurt with. Empty: hostile.
std::string essence(std::string_view body) {
  std::string text;
  text.reserve(body.size() + 2);
  while (!body.empty()) {
    const size_t end = std::min(body.find_first_of("\r\n"), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.size() < 2 || line[1] != '=' || std::string_view("vosctma").find(line[0]) == std::string_view::npos) {
      if (text.empty() && !line.empty()) return {};  // it does not even begin like SDP
      continue;
    }
    if (line[0] == 'm' && !ends_for_the_parser(line.substr(2))) return {};
    text.append(line).append("\r\n");
  }
  return text;
}

/// Memory and result of one parse.
class Parsed {
 public:
  explicit Parsed(std::string_view body) {
    su_home_init(home_);
    parser_ = sdp_parse(home_, body.data(), static_cast<issize_t>(body.size()), sdp_f_c_missing);
  }
  ~Parsed() {
    sdp_parser_free(parser_);
    su_home_deinit(home_);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  const sdp_session_t* session() const { return sdp_session(parser_); }
  std::string error() const {
    const char* const text = sdp_parsing_error(parser_);
    return text != nullptr ? text : "unreadable";
  }

 private:
  su_home_t home_[1] = {SU_HOME_INIT(home_)};
  sdp_parser_t* parser_ = nullptr;
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

bool plain_token(std::string_view text, size_t longest) {
  return text.size() <= longest && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

// What is written back into an m-line or an rtpmap must not contain what separates their parts.
bool is_word(std::string_view text, std::string_view also = {}) {
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [also](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == '+' ||
           also.find(c) != std::string_view::npos;
  });
}

Result<SocketAddress> media_address(const sdp_connection_t* c, unsigned long port) {
  if (c == nullptr || c->c_address == nullptr) return Error{ErrorCode::invalid, "the SDP has no connection address"};
  if (c->c_nettype != sdp_net_in || c->c_addrtype == sdp_addr_x || c->c_mcast != 0) {
    return Error{ErrorCode::unsupported, "the SDP's connection address is not a unicast IP address"};
  }
  auto address = SocketAddress::from(c->c_address, static_cast<uint16_t>(port));
  if (!address) return Error{ErrorCode::unsupported, "the SDP's connection address is not numeric"};
  return address;
}

// RFC 3605: "53020" or "53020 IN IP4 126.16.64.4".
SocketAddress rtcp_address(const sdp_media_t& media, const SocketAddress& rtp) {
  SocketAddress rtcp = rtp;
  rtcp.set_port(rtp.port() == 65'535 ? rtp.port() : static_cast<uint16_t>(rtp.port() + 1));
  const sdp_attribute_t* const attribute = sdp_attribute_find(media.m_attributes, "rtcp");
  if (attribute == nullptr || attribute->a_value == nullptr) return rtcp;
  const std::string_view value(attribute->a_value);
  const size_t space = value.find(' ');
  const auto port = number(value.substr(0, space));
  if (!port || *port == 0 || *port > 65'535) return rtcp;
  rtcp.set_port(static_cast<uint16_t>(*port));
  const size_t last = value.rfind(' ');
  if (last == std::string_view::npos) return rtcp;
  auto elsewhere = SocketAddress::from(value.substr(last + 1), static_cast<uint16_t>(*port));
  return elsewhere && elsewhere->family() == rtp.family() ? *elsewhere : rtcp;
}

// Formats that can be relayed; comfort noise and redundancy only make sense together with another one and are not taken.
std::vector<Codec> codecs_of(const sdp_media_t& media) {
  std::vector<Codec> audio, events;
  for (const sdp_rtpmap_t* map = media.m_rtpmaps; map != nullptr && audio.size() + events.size() < kMaxCodecs; map = map->rm_next) {
    if (map->rm_encoding == nullptr || *map->rm_encoding == '\0' || map->rm_rate == 0 || map->rm_rate > 192'000) continue;
    if (!is_word(map->rm_encoding)) continue;
    Codec codec;
    codec.name = upper(map->rm_encoding);
    if (codec.name == "CN" || codec.name == "RED") continue;
    codec.payload_type = static_cast<uint8_t>(map->rm_pt);
    codec.clock_rate = static_cast<uint32_t>(map->rm_rate);
    const auto channels = map->rm_params != nullptr ? number(map->rm_params) : std::nullopt;
    codec.channels = channels && *channels >= 1 && *channels <= 8 ? static_cast<uint8_t>(*channels) : 1;
    if (map->rm_fmtp != nullptr && plain_token(map->rm_fmtp, kMaxFmtp)) codec.fmtp = map->rm_fmtp;
    (codec.is_event() ? events : audio).push_back(std::move(codec));
  }
  std::ranges::move(events, std::back_inserter(audio));
  return audio;
}

int ptime_of(const sdp_media_t& media) {
  const sdp_attribute_t* const attribute = sdp_attribute_find(media.m_attributes, "ptime");
  const auto value = attribute != nullptr && attribute->a_value != nullptr ? number(attribute->a_value) : std::nullopt;
  return value && *value >= 5 && *value <= 200 ? static_cast<int>(*value) : 20;
}

MediaDirection direction_of(const sdp_media_t& media, const SocketAddress& rtp) {
  // 0.0.0.0 is the old way to say "send me nothing".
  const bool receives = (media.m_mode & sdp_recvonly) != 0 && !rtp.is_unspecified();
  const bool sends = (media.m_mode & sdp_sendonly) != 0;
  if (sends) return receives ? MediaDirection::sendrecv : MediaDirection::sendonly;
  return receives ? MediaDirection::recvonly : MediaDirection::inactive;
}

std::string formats_of(const sdp_media_t& media) {
  std::string text;
  const auto add = [&text](std::string_view format) {
    if (text.size() + format.size() > 200 || !is_word(format)) return;
    if (!text.empty()) text += ' ';
    text += format;
  };
  for (const sdp_list_t* f = media.m_format; f != nullptr; f = f->l_next) add(f->l_text);
  if (media.m_format == nullptr) {
    for (const sdp_rtpmap_t* map = media.m_rtpmaps; map != nullptr; map = map->rm_next) add(std::to_string(map->rm_pt));
  }
  return text.empty() ? "0" : text;
}

RejectedMedia rejected(const sdp_media_t& media) {
  const auto text = [](const char* t, std::string_view fallback) { return std::string(t != nullptr && is_word(t, "/") ? t : fallback); };
  return {text(media.m_type_name, "audio"), text(media.m_proto_name, "RTP/AVP"), formats_of(media)};
}

bool is_plain_audio(const sdp_media_t& media) { return media.m_type == sdp_media_audio && media.m_proto == sdp_proto_rtp; }

// The stream we take: the first plain one that is offered, else the first that is refused.
const sdp_media_t* choose(const sdp_session_t& session) {
  const sdp_media_t* refused = nullptr;
  for (const sdp_media_t* m = session.sdp_media; m != nullptr; m = m->m_next) {
    if (!is_plain_audio(*m)) continue;
    if (m->m_port != 0) return m;
    if (refused == nullptr) refused = m;
  }
  return refused;
}

Result<void> fill_audio(const sdp_media_t& media, ParsedSdp& parsed) {
  if (media.m_port > 65'535) return Error{ErrorCode::invalid, "the SDP's audio port is not a port"};
  parsed.audio_refused = media.m_port == 0;
  if (parsed.audio_refused) return {};
  auto rtp = media_address(sdp_media_connections(&media), media.m_port);
  if (!rtp) return rtp.error();
  parsed.audio.rtp = *rtp;
  parsed.audio.rtcp = rtcp_address(media, *rtp);
  parsed.audio.codecs = codecs_of(media);
  if (parsed.audio.codecs.empty() || parsed.audio.codecs.front().is_event()) {
    return Error{ErrorCode::unsupported, "the SDP offers no audio format"};
  }
  parsed.audio.ptime_ms = ptime_of(media);
  parsed.audio.direction = direction_of(media, *rtp);
  return {};
}

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

using Out = std::back_insert_iterator<std::string>;

void write_audio(Out out, const MediaDescription& media) {
  fmt::format_to(out, "m=audio {} RTP/AVP", media.rtp.port());
  for (const auto& codec : media.codecs) fmt::format_to(out, " {}", codec.payload_type);
  fmt::format_to(out, "\r\n");
  for (const auto& codec : media.codecs) {
    fmt::format_to(out, "a=rtpmap:{} {}/{}", codec.payload_type, codec.is_event() ? "telephone-event" : codec.name, codec.clock_rate);
    if (codec.channels > 1) fmt::format_to(out, "/{}", codec.channels);
    fmt::format_to(out, "\r\n");
    if (!codec.fmtp.empty()) fmt::format_to(out, "a=fmtp:{} {}\r\n", codec.payload_type, codec.fmtp);
  }
  SocketAddress expected = media.rtp;
  expected.set_port(static_cast<uint16_t>(media.rtp.port() + 1));
  if (!media.rtcp.empty() && !(media.rtcp == expected)) {
    const bool v6 = media.rtcp.family() == AF_INET6;
    fmt::format_to(out, "a=rtcp:{} IN {} {}\r\n", media.rtcp.port(), v6 ? "IP6" : "IP4", media.rtcp.host());
  }
  fmt::format_to(out, "a=ptime:{}\r\na={}\r\n", media.ptime_ms, direction_name(media.direction));
}

}  // namespace

Result<ParsedSdp> parse_sdp_full(std::string_view body) {
  if (body.empty() || body.size() > kMaxSdp) return Error{ErrorCode::invalid, "the SDP is empty or too long"};
  if (body.find('\0') != std::string_view::npos) return Error{ErrorCode::invalid, "the SDP contains a NUL"};
  const std::string lines = essence(body);
  if (lines.empty()) return Error{ErrorCode::invalid, "the SDP has lines that are none"};
  const Parsed sofia(lines);
  const sdp_session_t* const session = sofia.session();
  if (session == nullptr) return Error{ErrorCode::invalid, fmt::format("the SDP cannot be read: {}", sofia.error())};
  const sdp_media_t* const audio = choose(*session);
  if (audio == nullptr) return Error{ErrorCode::unsupported, "the SDP has no audio over plain RTP"};
  ParsedSdp parsed;
  size_t index = 0;
  for (const sdp_media_t* m = session->sdp_media; m != nullptr; m = m->m_next, ++index) {
    if (index == kMaxMediaLines) return Error{ErrorCode::invalid, "the SDP has too many media lines"};
    if (m == audio) {
      parsed.audio_index = index;
    } else {
      parsed.others.push_back(rejected(*m));
    }
  }
  if (auto r = fill_audio(*audio, parsed); !r) return r.error();
  return parsed;
}

Result<MediaDescription> parse_sdp(std::string_view body) {
  auto parsed = parse_sdp_full(body);
  if (!parsed) return parsed.error();
  if (parsed->audio_refused) return Error{ErrorCode::unsupported, "the audio stream is refused"};
  return std::move(parsed->audio);
}

std::string write_sdp(const MediaDescription& media, const SdpOrigin& origin, const ParsedSdp* offer) {
  std::string text;
  text.reserve(512);
  const Out out(text);
  const std::string host = media.rtp.host();
  const std::string_view family = media.rtp.family() == AF_INET6 ? "IP6" : "IP4";
  fmt::format_to(out, "v=0\r\no=- {} {} IN {} {}\r\ns=-\r\nc=IN {} {}\r\nt=0 0\r\n", origin.id, origin.version, family, host, family, host);
  const size_t before = offer != nullptr ? offer->audio_index : 0;
  const size_t others = offer != nullptr ? offer->others.size() : 0;
  for (size_t i = 0; i <= others; ++i) {
    if (i == before) write_audio(out, media);
    if (i == others) break;
    const RejectedMedia& other = offer->others[i];
    fmt::format_to(out, "m={} 0 {} {}\r\n", other.type, other.protocol, other.formats);
  }
  return text;
}

}  // namespace tandem
