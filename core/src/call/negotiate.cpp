#include "call/negotiate.h"

#include <algorithm>

#include "media/codecs.h"

namespace tandem {

namespace {

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
  constexpr uint8_t kFirstDynamic = 96, kLast = 127;
  for (Codec codec : rest) {
    if (same_format(first, codec) != nullptr) continue;
    if (is_taken(first, codec.payload_type)) {
      codec.payload_type = kFirstDynamic;
      while (codec.payload_type < kLast && (is_taken(first, codec.payload_type) || is_taken(rest, codec.payload_type)))
        ++codec.payload_type;
    }
    first.push_back(std::move(codec));
  }
  std::stable_partition(first.begin(), first.end(), [](const Codec& c) { return !c.is_event(); });
  return first;
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

Result<MediaDescription> make_answer(const MediaDescription& offer, const std::vector<Codec>& wanted, const MediaDescription& local) {
  MediaDescription answer = local;
  answer.codecs.clear();
  answer.ptime_ms = offer.ptime_ms;
  answer.direction = answer_direction(offer.direction);
  for (const auto& codec : wanted) {
    const Codec* offered = codec.is_event() ? nullptr : same_format(offer.codecs, codec);
    if (offered == nullptr) continue;
    answer.codecs.push_back(*offered);
    break;
  }
  if (answer.codecs.empty()) return Error{ErrorCode::unsupported, "no audio codec in common"};
  for (const auto& codec : wanted) {
    const Codec* offered = codec.is_event() ? same_format(offer.codecs, codec) : nullptr;
    if (offered == nullptr) continue;
    answer.codecs.push_back(*offered);
    break;
  }
  return answer;
}

}  // namespace tandem
