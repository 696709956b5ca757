// The video streams of a call: never looked into, only passed on, from a party that may have video to another one that may.
#include <algorithm>

#include "call/call_impl.h"
#include "call/negotiate.h"

namespace tandem {

namespace {

MediaStream no_video() {
  MediaStream none;
  none.kind = MediaKind::video;
  none.refused = true;
  return none;
}

bool is_wanted(const MediaStream& stream) { return !stream.refused && stream.direction != MediaDirection::inactive; }

/// Of what was offered, what the other side has taken: under the offer's numbers, with the other side's parameters.
std::vector<Codec> taken(const std::vector<Codec>& offered, const std::vector<Codec>& by_other) {
  std::vector<Codec> both;
  for (const auto& codec : by_other) {
    const auto same = [&](const Codec& o) { return o.same_format(codec) && o.payload_type == codec.payload_type; };
    const auto alike = [&](const Codec& o) { return o.same_format(codec) && o.fmtp == codec.fmtp; };
    const auto named = [&](const Codec& o) { return o.same_format(codec); };
    auto found = std::find_if(offered.begin(), offered.end(), same);
    if (found == offered.end()) found = std::find_if(offered.begin(), offered.end(), alike);
    if (found == offered.end()) found = std::find_if(offered.begin(), offered.end(), named);
    if (found == offered.end()) continue;
    both.push_back(*found);
    both.back().fmtp = codec.fmtp;
  }
  return both;
}

MediaDirection limited(MediaDirection answer, const MediaStream& other) {
  const bool out = sends(answer) && sends(other.direction), in = receives(answer) && receives(other.direction);
  if (out) return in ? MediaDirection::sendrecv : MediaDirection::sendonly;
  return in ? MediaDirection::recvonly : MediaDirection::inactive;
}

}  // namespace

// What the party that this offer is made for will be sent, and may send, because of the one that asks.
void CallImpl::offer_video(Leg& to, const MediaDescription& asked, MediaDescription& offer) {
  offer.video.clear();
  for (size_t i = 0; i < asked.video.size(); ++i) {
    MediaStream stream = no_video();
    if (to.policy().video && !asked.video[i].refused && to.open_video(services_.media, affinity_, i, stream)) {
      stream.refused = false;
      stream.codecs = asked.video[i].codecs;
      stream.direction = asked.video[i].direction;
      stream.bandwidth_kbps = asked.video[i].bandwidth_kbps;
      stream.content = asked.video[i].content;
    }
    offer.video.push_back(std::move(stream));
  }
}

// What the other side has taken of it can be taken; without another side nothing.
void CallImpl::answer_video(Leg& leg, const MediaDescription& offer, const MediaDescription* other, MediaDescription& answer) {
  answer.video.clear();
  for (size_t i = 0; i < offer.video.size(); ++i) {
    MediaStream stream = no_video();
    const MediaStream* const theirs = other != nullptr && i < other->video.size() ? &other->video[i] : nullptr;
    if (theirs != nullptr && !offer.video[i].refused && !theirs->refused && leg.policy().video) {
      stream.codecs = taken(offer.video[i].codecs, theirs->codecs);
      stream.refused = stream.codecs.empty() || !leg.open_video(services_.media, affinity_, i, stream);
      stream.direction = limited(answer_direction(offer.video[i].direction), *theirs);
      stream.bandwidth_kbps = theirs->bandwidth_kbps;
      stream.content = theirs->content;
    }
    answer.video.push_back(std::move(stream));
  }
}

// An offer that starts or ends a stream, or alters whether it runs, concerns the other side; a new address, say, does not.
bool CallImpl::video_concerns_other_side(const Leg& leg, const Leg& peer, const MediaDescription& offer) {
  const auto& before = leg.theirs()->video;
  for (size_t i = 0; i < std::max(offer.video.size(), before.size()); ++i) {
    const bool now = i < offer.video.size() && is_wanted(offer.video[i]);
    const bool then = i < before.size() && is_wanted(before[i]) && i < leg.ours().video.size() && !leg.ours().video[i].refused;
    if (now != then) return peer.policy().video && leg.policy().video;
    if (now && (i >= peer.ours().video.size() || taken(offer.video[i].codecs, peer.ours().video[i].codecs).empty())) return true;
  }
  return false;
}

}  // namespace tandem
