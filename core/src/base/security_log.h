// The security log's grammar, and its limit per source. SecurityLimiter is guarded by whoever owns it.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tandem/clock.h"
#include "tandem/log.h"

namespace tandem {

/// The events of grammar 1: docs/security.md lists them, and filters rely on the words.
struct SecurityEventKind {
  std::string_view name, severity;
};
std::span<const SecurityEventKind> security_event_kinds();

/// 'SecurityEvent="...",EventTV="...",...,RemoteAddress="IPV4/UDP/127.0.0.1/5062",Detail="..."': EventVersion 1 is this list of fields in
/// this order, so that a filter written for it keeps working.
std::string security_line(const SecurityEvent& event, WallTime at);
/// "2026-11-20T12:34:56.789", UTC.
std::string utc_stamp(WallTime at);

/// Ten lines a second and source, a thousand in all, in windows of a second. A source is an IPv4 address or an IPv6 /64 (one host has them
/// all). Sources beyond the table's bound share one counter: a flood of made-up addresses costs neither memory nor disk.
class SecurityLimiter {
 public:
  static constexpr auto kWindow = std::chrono::seconds(1);

  struct LeftOut {
    SocketAddress source;  ///< empty: all sources beyond the table
    size_t lines = 0;
  };

  /// What was left out in the window before, once it is over; empty else.
  std::vector<LeftOut> turn(Instant now);
  /// The same in the middle of a window, which begins anew.
  std::vector<LeftOut> take();
  /// True: write the line. Call turn() first.
  bool admit(const SocketAddress& remote);

 private:
  struct Counted {
    size_t seen = 0;
    size_t left_out = 0;
  };
  Instant began_{};
  std::unordered_map<SocketAddress, Counted> sources_;
  size_t written_ = 0;
  size_t others_ = 0;
};

/// The event that tells what was left out.
SecurityEvent summary_of(const SecurityLimiter::LeftOut& left_out);

}  // namespace tandem
