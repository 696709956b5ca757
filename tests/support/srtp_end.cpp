#include "support/srtp_end.h"

#include <srtp2/srtp.h>

#include <memory>
#include <random>
#include <stdexcept>

namespace tandem::test {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct Suite {
  const char* name;
  srtp_profile_t profile;
  size_t size;
};
constexpr Suite kSuites[] = {{"AES_CM_128_HMAC_SHA1_80", srtp_profile_aes128_cm_sha1_80, 30},
                             {"AES_CM_128_HMAC_SHA1_32", srtp_profile_aes128_cm_sha1_32, 30},
                             {"AEAD_AES_128_GCM", srtp_profile_aead_aes_128_gcm, 28},
                             {"AEAD_AES_256_GCM", srtp_profile_aead_aes_256_gcm, 44}};

const Suite& suite_of(const std::string& name) {
  for (const auto& suite : kSuites) {
    if (name == suite.name) return suite;
  }
  throw std::runtime_error("the test knows no suite " + name);
}

std::vector<uint8_t> decode(const std::string& text) {
  std::vector<uint8_t> bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kDigits.find(c);
    if (value == std::string_view::npos) break;
    bits = bits << 6U | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<uint8_t>(bits >> static_cast<unsigned>(count)));
  }
  return bytes;
}

using Context = std::shared_ptr<std::remove_pointer_t<srtp_t>>;

Context context(const SrtpKey& key, bool send) {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  const Suite& suite = suite_of(key.suite);
  auto bytes = decode(key.key);
  if (!ready || bytes.size() != suite.size) throw std::runtime_error("a key of another length than its suite wants");
  srtp_policy_t policy{};
  srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, suite.profile);
  srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, suite.profile);
  policy.ssrc.type = send ? ssrc_any_outbound : ssrc_any_inbound;
  policy.key = bytes.data();
  policy.window_size = 128;
  srtp_t made = nullptr;
  if (srtp_create(&made, &policy) != srtp_err_status_ok) throw std::runtime_error("libsrtp2 does not take a key of " + key.suite);
  return {made, [](srtp_t gone) { srtp_dealloc(gone); }};
}

}  // namespace

std::string SrtpKey::line() const { return "a=crypto:" + std::to_string(tag) + " " + suite + " inline:" + key + "\r\n"; }

SrtpKey make_srtp_key(const std::string& suite, unsigned tag) {
  static std::mt19937 random(static_cast<uint32_t>(std::random_device()()));
  const size_t size = suite_of(suite).size;
  std::string text;
  for (size_t i = 0; i < (size + 2) / 3 * 4; ++i) text += kDigits[random() % kDigits.size()];
  if (size % 3 == 1) text.replace(text.size() - 3, 3, "A==");
  if (size % 3 == 2) text.replace(text.size() - 2, 2, "A=");
  return {suite, text, tag};
}

SrtpKey srtp_key_in(const std::string& body) {
  const size_t at = body.find("a=crypto:");
  if (at == std::string::npos) throw std::runtime_error("no a=crypto in: " + body);
  const std::string line = body.substr(at + 9, body.find_first_of("\r\n", at) - at - 9);
  const size_t first = line.find(' '), second = line.find(' ', first + 1), key = line.find("inline:") + 7;
  return {line.substr(first + 1, second - first - 1), line.substr(key, line.find_first_of("| ", key) - key),
          static_cast<unsigned>(std::stoul(line.substr(0, first)))};
}

void encrypt(RtpEnd& end, const SrtpKey& ours, const SrtpKey& theirs) {
  end.seal = [send = context(ours, true)](std::vector<uint8_t>& packet) {
    int size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN);
    const bool done = srtp_protect(send.get(), packet.data(), &size) == srtp_err_status_ok;
    packet.resize(static_cast<size_t>(size));
    return done;
  };
  end.unseal = [receive = context(theirs, false)](std::vector<uint8_t>& packet) {
    int size = static_cast<int>(packet.size());
    const bool done = srtp_unprotect(receive.get(), packet.data(), &size) == srtp_err_status_ok;
    packet.resize(static_cast<size_t>(size));
    return done;
  };
}

}  // namespace tandem::test
