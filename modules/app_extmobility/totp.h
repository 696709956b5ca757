// One-time codes by time (RFC 6238, SHA-1, six digits, 30 s), as authenticator apps make them. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/clock.h"

namespace tandem {

/// The code of one step of 30 s.
std::string totp_code(std::string_view secret, int64_t step, size_t digits = 6);
/// The step that `code` is of, one before and one after now included; empty: of none. Steps up to `last_used` are used up (no code twice).
std::optional<int64_t> totp_step(std::string_view secret, std::string_view code, WallTime now, int64_t last_used);

/// 160 random bits.
std::string totp_secret();
/// "JBSWY3DPEHPK3PXP": how apps want to have it (RFC 4648 base 32, no padding).
std::string base32(std::string_view bytes);
/// otpauth://totp/Tandem:john.doe?secret=...&issuer=Tandem, for a QR code.
std::string totp_uri(std::string_view user, std::string_view secret);

}  // namespace tandem
