#include "sdp_crypto.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "sdp_text.h"

namespace tandem::sdp {
namespace {

constexpr size_t kLongestKey = 64;  // octets; 46 are the most that a suite wants

// "2^20" or "1048576".
std::optional<uint64_t> lifetime_of(std::string_view text) {
  if (!text.starts_with("2^")) return number(text);
  const auto power = number(text.substr(2));
  if (!power || *power > 48) return {};
  return uint64_t{1} << *power;
}

// "1:4": the MKI and its length in octets. What we make of it has to fit four.
bool read_mki(std::string_view text, SdesKey& key) {
  const auto value = number(next_part(text, ':'));
  const auto length = number(text);
  if (!value || !length || *length < 1 || *length > 4 || *value >> (8 * *length) != 0) return false;
  key.mki = static_cast<uint32_t>(*value);
  key.mki_length = static_cast<uint8_t>(*length);
  return true;
}

// "inline:KEY|LIFETIME|MKI:LENGTH", the last two as wanted.
bool read_key(std::string_view text, SdesKey& key) {
  if (!text.starts_with("inline:") || text.find(';') != std::string_view::npos) return false;
  text.remove_prefix(7);
  const std::string_view encoded = next_part(text, '|');
  std::array<uint8_t, kLongestKey> bytes{};
  size_t size = 0;
  // Some leave the padding out.
  const auto decode = [&](int variant) {
    const char* end = nullptr;
    return sodium_base642bin(bytes.data(), bytes.size(), encoded.data(), encoded.size(), nullptr, &size, &end, variant) == 0 &&
           end == encoded.data() + encoded.size();
  };
  const bool decoded = decode(sodium_base64_VARIANT_ORIGINAL) || decode(sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  const SrtpSuiteFacts& facts = facts_of(key.suite);
  const bool fits = decoded && size == static_cast<size_t>(facts.key) + facts.salt;
  if (fits) key.secret = SrtpSecret({bytes.data(), size});
  sodium_memzero(bytes.data(), bytes.size());
  if (!fits) return false;
  while (!text.empty()) {
    const std::string_view part = next_part(text, '|');
    if (part.find(':') != std::string_view::npos) {
      if (!read_mki(part, key)) return false;
    } else {
      const auto lifetime = lifetime_of(part);
      if (!lifetime || *lifetime == 0) return false;
      key.lifetime = *lifetime;
    }
  }
  return true;
}

// RFC 4568 6.3: who does not know a parameter must not take the line, but for those that begin with "-". A wish about the replay window
// binds nobody.
bool may_be_ignored(std::string_view parameter) { return parameter.starts_with('-') || parameter.starts_with("WSH="); }

}  // namespace

std::optional<SdesKey> read_crypto(std::string_view value) {
  const auto tag = number(next_word(value));
  const auto suite = srtp_suite_named(next_word(value));
  if (!tag || *tag > 999'999'999 || !suite) return {};
  SdesKey key;
  key.tag = static_cast<uint32_t>(*tag);
  key.suite = *suite;
  if (!read_key(next_word(value), key)) return {};
  for (auto parameter = next_word(value); !parameter.empty(); parameter = next_word(value)) {
    if (!may_be_ignored(parameter)) return {};
  }
  return key;
}

std::string write_crypto(const SdesKey& key) {
  const auto bytes = key.secret.bytes();
  std::array<char, sodium_base64_ENCODED_LEN(SrtpSecret::kMost, sodium_base64_VARIANT_ORIGINAL)> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  std::string line = fmt::format("{} {} inline:{}", key.tag, facts_of(key.suite).name, text.data());
  if (key.lifetime != 0) line += fmt::format("|{}", key.lifetime);
  if (key.mki_length != 0) line += fmt::format("|{}:{}", key.mki, key.mki_length);
  sodium_memzero(text.data(), text.size());
  return line;
}

std::string masked(std::string_view line) {
  const auto is = [line](std::string_view name) { return line.size() >= name.size() && upper(line.substr(0, name.size())) == name; };
  if (is("K=")) return "k=(hidden)";
  if (is("A=ICE-PWD:")) return "a=ice-pwd:(hidden)";
  if (!is("A=CRYPTO:")) return std::string(line);
  std::string_view rest = line.substr(9);
  const std::string_view tag = next_word(rest), suite = next_word(rest);
  // What is no name of a suite may be a key.
  return fmt::format("a=crypto:{} {} (hidden)", number(tag) ? tag : "?", srtp_suite_named(suite) ? suite : "?");
}

}  // namespace tandem::sdp
