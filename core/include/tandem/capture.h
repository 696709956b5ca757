// Capture: copies of signalling and media reports for a collector that speaks HEP version 3 (Homer and its kin). Any thread; never waits.
#pragma once

#include <cstdint>
#include <string_view>

#include "tandem/address.h"
#include "tandem/clock.h"
#include "tandem/function.h"
#include "tandem/registration.h"

namespace tandem {

/// The collector's number for what a message is.
enum class CaptureKind : uint8_t { sip = 1, rtcp = 5 };  // rtcp: as JSON, see media/rtcp_capture.h

struct CapturedMessage {
  CaptureKind kind = CaptureKind::sip;
  SocketAddress from, to;
  bool stream = false;  ///< TCP, also with TLS on it; else UDP
  WallTime when;
  std::string_view correlation;  ///< the leg's Call-ID
  std::string_view payload;      ///< without secrets; beyond 60 000 octets it is cut
};

class Capture {
 public:
  static constexpr std::string_view kInterface = "capture";
  virtual ~Capture() = default;
  /// Any thread: does the collector want these? Look before you make a payload.
  virtual bool wanted(CaptureKind kind) const = 0;
  /// Any thread: one datagram, or none when the socket's buffer is full (it is then counted as dropped).
  virtual void send(const CapturedMessage& message) = 0;
  /// Switch thread: `changed` runs when a reload has changed what is wanted.
  virtual Registration watch(UniqueFunction<void()> changed) = 0;
};

}  // namespace tandem
