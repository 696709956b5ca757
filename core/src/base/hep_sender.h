// HepSender: the Capture of the host: one socket to the collector. Configured on the switch thread; sends from any.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "base/hep.h"

namespace tandem {

struct HepSettings {
  SocketAddress server;  ///< empty: nothing is sent
  HepIdentity identity;
  bool sip = true, rtcp = true;
  friend bool operator==(const HepSettings& a, const HepSettings& b) {
    return a.server == b.server && a.identity.capture_id == b.identity.capture_id && a.identity.password == b.identity.password &&
           a.sip == b.sip && a.rtcp == b.rtcp;
  }
};

class HepSender final : public Capture {
 public:
  HepSender() = default;
  ~HepSender() override;
  HepSender(const HepSender&) = delete;
  HepSender& operator=(const HepSender&) = delete;

  /// io: no socket to there. What was before stays then.
  Result<void> configure(const HepSettings& settings);

  bool wanted(CaptureKind kind) const override;
  void send(const CapturedMessage& message) override;
  Registration watch(UniqueFunction<void()> changed) override;

  uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> sip_{false}, rtcp_{false};
  std::atomic<uint64_t> sent_{0}, dropped_{0};
  mutable std::mutex mutex_;
  int socket_ = -1;  ///< guarded by mutex_, as is the next one
  HepSettings settings_;
  std::map<uint64_t, std::shared_ptr<UniqueFunction<void()>>> watchers_;  ///< switch thread
  uint64_t next_ = 1;
};

}  // namespace tandem
