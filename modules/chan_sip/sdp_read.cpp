// Reading SDP: one pass that cuts the body into sections, one over each section that we take. Views into the body, no copies but of what is
// kept. Sofia-SIP's parser took a tenth of a call's instructions here, and can be made to take all memory.
#include <algorithm>
#include <utility>

#include "sdp.h"
#include "sdp_stream.h"
#include "sdp_text.h"

namespace tandem {

using sdp::Section;

namespace {

constexpr size_t kMaxMediaLines = 16;
constexpr size_t kMaxWord = 32;
constexpr size_t kMaxVideo = 2;

struct Sections {
  std::string_view session;
  std::vector<Section> media;
};

// What is written back into an answer must not contain what separates its parts: an m-line is taken strictly.
Result<Section> media_line(std::string_view line) {
  using namespace sdp;
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
  if (!sdp::next_line(rest).starts_with("v=0")) return Error{ErrorCode::invalid, "the SDP does not begin with v=0"};
  const char* start = rest.data();
  const auto close = [&](const char* end) {
    auto& lines = sections.media.empty() ? sections.session : sections.media.back().lines;
    lines = {start, static_cast<size_t>(end - start)};
  };
  while (!rest.empty()) {
    const char* const before = rest.data();
    const std::string_view line = sdp::next_line(rest);
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

SdpLine line_of(const Section& media) {
  const auto word = [](std::string_view text, std::string_view fallback) { return std::string(text.size() <= kMaxWord ? text : fallback); };
  SdpLine line;
  line.type = word(media.type, "audio");
  line.protocol = word(media.protocol, "RTP/AVP");
  std::string_view formats = media.formats;
  for (auto format = sdp::next_word(formats); !format.empty(); format = sdp::next_word(formats)) {
    if (format.size() > kMaxWord || line.formats.size() + format.size() > 200) continue;
    if (!line.formats.empty()) line.formats += ' ';
    line.formats += format;
  }
  if (line.formats.empty()) line.formats = "0";
  return line;
}

bool is_open(const Section& media) { return sdp::number(media.port) != 0UL; }

bool is_taken(const Section& media, std::string_view type, bool secure) {
  if (media.type != type) return false;
  const auto profile = sdp::profile_of(media.protocol);
  return profile && (secure || profile->profile == RtpProfile::plain);
}

bool stood_for(const SdpLayout* before, size_t index, int stream) {
  return before != nullptr && index < before->size() && (*before)[index].stream == stream;
}

// The stream we take: the one that was ours already, else the first secure one that is offered, else the first plain one, else the first
// that is refused.
const Section* choose_audio(const std::vector<Section>& media, const SdpWishes& wishes, const SdpLayout* before) {
  const auto rank = [&](size_t i) {
    if (!is_taken(media[i], "audio", wishes.secure)) return 0;
    if (!is_open(media[i])) return 1;
    if (stood_for(before, i, SdpLine::kAudio)) return 4;
    return sdp::profile_of(media[i].protocol)->profile == RtpProfile::plain ? 2 : 3;
  };
  const Section* best = nullptr;
  int highest = 0;
  for (size_t i = 0; i < media.size(); ++i) {
    if (rank(i) <= highest) continue;
    highest = rank(i);
    best = &media[i];
  }
  return best;
}

MediaStream no_video() {
  MediaStream none;
  none.kind = MediaKind::video;
  none.refused = true;
  return none;
}

int video_lines(const SdpLayout* before) {
  int most = 0;
  if (before != nullptr) {
    for (const auto& line : *before) most = std::max(most, line.stream);
  }
  return most;
}

// A stream keeps its number as long as the session lasts. Only what stands alone can be taken: a line that may come in a bundle and not
// otherwise is refused (RFC 8843 7.3.3).
void read_video(const Sections& sections, const SdpWishes& wishes, const SdpLayout* before, ParsedSdp& parsed) {
  auto& video = parsed.media.video;
  video.assign(static_cast<size_t>(video_lines(before)), no_video());
  for (size_t i = 0; i < sections.media.size(); ++i) {
    const Section& section = sections.media[i];
    if (parsed.lines[i].stream != SdpLine::kNone || !is_taken(section, "video", wishes.secure)) continue;
    int number = before != nullptr && i < before->size() ? (*before)[i].stream : SdpLine::kNone;
    if (number <= 0) {
      if (!is_open(section) || video.size() >= kMaxVideo || sdp::marks_of(section.lines).bundle_only) continue;
      video.push_back(no_video());
      number = static_cast<int>(video.size());
    }
    MediaStream stream;
    stream.kind = MediaKind::video;
    if (sdp::read_stream(sections.session, section, stream)) video[static_cast<size_t>(number) - 1] = std::move(stream);
    parsed.lines[i].stream = number;
  }
}

// "a=rtcp-fb:* nack pli". For which format it is said makes no difference: what comes is passed on for all of them, or not.
uint8_t feedback_of(std::string_view lines) {
  unsigned found = 0;
  while (!lines.empty()) {
    std::string_view line = sdp::next_line(lines);
    if (!line.starts_with("a=rtcp-fb:")) continue;
    line.remove_prefix(10);
    sdp::next_word(line);
    const std::string_view kind = sdp::next_word(line), which = sdp::next_word(line);
    if (kind == "nack" && which.empty()) found |= kNack;
    if (kind == "nack" && which == "pli") found |= kPictureLoss;
    if (kind == "ccm" && which == "fir") found |= kFullIntra;
  }
  return static_cast<uint8_t>(found);
}

void mark_lines(const Sections& sections, SdpLayout& lines) {
  const std::string_view bundle = sdp::bundle_of(sections.session);
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i].mid = sdp::marks_of(sections.media[i].lines).mid;
    std::string_view members = bundle;
    for (auto member = sdp::next_word(members); !member.empty(); member = sdp::next_word(members)) {
      if (!lines[i].mid.empty() && member == lines[i].mid) lines[i].bundled = true;
    }
  }
}

}  // namespace

Result<ParsedSdp> parse_sdp(std::string_view body, const SdpWishes& wishes, const SdpLayout* before) {
  if (body.empty() || body.size() > kMaxSdp) return Error{ErrorCode::invalid, "the SDP is empty or too long"};
  if (body.find('\0') != std::string_view::npos) return Error{ErrorCode::invalid, "the SDP contains a NUL"};
  const auto sections = cut(body);
  if (!sections) return sections.error();
  const Section* const audio = choose_audio(sections->media, wishes, before);
  if (audio == nullptr) return Error{ErrorCode::unsupported, "the SDP has no audio over a kind of RTP that may be used"};
  ParsedSdp parsed;
  parsed.lines.reserve(sections->media.size());
  for (const auto& media : sections->media) parsed.lines.push_back(line_of(media));
  for (size_t i = 0; i < parsed.lines.size(); ++i) {
    if (sections->media[i].type == "video") parsed.lines[i].feedback = feedback_of(sections->media[i].lines);
  }
  parsed.lines[static_cast<size_t>(audio - sections->media.data())].stream = SdpLine::kAudio;
  if (body.find("a=mid:") != std::string_view::npos) mark_lines(*sections, parsed.lines);
  if (auto r = sdp::read_stream(sections->session, *audio, parsed.media); !r) return r.error();
  if (wishes.video && sections->media.size() > 1) read_video(*sections, wishes, before, parsed);
  return parsed;
}

}  // namespace tandem
