// Media reports for a capture server: RTCP as the JSON that it reads. Any thread; no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tandem/capture.h"

namespace tandem {

/// The first sender or receiver report of a compound packet as JSON; empty when there is none, or it is broken.
std::string rtcp_json(std::span<const uint8_t> packet);

/// Sends it on, when `capture` wants reports. `packet` is plain, not SRTCP; `correlation` is the leg's Call-ID.
void capture_rtcp(Capture* capture, std::span<const uint8_t> packet, const SocketAddress& from, const SocketAddress& to,
                  std::string_view correlation);

}  // namespace tandem
