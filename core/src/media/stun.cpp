#include "media/stun.h"

#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "media/rtp.h"

namespace tandem {
namespace {

constexpr size_t kHeader = 20, kAttributeHead = 4, kSha1 = 20;
constexpr uint32_t kCookie = 0x2112a442;
constexpr uint32_t kFingerprintMask = 0x5354554e;
constexpr uint16_t kBindingRequest = 0x0001, kBindingSuccess = 0x0101, kBindingError = 0x0111;
constexpr uint16_t kUsername = 0x0006, kMessageIntegrity = 0x0008, kErrorCode = 0x0009, kUnknownAttributes = 0x000a,
                   kXorMappedAddress = 0x0020, kPriority = 0x0024, kUseCandidate = 0x0025, kFingerprint = 0x8028, kIceControlled = 0x8029;
constexpr uint16_t kMustUnderstand = 0x7fff;  // and below
constexpr size_t kMostUnknown = 8;

uint32_t crc_of(std::span<const uint8_t> bytes) {
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (0xedb88320U & (0U - (crc & 1)));
  }
  return ~crc;
}

using Hash = std::array<uint8_t, kSha1>;

/// Over `message`, whose length field says what it would be with the integrity as its last attribute (RFC 5389 15.4).
bool integrity_of(std::span<const uint8_t> message, std::string_view password, Hash& hash) {
  std::vector<uint8_t> copy(message.begin(), message.end());
  write_16(&copy[2], static_cast<uint16_t>(message.size() - kHeader + kAttributeHead + kSha1));
  unsigned length = 0;
  return ::HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()), copy.data(), copy.size(), hash.data(), &length) != nullptr;
}

/// What a request says.
struct Request {
  std::optional<std::string_view> username;
  size_t integrity_at = 0;  ///< where that attribute begins; 0: there is none
  bool use_candidate = false;
  bool controlled = false;
  std::array<uint16_t, kMostUnknown> unknown{};
  size_t unknown_count = 0;
};

void note(Request& request, uint16_t type, std::span<const uint8_t> value) {
  switch (type) {
    case kUsername:
      request.username = std::string_view(reinterpret_cast<const char*>(value.data()), value.size());
      return;
    case kUseCandidate:
      request.use_candidate = true;
      return;
    case kIceControlled:
      request.controlled = true;
      return;
    case kPriority:
      return;
    default:
      if (type <= kMustUnderstand && request.unknown_count < kMostUnknown) request.unknown[request.unknown_count++] = type;
  }
}

/// Nothing when it is no STUN message in itself: then it gets no answer at all.
std::optional<Request> read_request(std::span<const uint8_t> packet) {
  Request request;
  size_t at = kHeader;
  while (at + kAttributeHead <= packet.size()) {
    const uint16_t type = read_16(&packet[at]);
    const size_t length = read_16(&packet[at + 2]);
    const size_t next = at + kAttributeHead + (length + 3) / 4 * 4;
    if (next > packet.size()) return std::nullopt;
    const auto value = packet.subspan(at + kAttributeHead, length);
    if (type == kFingerprint) {
      // The last one, or it is none.
      if (length != 4 || next != packet.size()) return std::nullopt;
      if (read_32(value.data()) != (crc_of(packet.first(at)) ^ kFingerprintMask)) return std::nullopt;
      return request;
    }
    if (type == kMessageIntegrity && request.integrity_at == 0) {
      if (length != kSha1) return std::nullopt;
      request.integrity_at = at;
    } else if (request.integrity_at == 0) {  // what follows the integrity is not covered by it
      note(request, type, value);
    }
    at = next;
  }
  return at == packet.size() ? std::optional(request) : std::nullopt;
}

bool authentic(std::span<const uint8_t> packet, size_t integrity_at, std::string_view password) {
  Hash hash{};
  return integrity_of(packet.first(integrity_at), password, hash) &&
         CRYPTO_memcmp(hash.data(), &packet[integrity_at + kAttributeHead], kSha1) == 0;
}

/// Writes one message into a buffer that is known to be large enough.
class Writer {
 public:
  Writer(std::span<uint8_t> into, uint16_t type, std::span<const uint8_t> request) : into_(into), size_(kHeader) {
    write_16(into_.data(), type);
    std::memcpy(&into_[4], &request[4], kHeader - 4);
  }
  uint8_t* attribute(uint16_t type, size_t length) {
    uint8_t* const at = &into_[size_];
    write_16(at, type);
    write_16(at + 2, static_cast<uint16_t>(length));
    std::memset(at + kAttributeHead, 0, (length + 3) / 4 * 4);
    size_ += kAttributeHead + (length + 3) / 4 * 4;
    write_16(&into_[2], static_cast<uint16_t>(size_ - kHeader));
    return at + kAttributeHead;
  }
  void error(int code, std::string_view reason) {
    uint8_t* const value = attribute(kErrorCode, 4 + reason.size());
    value[2] = static_cast<uint8_t>(code / 100);
    value[3] = static_cast<uint8_t>(code % 100);
    std::memcpy(value + 4, reason.data(), reason.size());
  }
  void integrity(std::string_view password) {
    Hash hash{};
    integrity_of(into_.first(size_), password, hash);
    std::memcpy(attribute(kMessageIntegrity, kSha1), hash.data(), kSha1);
  }
  size_t finish() {
    // The length counts the fingerprint, the checksum covers what is before it.
    write_16(&into_[2], static_cast<uint16_t>(size_ - kHeader + 8));
    const uint32_t crc = crc_of(into_.first(size_)) ^ kFingerprintMask;
    write_32(attribute(kFingerprint, 4), crc);
    return size_;
  }

 private:
  std::span<uint8_t> into_;
  size_t size_;
};

void write_mapped(Writer& writer, const SocketAddress& from, std::span<const uint8_t> request) {
  const bool v6 = from.family() == AF_INET6;
  uint8_t* const value = writer.attribute(kXorMappedAddress, v6 ? 20 : 8);
  value[1] = v6 ? 2 : 1;
  write_16(value + 2, static_cast<uint16_t>(from.port() ^ (kCookie >> 16)));
  if (v6) {
    sockaddr_in6 address{};
    std::memcpy(&address, from.sa(), sizeof address);
    std::memcpy(value + 4, &address.sin6_addr, 16);
  } else {
    sockaddr_in address{};
    std::memcpy(&address, from.sa(), sizeof address);
    std::memcpy(value + 4, &address.sin_addr, 4);
  }
  // Cookie, then transaction id.
  for (size_t i = 0; i < (v6 ? 16U : 4U); ++i) value[4 + i] ^= request[4 + i];
}

}  // namespace

bool is_stun(std::span<const uint8_t> packet) {
  return packet.size() >= kHeader && packet[0] < 4 && read_32(&packet[4]) == kCookie && packet.size() % 4 == 0 &&
         read_16(&packet[2]) + kHeader == packet.size();
}

StunAnswer answer_stun(std::span<const uint8_t> packet, const SocketAddress& from, const IceLite& ice, std::span<uint8_t> into) {
  if (read_16(packet.data()) != kBindingRequest) return {};
  const auto request = read_request(packet);
  if (!request) return {};
  Writer error(into, kBindingError, packet);
  if (request->integrity_at == 0 || !request->username) {
    error.error(400, "Bad Request");
    return {.size = error.finish()};
  }
  const bool ours = *request->username == ice.ours.ufrag + ":" + ice.their_ufrag;
  if (!ours || !authentic(packet, request->integrity_at, ice.ours.pwd)) {
    error.error(401, "Unauthorized");
    return {.size = error.finish()};
  }
  if (request->unknown_count > 0) {
    error.error(420, "Unknown Attribute");
    uint8_t* const list = error.attribute(kUnknownAttributes, 2 * request->unknown_count);
    for (size_t i = 0; i < request->unknown_count; ++i) write_16(list + 2 * i, request->unknown[i]);
    error.integrity(ice.ours.pwd);
    return {.size = error.finish()};
  }
  if (request->controlled) {
    error.error(487, "Role Conflict");
    error.integrity(ice.ours.pwd);
    return {.size = error.finish()};
  }
  Writer success(into, kBindingSuccess, packet);
  write_mapped(success, from, packet);
  success.integrity(ice.ours.pwd);
  return {.size = success.finish(), .valid = true, .nominated = request->use_candidate};
}

}  // namespace tandem
