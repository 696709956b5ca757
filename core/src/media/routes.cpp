#include "media/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace tandem {
namespace {

/// FNV-1a over what makes two formats the same; never 0.
uint32_t opaque_of(const Codec& codec) {
  std::string all = fmt::format("{}/{}/{}", codec.name, codec.clock_rate, codec.channels);
  if (codec.name == "H264") {  // RFC 6184 8.1: the one parameter that changes how packets look
    const auto at = codec.fmtp.find("packetization-mode=");
    all += at == std::string::npos ? '0' : codec.fmtp.c_str()[at + std::string_view("packetization-mode=").size()];
  }
  uint32_t hash = 2166136261U;
  for (const char c : all) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
  return hash == 0 ? 1 : hash;
}

void add(std::array<NumberedFormat, PortFormats::kMost>& list, uint8_t& count, const Codec& codec, MediaKind kind) {
  NumberedFormat one{.number = codec.payload_type, .format = format_of(codec)};
  one.khz = clock_khz(one.format);
  if (kind == MediaKind::video) {
    one.format = Format::unknown;
    one.opaque = opaque_of(codec);
    one.khz = static_cast<uint8_t>(std::min(codec.clock_rate / 1000, 255U));
  }
  if (one.format == Format::opus) one.opus = read_opus_wishes(codec.fmtp);
  if (one.number > 127 || (one.format == Format::unknown && one.opaque == 0) || count == list.size()) return;
  const auto end = list.begin() + count;
  if (std::any_of(list.begin(), end, [&](const NumberedFormat& known) { return known.number == one.number; })) return;
  list[count++] = one;
}

Route route_of(const NumberedFormat& in, const PortFormats* to) {
  Route route{.khz = in.khz, .format = in.format};
  if (is_event(in.format)) {
    const auto event = to == nullptr ? std::nullopt : to->event_to_send();
    route.kind = Route::Kind::event;
    route.khz = 0;
    route.event_khz = in.khz;
    if (event) {
      route.number = event->number;
      route.out_khz = event->khz;
    }
    return route;
  }
  const auto same = to == nullptr ? std::nullopt : in.opaque != 0 ? to->opaque_to_send(in.opaque) : to->number_to_send(in.format);
  if (same) {
    route.kind = Route::Kind::pass;
    route.number = *same;
  } else if (to != nullptr && can_transcode(in.format) && to->to_send()) {
    route.kind = Route::Kind::transcode;
    route.number = to->to_send()->number;
  }
  return route;
}

}  // namespace

PortFormats::PortFormats(const MediaDescription& ours, const MediaDescription& theirs, MediaKind kind)
    : ptime(static_cast<uint8_t>(std::clamp(theirs.ptime_ms, 10, 60))) {
  for (const auto& codec : ours.codecs) add(in, in_count, codec, kind);
  for (const auto& codec : theirs.codecs) {
    const bool agreed = std::any_of(ours.codecs.begin(), ours.codecs.end(), [&](const Codec& c) { return c.same_format(codec); });
    if (agreed) add(out, out_count, codec, kind);
  }
}

std::optional<uint8_t> PortFormats::number_to_send(Format format) const {
  const auto end = out.begin() + out_count;
  const auto it = std::find_if(out.begin(), end, [&](const NumberedFormat& f) { return f.format == format; });
  return it == end ? std::nullopt : std::optional(it->number);
}

std::optional<uint8_t> PortFormats::opaque_to_send(uint32_t opaque) const {
  const auto end = out.begin() + out_count;
  const auto it = std::find_if(out.begin(), end, [&](const NumberedFormat& f) { return f.opaque == opaque; });
  return it == end ? std::nullopt : std::optional(it->number);
}

uint8_t PortFormats::clock_in(const std::array<NumberedFormat, kMost>& list, size_t count) {
  const auto end = list.begin() + static_cast<std::ptrdiff_t>(count);
  const auto sound = std::find_if(list.begin(), end, [](const NumberedFormat& f) { return !is_event(f.format); });
  return sound != end ? sound->khz : count > 0 ? list[0].khz : 8;
}

std::optional<NumberedFormat> PortFormats::event_to_send() const {
  const auto end = out.begin() + out_count;
  const auto sound = std::find_if(out.begin(), end, [](const NumberedFormat& f) { return !is_event(f.format); });
  const auto fits = [&](const NumberedFormat& f) { return is_event(f.format) && (sound == end || f.khz == sound->khz); };
  auto it = std::find_if(out.begin(), end, fits);
  if (it == end) it = std::find_if(out.begin(), end, [](const NumberedFormat& f) { return is_event(f.format); });
  return it == end ? std::nullopt : std::optional(*it);
}

std::optional<NumberedFormat> PortFormats::to_send() const {
  const auto end = out.begin() + out_count;
  const auto it = std::find_if(out.begin(), end, [](const NumberedFormat& f) { return can_transcode(f.format); });
  return it == end ? std::nullopt : std::optional(*it);
}

Routes make_routes(const PortFormats& from, const PortFormats* to) {
  Routes routes{};
  for (size_t i = 0; i < from.in_count; ++i) routes[from.in[i].number] = route_of(from.in[i], to);
  return routes;
}

}  // namespace tandem
