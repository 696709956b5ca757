// SrtpStream: one direction of one port's SRTP and SRTCP: keys, roll-over counter, replay window (libsrtp2, RFC 3711). Made on either
// thread, then used by the port's media thread alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "tandem/media_security.h"

struct srtp_ctx_t_;

namespace tandem {

class SrtpStream {
 public:
  enum class Direction : uint8_t { send, receive };
  /// Room that protecting needs behind a packet.
  static constexpr size_t kTrailer = 16 + 4 + 4;

  /// start_srtp() has succeeded. Null: the secret is not of the suite's length, or libsrtp2 refuses.
  static std::unique_ptr<SrtpStream> make(const SdesKey& key, Direction direction);
  ~SrtpStream();
  SrtpStream(const SrtpStream&) = delete;
  SrtpStream& operator=(const SrtpStream&) = delete;

  /// In place; kTrailer bytes must be free behind. False: this packet must not be sent (its number was used, or the key has served out).
  bool protect(uint8_t* packet, size_t& size);
  bool protect_rtcp(uint8_t* packet, size_t& size);
  /// In place. False: not authentic, or seen before.
  bool unprotect(uint8_t* packet, size_t& size);
  bool unprotect_rtcp(uint8_t* packet, size_t& size);

 private:
  SrtpStream() = default;
  void remember(uint32_t ssrc);

  static constexpr size_t kSources = 8;
  srtp_ctx_t_* session_ = nullptr;
  uint64_t left_ = 0;  ///< packets that may still be sent
  unsigned mki_ = 0;   ///< 1: each packet carries it
  // Each SSRC that the far end makes up costs a context, so the oldest goes.
  std::array<uint32_t, kSources> sources_{};
  size_t source_count_ = 0;
  uint32_t last_source_ = 0;
};

}  // namespace tandem
