#include "call/negotiate.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <string_view>

#include "media/codecs.h"

namespace tandem {

namespace {

constexpr uint8_t kFirstDynamic = 96, kLastNumber = 127;
using Events = std::bitset<256>;

// Hostile text: what makes no sense names nothing.
Events events_of(std::string_view list) {
  Events events;
  if (list.empty()) list = "0-15";
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    unsigned first = 0, last = 0;
    auto read = std::from_chars(part.data(), part.data() + part.size(), first);
    if (read.ec != std::errc()) continue;
    last = first;
    if (read.ptr != part.data() + part.size() && *read.ptr == '-') std::from_chars(read.ptr + 1, part.data() + part.size(), last);
    for (unsigned event = first; event <= last && event < events.size(); ++event) events.set(event);
  }
  return events;
}

// "opus" is told by the receiver to the sender and goes end to end; of telephone-event we speak for ourselves.
std::string answer_parameters(const Codec& wanted, const Codec& offered) {
  if (offered.is_event()) return common_events(wanted.fmtp, offered.fmtp);
  return wanted.fmtp.empty() ? offered.fmtp : wanted.fmtp;
}

const Codec* same_format(const std::vector<Codec>& codecs, const Codec& wanted) {
  const auto it = std::find_if(codecs.begin(), codecs.end(), [&](const Codec& c) { return c.same_format(wanted); });
  return it == codecs.end() ? nullptr : &*it;
}

bool is_taken(const std::vector<Codec>& codecs, uint8_t number) {
  return std::any_of(codecs.begin(), codecs.end(), [&](const Codec& c) { return c.payload_type == number; });
}

bool can_be_transcoded(const std::vector<Codec>& codecs) {
  return std::any_of(codecs.begin(), codecs.end(), [](const Codec& c) { return can_transcode(format_of(c)); });
}

}  // namespace

std::vector<Codec> common_codecs(const std::vector<Codec>& codecs, const std::vector<Codec>& other) {
  std::vector<Codec> common;
  for (const auto& codec : codecs) {
    if (same_format(other, codec) != nullptr) common.push_back(codec);
  }
  return common;
}

std::vector<Codec> merge_codecs(std::vector<Codec> first, const std::vector<Codec>& rest) {
  for (Codec codec : rest) {
    if (same_format(first, codec) != nullptr) continue;
    if (is_taken(first, codec.payload_type)) {
      codec.payload_type = kFirstDynamic;
      while (codec.payload_type < kLastNumber && (is_taken(first, codec.payload_type) || is_taken(rest, codec.payload_type)))
        ++codec.payload_type;
    }
    first.push_back(std::move(codec));
  }
  std::stable_partition(first.begin(), first.end(), [](const Codec& c) { return !c.is_event(); });
  return first;
}

std::vector<Codec> codecs_to_offer(const std::vector<Codec>& allowed, bool chosen, const std::vector<Codec>& other) {
  const bool transcodes = can_be_transcoded(other);
  std::vector<Codec> rest;
  for (const auto& codec : allowed) {
    if (codec.is_event() || (transcodes && can_transcode(format_of(codec)))) rest.push_back(codec);
  }
  std::vector<Codec> offer = merge_codecs(common_codecs(other, allowed), rest);
  const auto place = [&](const Codec& codec) { return same_format(allowed, codec); };
  if (chosen) std::stable_sort(offer.begin(), offer.end(), [&](const Codec& a, const Codec& b) { return place(a) < place(b); });
  const auto spare = [&](const Codec& event) {
    const auto goes_with = [&](const Codec& c) { return !c.is_event() && c.clock_rate == event.clock_rate; };
    return event.is_event() && event.clock_rate != 8000 && std::none_of(offer.begin(), offer.end(), goes_with);
  };
  std::erase_if(offer, spare);
  return offer;
}

bool can_talk(const std::vector<Codec>& codecs, const std::vector<Codec>& other) {
  return has_audio(common_codecs(codecs, other)) || (can_be_transcoded(codecs) && can_be_transcoded(other));
}

const Codec* first_audio(const std::vector<Codec>& codecs) {
  const auto it = std::find_if(codecs.begin(), codecs.end(), [](const Codec& c) { return !c.is_event(); });
  return it == codecs.end() ? nullptr : &*it;
}

bool has_audio(const std::vector<Codec>& codecs) { return first_audio(codecs) != nullptr; }

MediaDirection answer_direction(MediaDirection offered) {
  switch (offered) {
    case MediaDirection::sendonly:
      return MediaDirection::recvonly;
    case MediaDirection::recvonly:
      return MediaDirection::sendonly;
    case MediaDirection::inactive:
      return MediaDirection::inactive;
    case MediaDirection::sendrecv:
      break;
  }
  return MediaDirection::sendrecv;
}

bool sends(MediaDirection direction) { return direction == MediaDirection::sendrecv || direction == MediaDirection::sendonly; }
bool receives(MediaDirection direction) { return direction == MediaDirection::sendrecv || direction == MediaDirection::recvonly; }

std::string common_events(const std::string& a, const std::string& b) {
  const Events both = events_of(a) & events_of(b);
  std::string list;
  for (size_t first = 0; first < both.size(); ++first) {
    if (!both.test(first)) continue;
    size_t last = first;
    while (last + 1 < both.size() && both.test(last + 1)) ++last;
    if (!list.empty()) list += ',';
    list += last == first ? std::to_string(first) : fmt::format("{}-{}", first, last);
    first = last;
  }
  return list;
}

namespace {

/// The event that both sides have: that of the clock rate of the audio (RFC 4733 2.5.1.1 needs it), or whatever there is, for phones that
/// know only one.
const Codec* offered_event(const MediaDescription& offer, const std::vector<Codec>& wanted, uint32_t clock_rate) {
  const Codec* any = nullptr;
  for (const auto& codec : wanted) {
    const Codec* offered = codec.is_event() ? same_format(offer.codecs, codec) : nullptr;
    if (offered == nullptr || common_events(codec.fmtp, offered->fmtp).empty()) continue;
    if (offered->clock_rate == clock_rate) return offered;
    if (any == nullptr) any = offered;
  }
  return any;
}

void take(const Codec& offered, const std::vector<Codec>& wanted, std::vector<Codec>& into) {
  into.push_back(offered);
  into.back().fmtp = answer_parameters(*same_format(wanted, offered), offered);
}

}  // namespace

Result<MediaDescription> make_answer(const MediaDescription& offer, const std::vector<Codec>& wanted, const MediaDescription& local) {
  MediaDescription answer = local;
  answer.codecs.clear();
  answer.ptime_ms = offer.maxptime_ms > 0 ? std::min(offer.ptime_ms, offer.maxptime_ms) : offer.ptime_ms;
  answer.maxptime_ms = 0;
  answer.direction = answer_direction(offer.direction);
  answer.refused = offer.refused;
  if (offer.refused) return answer;
  for (const auto& codec : wanted) {
    const Codec* offered = codec.is_event() ? nullptr : same_format(offer.codecs, codec);
    if (offered == nullptr) continue;
    take(*offered, wanted, answer.codecs);
    break;
  }
  if (answer.codecs.empty()) return Error{ErrorCode::unsupported, "no audio codec in common"};
  if (const Codec* event = offered_event(offer, wanted, answer.codecs.front().clock_rate)) take(*event, wanted, answer.codecs);
  return answer;
}

void PayloadNumbers::learn(const std::vector<Codec>& codecs) {
  for (const auto& codec : codecs) {
    if (codec.payload_type < kFirstDynamic || codec.payload_type > kLastNumber || is_taken(known_, codec.payload_type)) continue;
    known_.push_back(codec);
  }
}

// A number that this format has had, else its own if that is free, else any that is.
uint8_t PayloadNumbers::number_for(const Codec& codec, const std::vector<Codec>& codecs) const {
  const Codec* const old = same_format(known_, codec);
  if (old != nullptr && !is_taken(codecs, old->payload_type)) return old->payload_type;
  const auto free = [&](uint8_t number) { return !is_taken(known_, number) && !is_taken(codecs, number); };
  if (free(codec.payload_type)) return codec.payload_type;
  for (uint8_t number = kFirstDynamic; number <= kLastNumber; ++number) {
    if (free(number)) return number;
  }
  return codec.payload_type;  // a session that has used them all up
}

void PayloadNumbers::fit(std::vector<Codec>& codecs) const {
  std::vector<Codec> fitted;
  fitted.reserve(codecs.size());
  for (const auto& codec : codecs) {
    fitted.push_back(codec);
    if (codec.payload_type < kFirstDynamic) continue;
    fitted.pop_back();
    const uint8_t number = number_for(codec, fitted);
    fitted.push_back(codec);
    fitted.back().payload_type = number;
  }
  codecs = std::move(fitted);
}

}  // namespace tandem
