#include "support/fake_media.h"

namespace tandem::test {

FakePort::FakePort(FakeMedia& media, uint64_t affinity, uint16_t port)
    : affinity_(affinity),
      media_(media),
      rtp_(*SocketAddress::from("127.0.0.1", port)),
      rtcp_(*SocketAddress::from("127.0.0.1", port + 1)) {
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

void FakePort::relay_to(MediaPort* to, const PayloadMap& map) {
  to_ = static_cast<FakePort*>(to);
  map_ = map;
}

Result<std::unique_ptr<MediaPort>> FakeMedia::open(uint64_t affinity) {
  if (ports_.size() >= most_) return Error{ErrorCode::exhausted, "no free RTP ports"};
  next_ = static_cast<uint16_t>(next_ + 2);
  return std::unique_ptr<MediaPort>(std::make_unique<FakePort>(*this, affinity, next_));
}

SocketAddress FakeMedia::advertised(const SocketAddress& local) const {
  return shown_.empty() ? SocketAddress() : *SocketAddress::from(shown_, local.port());
}

}  // namespace tandem::test
