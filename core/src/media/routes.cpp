#include "media/routes.h"

#include <algorithm>

namespace tandem {
namespace {

void add(std::array<NumberedFormat, PortFormats::kMost>& list, uint8_t& count, const Codec& codec) {
  const NumberedFormat one{codec.payload_type, format_of(codec)};
  if (one.number > 127 || one.format == Format::unknown || count == list.size()) return;
  const auto end = list.begin() + count;
  if (std::any_of(list.begin(), end, [&](const NumberedFormat& known) { return known.number == one.number; })) return;
  list[count++] = one;
}

Route route_of(const NumberedFormat& in, const PortFormats* to) {
  Route route{.khz = clock_khz(in.format), .format = in.format};
  const auto same = to == nullptr ? std::nullopt : to->number_to_send(in.format);
  if (in.format == Format::event) {
    route.kind = Route::Kind::event;
    route.khz = 0;
    route.number = same.value_or(Route::kNone);
  } else if (same) {
    route.kind = Route::Kind::pass;
    route.number = *same;
  } else if (to != nullptr && can_transcode(in.format) && to->to_send()) {
    route.kind = Route::Kind::transcode;
    route.number = to->to_send()->number;
  }
  return route;
}

}  // namespace

PortFormats::PortFormats(const MediaDescription& ours, const MediaDescription& theirs) {
  for (const auto& codec : ours.codecs) add(in, in_count, codec);
  for (const auto& codec : theirs.codecs) {
    const bool agreed = std::any_of(ours.codecs.begin(), ours.codecs.end(), [&](const Codec& c) { return c.same_format(codec); });
    if (agreed) add(out, out_count, codec);
  }
}

std::optional<uint8_t> PortFormats::number_to_send(Format format) const {
  const auto end = out.begin() + out_count;
  const auto it = std::find_if(out.begin(), end, [&](const NumberedFormat& f) { return f.format == format; });
  return it == end ? std::nullopt : std::optional(it->number);
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
