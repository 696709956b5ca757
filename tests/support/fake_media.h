// FakeMedia: ports without sockets. What they were told can be read; a relay to a port that has gone is forgotten. Test's thread.
#pragma once

#include <memory>
#include <vector>

#include "tandem/media.h"

namespace tandem::test {

class FakeMedia;

class FakePort final : public MediaPort {
 public:
  FakePort(FakeMedia& media, uint64_t affinity, uint16_t port);
  ~FakePort() override;
  SocketAddress local_rtp() const override { return rtp_; }
  SocketAddress local_rtcp() const override { return rtcp_; }
  void set_remote(const SocketAddress& rtp, const SocketAddress& rtcp, bool latch) override;
  void relay_to(MediaPort* to, const PayloadMap& map) override;
  void set_timeout(std::chrono::milliseconds limit) override { timeout_ = limit; }
  MediaCounts counts() const override { return counts_; }

  const uint64_t affinity_;
  SocketAddress remote_rtp_, remote_rtcp_;
  bool latch_ = false;
  FakePort* to_ = nullptr;
  PayloadMap map_;
  std::chrono::milliseconds timeout_{0};
  MediaCounts counts_;

 private:
  FakeMedia& media_;
  SocketAddress rtp_, rtcp_;
};

class FakeMedia final : public MediaEngine {
 public:
  Result<std::unique_ptr<MediaPort>> open(uint64_t affinity) override;
  SocketAddress advertised(const SocketAddress& local) const override;

  std::vector<FakePort*> ports_;  ///< those that are open, oldest first
  size_t most_ = 1000;            ///< then the pool is empty
  std::string shown_;             ///< the address for SDP, if not the bound one

 private:
  uint16_t next_ = 20000;
};

}  // namespace tandem::test
