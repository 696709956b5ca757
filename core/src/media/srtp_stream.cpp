#include "media/srtp_stream.h"

#include <arpa/inet.h>
#include <srtp2/srtp.h>
#include <string.h>  // explicit_bzero

#include <algorithm>

#include "media/rtp.h"

namespace tandem {
namespace {

/// Packets behind the newest that are still told apart: bursts of video that come out of order.
constexpr unsigned long kWindow = 1024;
constexpr uint64_t kMostPackets = uint64_t{1} << 48;  // RFC 3711 9.2

void set_suite(srtp_policy_t& policy, SrtpSuite suite) {
  switch (suite) {
    case SrtpSuite::aes_cm_128_hmac_sha1_80:
      srtp_crypto_policy_set_rtp_default(&policy.rtp);
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
      return;
    case SrtpSuite::aes_cm_128_hmac_sha1_32:  // RFC 4568 6.2.2: of RTCP the tag stays long
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
      return;
    case SrtpSuite::aes_256_cm_hmac_sha1_80:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::aes_256_cm_hmac_sha1_32:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::aead_aes_128_gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      return;
    case SrtpSuite::aead_aes_256_gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      return;
  }
}

}  // namespace

std::unique_ptr<SrtpStream> SrtpStream::make(const SdesKey& key, Direction direction) {
  const SrtpSuiteFacts& facts = facts_of(key.suite);
  if (key.secret.bytes().size() != static_cast<size_t>(facts.key + facts.salt) || key.mki_length > 4) return nullptr;
  srtp_policy_t policy{};
  set_suite(policy, key.suite);
  policy.ssrc.type = direction == Direction::send ? ssrc_any_outbound : ssrc_any_inbound;
  policy.window_size = kWindow;
  std::array<uint8_t, SrtpSecret::kMost> secret{};
  std::copy(key.secret.bytes().begin(), key.secret.bytes().end(), secret.begin());
  std::array<uint8_t, 4> mki{};
  for (size_t i = 0; i < key.mki_length; ++i) mki[i] = static_cast<uint8_t>(key.mki >> (8 * (key.mki_length - 1U - i)));
  srtp_master_key_t master{.key = secret.data(), .mki_id = mki.data(), .mki_size = key.mki_length};
  srtp_master_key_t* masters = &master;
  if (key.mki_length > 0) {
    policy.keys = &masters;
    policy.num_master_keys = 1;
  } else {
    policy.key = secret.data();
  }
  std::unique_ptr<SrtpStream> stream(new SrtpStream());
  const bool made = srtp_create(&stream->session_, &policy) == srtp_err_status_ok;
  ::explicit_bzero(secret.data(), secret.size());
  if (!made) return nullptr;
  stream->mki_ = key.mki_length > 0 ? 1 : 0;
  stream->left_ = key.lifetime == 0 ? kMostPackets : std::min(key.lifetime, kMostPackets);
  return stream;
}

SrtpStream::~SrtpStream() {
  if (session_ != nullptr) srtp_dealloc(session_);
}

bool SrtpStream::protect(uint8_t* packet, size_t& size) {
  if (left_ == 0) return false;
  --left_;
  int length = static_cast<int>(size);
  if (srtp_protect_mki(session_, packet, &length, mki_, 0) != srtp_err_status_ok) return false;
  size = static_cast<size_t>(length);
  return true;
}

bool SrtpStream::protect_rtcp(uint8_t* packet, size_t& size) {
  int length = static_cast<int>(size);
  if (left_ == 0 || srtp_protect_rtcp_mki(session_, packet, &length, mki_, 0) != srtp_err_status_ok) return false;
  size = static_cast<size_t>(length);
  return true;
}

bool SrtpStream::unprotect(uint8_t* packet, size_t& size) {
  int length = static_cast<int>(size);
  if (size < kRtpHeader || srtp_unprotect_mki(session_, packet, &length, mki_) != srtp_err_status_ok) return false;
  size = static_cast<size_t>(length);
  if (const uint32_t ssrc = ssrc_of(packet); ssrc != last_source_ || source_count_ == 0) remember(ssrc);
  return true;
}

bool SrtpStream::unprotect_rtcp(uint8_t* packet, size_t& size) {
  int length = static_cast<int>(size);
  if (size < 8 || srtp_unprotect_rtcp_mki(session_, packet, &length, mki_) != srtp_err_status_ok) return false;
  size = static_cast<size_t>(length);
  if (const uint32_t ssrc = read_32(packet + 4); ssrc != last_source_ || source_count_ == 0) remember(ssrc);
  return true;
}

void SrtpStream::remember(uint32_t ssrc) {
  last_source_ = ssrc;
  const auto end = sources_.begin() + static_cast<std::ptrdiff_t>(source_count_);
  if (std::find(sources_.begin(), end, ssrc) != end) return;
  if (source_count_ == kSources) {
    srtp_remove_stream(session_, htonl(sources_.front()));
    std::rotate(sources_.begin(), sources_.begin() + 1, sources_.end());
    --source_count_;
  }
  sources_[source_count_++] = ssrc;
}

}  // namespace tandem
