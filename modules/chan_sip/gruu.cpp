#include "gruu.h"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>
#include <cstring>

namespace tandem {
namespace {

constexpr std::string_view kPrefix = "tgruu.";
constexpr size_t kHandle = 16, kSerial = 8, kSeal = 16;  // hex digits
constexpr size_t kSeedText = 16 * 3 + 8;

template <class Number>
std::optional<Number> from_hex(std::string_view digits) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

uint64_t seal(const GruuSeed& seed, uint32_t serial) {
  static_assert(sizeof seed.secret == crypto_shorthash_KEYBYTES);
  uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), reinterpret_cast<const unsigned char*>(&serial), sizeof serial,
                   reinterpret_cast<const unsigned char*>(seed.secret));
  return hash;
}

}  // namespace

GruuSeed GruuSeed::make() {
  GruuSeed seed;
  randombytes_buf(&seed.handle, sizeof seed.handle);
  randombytes_buf(seed.secret, sizeof seed.secret);
  seed.handle |= 1;
  return seed;
}

std::string GruuSeed::to_text() const {
  return handle == 0 ? "" : fmt::format("{:016x}{:016x}{:016x}{:08x}", handle, secret[0], secret[1], issued);
}

GruuSeed GruuSeed::from_text(std::string_view text) {
  if (text.size() != kSeedText) return {};
  const auto handle = from_hex<uint64_t>(text.substr(0, 16)), a = from_hex<uint64_t>(text.substr(16, 16)),
             b = from_hex<uint64_t>(text.substr(32, 16));
  const auto issued = from_hex<uint32_t>(text.substr(48));
  if (!handle || !a || !b || !issued) return {};
  return {*handle, {*a, *b}, *issued};
}

std::string public_gruu(std::string_view device, std::string_view domain, std::string_view instance) {
  return fmt::format("sip:{}@{};gr={}", device, domain, instance);
}

std::string temporary_gruu(GruuSeed& seed, std::string_view domain) {
  const uint32_t serial = ++seed.issued;
  return fmt::format("sip:{}{:016x}{:08x}{:016x}@{};gr", kPrefix, seed.handle, serial, seal(seed, serial), domain);
}

std::optional<uint64_t> gruu_handle(std::string_view user) {
  if (user.size() != kPrefix.size() + kHandle + kSerial + kSeal || !user.starts_with(kPrefix)) return {};
  return from_hex<uint64_t>(user.substr(kPrefix.size(), kHandle));
}

bool made_from(const GruuSeed& seed, std::string_view user) {
  const auto handle = gruu_handle(user);
  if (!handle || *handle != seed.handle) return false;
  const auto serial = from_hex<uint32_t>(user.substr(kPrefix.size() + kHandle, kSerial));
  const auto shown = from_hex<uint64_t>(user.substr(kPrefix.size() + kHandle + kSerial));
  if (!serial || !shown) return false;
  const uint64_t expected = seal(seed, *serial);
  return sodium_memcmp(&expected, &*shown, sizeof expected) == 0;
}

}  // namespace tandem
