#include "nonce.h"

#include <sodium.h>

#include <cstring>

namespace tandem {
namespace {

constexpr size_t kSeal = crypto_shorthash_siphashx24_BYTES;  // octets: 16
constexpr size_t kTimeDigits = 16;
constexpr unsigned kSerialBits = 20;  // beside the milliseconds
static_assert(2 * kSeal + kTimeDigits == NonceMint::kLength);

// What the seal covers besides the time: the host alone, since phones behind NAT change their port.
size_t host_octets(const SocketAddress& source, unsigned char* out) {
  if (source.family() == AF_INET) {
    std::memcpy(out, &reinterpret_cast<const sockaddr_in*>(source.sa())->sin_addr, 4);
    return 4;
  }
  if (source.family() == AF_INET6) {
    std::memcpy(out, &reinterpret_cast<const sockaddr_in6*>(source.sa())->sin6_addr, 16);
    return 16;
  }
  return 0;
}

bool read_time(std::string_view digits, uint64_t& value) {
  value = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<unsigned>(c - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

NonceMint::NonceMint(const Clock& clock, std::chrono::seconds lifetime) : clock_(clock), lifetime_(lifetime) {
  randombytes_buf(key_.data(), key_.size());
}

// The monotonic clock: a step of the wall clock must not make every phone's nonce stale at once.
uint64_t NonceMint::now() const {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch()).count());
}

void NonceMint::seal(uint64_t stamp, const SocketAddress& source, std::array<char, kLength + 1>& out) const {
  unsigned char covered[8 + 16];
  for (unsigned i = 0; i < 8; ++i) covered[i] = static_cast<unsigned char>(stamp >> (56 - 8 * i));
  const size_t length = 8 + host_octets(source, covered + 8);
  unsigned char mac[kSeal];
  crypto_shorthash_siphashx24(mac, covered, length, key_.data());
  sodium_bin2hex(out.data(), kTimeDigits + 1, covered, 8);
  sodium_bin2hex(out.data() + kTimeDigits, kLength - kTimeDigits + 1, mac, sizeof mac);
}

std::string NonceMint::make(const SocketAddress& source) const {
  std::array<char, kLength + 1> text;
  seal(now() << kSerialBits | (made_++ & ((1U << kSerialBits) - 1)), source, text);
  return {text.data(), kLength};
}

NonceMint::Verdict NonceMint::check(std::string_view nonce, const SocketAddress& source, Made* which) const {
  uint64_t made = 0;
  if (nonce.size() != kLength || !read_time(nonce.substr(0, kTimeDigits), made)) return Verdict::foreign;
  std::array<char, kLength + 1> expected;
  seal(made, source, expected);
  if (sodium_memcmp(expected.data(), nonce.data(), kLength) != 0) return Verdict::foreign;
  const auto age = std::chrono::milliseconds(now() - (made >> kSerialBits));
  if (age > lifetime_) return Verdict::stale;
  if (which != nullptr) {
    std::memcpy(&which->key, nonce.data() + kTimeDigits, sizeof which->key);  // digits: never 0
    which->key ^= which->key >> 29;
    which->stamp = made;
  }
  return Verdict::fresh;
}

}  // namespace tandem
