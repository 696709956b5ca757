// STUN as an ICE-lite agent needs it (RFC 5389, RFC 8445): one binding request in, one answer out. Nothing is kept; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "tandem/address.h"
#include "tandem/media_security.h"

namespace tandem {

/// By its first two bits and the magic cookie (RFC 5389 6, RFC 7983).
bool is_stun(std::span<const uint8_t> packet);

struct StunAnswer {
  size_t size = 0;         ///< of what is to be sent back to where the request came from; 0: nothing is
  bool valid = false;      ///< the far end has proved that it knows our password, so its address counts
  bool nominated = false;  ///< it wants to be sent to at this address (USE-CANDIDATE)
};

/// Room for the longest answer.
inline constexpr size_t kMostStunAnswer = 256;

/// Judges `packet` (is_stun() has accepted it) and writes the answer into `into`, of at least kMostStunAnswer bytes. Only requests to bind
/// are answered: 400 where credentials are missing, 401 where they are wrong, 420 where it must be understood and is not, 487 to whoever
/// wants to be the controlled side too.
StunAnswer answer_stun(std::span<const uint8_t> packet, const SocketAddress& from, const IceLite& ice, std::span<uint8_t> into);

}  // namespace tandem
