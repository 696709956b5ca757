#include "support/fake_media.h"

#include <algorithm>
#include <utility>

namespace tandem::test {

FakePort::FakePort(FakeMedia& media, uint64_t affinity, uint16_t port, bool ipv6)
    : affinity_(affinity),
      media_(media),
      rtp_(*SocketAddress::from(ipv6 ? "::1" : "127.0.0.1", port)),
      rtcp_(*SocketAddress::from(ipv6 ? "::1" : "127.0.0.1", port + 1)) {
  media_.ports_.push_back(this);
}

FakePort::~FakePort() {
  std::erase(media_.ports_, this);
  for (auto* port : media_.ports_) {
    if (port->to_ == this) port->to_ = nullptr;
  }
}

void FakePort::set_remote(const SocketAddress& rtp, const SocketAddress& rtcp, bool latch) {
  remote_rtp_ = rtp;
  remote_rtcp_ = rtcp;
  latch_ = latch;
}

void FakePort::set_formats(const MediaDescription& ours, const MediaDescription& theirs) {
  ours_ = ours;
  theirs_ = theirs;
}

uint32_t FakePort::play(Playlist list) {
  playing_ = std::move(list);
  yields_ = false;
  return ++play_;
}

void FakePort::stop_playing(bool when_relayed) {
  yields_ = when_relayed;
  if (!when_relayed) playing_.reset();
}

void FakePort::finish_playing() {
  playing_.reset();
  listener_({.kind = MediaEvent::Kind::played, .play = play_});
}

void FakeSounds::answer() {
  for (auto& [names, done] : std::exchange(waiting_, {})) {
    asked_.push_back(names);
    const auto lost = std::find_if(names.begin(), names.end(), [&](const auto& n) { return missing_.contains(n); });
    if (lost != names.end()) {
      done(Error{ErrorCode::not_found, "there is no sound \"" + *lost + "\""});
    } else {
      done(Playlist{std::vector<std::shared_ptr<const Sound>>(names.size(), std::make_shared<Sound>()), false});
    }
  }
}

Result<std::shared_ptr<SoundSink>> FakeMedia::start_recording(RecordRequest request, UniqueFunction<void(Result<RecordingEnd>)> done) {
  recordings_.push_back(std::move(request));
  recorded_ = std::move(done);
  // Nobody looks into it; that there is one is all that matters.
  return std::shared_ptr<SoundSink>(std::make_shared<int>(), reinterpret_cast<SoundSink*>(this));
}

void FakeMedia::stop_recording(const std::shared_ptr<SoundSink>& /*sink*/) { ++recordings_stopped_; }

bool FakePort::takes_from(const FakePort& from) const {
  const auto shared = [&](const Codec& c) {
    const auto same = [&](const Codec& o) { return !c.is_event() && o.same_format(c); };
    return std::any_of(theirs_.codecs.begin(), theirs_.codecs.end(), same) && std::any_of(ours_.codecs.begin(), ours_.codecs.end(), same);
  };
  return std::any_of(from.ours_.codecs.begin(), from.ours_.codecs.end(), shared);
}

Result<std::unique_ptr<MediaPort>> FakeMedia::open(uint64_t affinity, MediaKind kind, int family) {
  if (family == AF_INET6 && !has_ipv6_) return Error{ErrorCode::unavailable, "there is no IPv6 address for media"};
  if (ports_.size() >= most_) return Error{ErrorCode::exhausted, "no free RTP ports"};
  next_ = static_cast<uint16_t>(next_ + 2);
  auto port = std::make_unique<FakePort>(*this, affinity, next_, family == AF_INET6);
  port->kind_ = kind;
  return std::unique_ptr<MediaPort>(std::move(port));
}

SocketAddress FakeMedia::advertised(const SocketAddress& local) const {
  return shown_.empty() ? SocketAddress() : *SocketAddress::from(shown_, local.port());
}

}  // namespace tandem::test
