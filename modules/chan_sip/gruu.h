// GRUUs: addresses that lead to one instance of a phone for as long as it is registered (RFC 5627). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// What temporary GRUUs of one instance are made from. It lives as long as the instance is registered with one Call-ID, restarts of ours
/// included; then all of them are void together.
struct GruuSeed {
  uint64_t handle = 0;          ///< told in the address; 0: none has been made
  uint64_t secret[2] = {0, 0};  ///< never told
  uint32_t issued = 0;          ///< each registration gets another address, that nobody can tie to the device

  static GruuSeed make();
  std::string to_text() const;  ///< for the store
  static GruuSeed from_text(std::string_view text);
};

/// "sip:lobby-1@example.com;gr=urn:uuid:..."
std::string public_gruu(std::string_view device, std::string_view domain, std::string_view instance);
/// "sip:tgruu.0123...@example.com;gr", the next one of the seed.
std::string temporary_gruu(GruuSeed& seed, std::string_view domain);
/// The handle that a temporary GRUU's user part names; nothing when it is none.
std::optional<uint64_t> gruu_handle(std::string_view user);
/// True when that user part was made from this seed.
bool made_from(const GruuSeed& seed, std::string_view user);

}  // namespace tandem
