#include "media/dtls.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>
#include <string.h>  // explicit_bzero

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);
constexpr long kMtu = 1200;  // fits every path that carries media
constexpr const char* kProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

const EVP_MD* digest_of(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::sha_1:
      return EVP_sha1();
    case DigestAlgorithm::sha_224:
      return EVP_sha224();
    case DigestAlgorithm::sha_256:
      return EVP_sha256();
    case DigestAlgorithm::sha_384:
      return EVP_sha384();
    case DigestAlgorithm::sha_512:
      return EVP_sha512();
  }
  return nullptr;
}

std::optional<DtlsFingerprint> fingerprint_of(const X509* certificate, DigestAlgorithm algorithm) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (X509_digest(certificate, digest_of(algorithm), digest.data(), &length) != 1) return std::nullopt;
  return DtlsFingerprint(algorithm, std::span(digest).first(length));
}

/// Its name says nothing: what counts is the fingerprint that the signalling carries.
Certificate sign_itself(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  uint64_t serial = 0;
  if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return nullptr;
  constexpr long kDay = 24 * 3600;
  X509* const c = certificate.get();
  X509_NAME* const name = X509_get_subject_name(c);
  const auto* text = reinterpret_cast<const unsigned char*>("tandem");
  const bool made = X509_set_version(c, X509_VERSION_3) == 1 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(c), serial >> 1) == 1 &&
                    X509_gmtime_adj(X509_getm_notBefore(c), -kDay) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(c), 3650 * kDay) != nullptr && X509_set_pubkey(c, key) == 1 &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 && X509_set_issuer_name(c, name) == 1 &&
                    X509_sign(c, key, EVP_sha256()) > 0;
  return made ? std::move(certificate) : nullptr;
}

/// Any certificate at all: it is judged by its fingerprint when the handshake is done.
int accept_certificate(int /*preverified*/, X509_STORE_CTX* /*store*/) { return 1; }

std::optional<SrtpSuite> suite_of(unsigned long profile) {
  switch (profile) {
    case SRTP_AES128_CM_SHA1_80:
      return SrtpSuite::aes_cm_128_hmac_sha1_80;
    case SRTP_AES128_CM_SHA1_32:
      return SrtpSuite::aes_cm_128_hmac_sha1_32;
    case SRTP_AEAD_AES_128_GCM:
      return SrtpSuite::aead_aes_128_gcm;
    case SRTP_AEAD_AES_256_GCM:
      return SrtpSuite::aead_aes_256_gcm;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::unique_ptr<DtlsContext>> DtlsContext::make() {
  const auto refused = [](const char* what) { return Error{ErrorCode::internal, std::string("DTLS: OpenSSL cannot ") + what}; };
  auto made = std::make_unique<DtlsContext>();
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = key ? sign_itself(key.get()) : nullptr;
  if (!certificate) return refused("make a certificate");
  made->context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* const context = made->context_.get();
  if (context == nullptr || SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return refused("use its certificate");
  }
  // Here 0 is success.
  if (SSL_CTX_set_tlsext_use_srtp(context, kProfiles) != 0) return refused("offer SRTP");
  SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_certificate);
  const auto fingerprint = fingerprint_of(certificate.get(), DigestAlgorithm::sha_256);
  if (!fingerprint) return refused("digest its certificate");
  made->fingerprint_ = *fingerprint;
  return made;
}

/// A BIO whose writes are datagrams.
struct DtlsWire {
  static int write(BIO* bio, const char* data, int length) {
    auto* const session = static_cast<DtlsSession*>(BIO_get_data(bio));
    session->send_({reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(length)});
    return length;
  }
  static long control(BIO* /*bio*/, int command, long /*number*/, void* /*data*/) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_DGRAM_QUERY_MTU:
      case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return kMtu;
      default:
        return 0;
    }
  }
  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "media socket");
      if (method == nullptr) return method;
      BIO_meth_set_write(method, write);
      BIO_meth_set_ctrl(method, control);
      return method;
    }();
    return made;
  }
};

std::unique_ptr<DtlsSession> DtlsSession::make(const DtlsContext& context, const DtlsSecurity& security, Send send) {
  std::unique_ptr<DtlsSession> session(new DtlsSession(security, std::move(send)));
  session->ssl_.reset(SSL_new(context.context_.get()));
  SSL* const ssl = session->ssl_.get();
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = DtlsWire::method() == nullptr ? nullptr : BIO_new(DtlsWire::method());
  if (ssl == nullptr || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return nullptr;
  }
  BIO_set_mem_eof_return(in, -1);  // empty means: later
  BIO_set_data(out, session.get());
  BIO_set_init(out, 1);
  SSL_set_bio(ssl, in, out);
  SSL_set_mtu(ssl, kMtu);
  if (security.client) {
    SSL_set_connect_state(ssl);
  } else {
    SSL_set_accept_state(ssl);
  }
  return session;
}

void DtlsSession::begin(Instant now) {
  if (begun_) return;
  begun_ = true;
  begun_at_ = now;
  if (security_.client) step();
}

DtlsSession::State DtlsSession::take(std::span<const uint8_t> datagram) {
  if (state_ == State::failed) return state_;
  // Behind a finished handshake only its last flight, sent once more, and alerts are to be expected.
  if (++taken_ > kMostDatagrams) return state_ = state_ == State::done ? State::done : State::failed;
  if (BIO_write(SSL_get_rbio(ssl_.get()), datagram.data(), static_cast<int>(datagram.size())) <= 0) return state_;
  if (state_ == State::handshaking) return step();
  ERR_clear_error();
  std::array<uint8_t, 64> nothing;
  while (SSL_read(ssl_.get(), nothing.data(), nothing.size()) > 0) {
  }
  return state_;
}

DtlsSession::State DtlsSession::look(Instant now) {
  if (state_ != State::handshaking || !begun_) return state_;
  if (now - begun_at_ > kPatience) return state_ = State::failed;
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) state_ = State::failed;
  return state_;
}

DtlsSession::State DtlsSession::step() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = fingerprint_fits() && export_keys() ? State::done : State::failed;
    if (state_ == State::failed) SSL_shutdown(ssl_.get());
  } else if (const int why = SSL_get_error(ssl_.get(), result); why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
    state_ = State::failed;
  }
  return state_;
}

bool DtlsSession::fingerprint_fits() const {
  const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate || security_.remote.empty()) return false;
  const auto shown = fingerprint_of(certificate.get(), security_.remote.algorithm());
  return shown && *shown == security_.remote;
}

/// Client key, server key, client salt, server salt (RFC 5764 4.2).
bool DtlsSession::export_keys() {
  const SRTP_PROTECTION_PROFILE* const profile = SSL_get_selected_srtp_profile(ssl_.get());
  const auto suite = profile == nullptr ? std::nullopt : suite_of(profile->id);
  if (!suite) return false;
  const size_t key = facts_of(*suite).key, salt = facts_of(*suite).salt;
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  std::array<uint8_t, 2 * SrtpSecret::kMost> all{};
  if (SSL_export_keying_material(ssl_.get(), all.data(), 2 * (key + salt), kLabel.data(), kLabel.size(), nullptr, 0, 0) != 1) return false;
  const auto side = [&](size_t which) {
    std::array<uint8_t, SrtpSecret::kMost> one{};
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(which * key), key, one.begin());
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(2 * key + which * salt), salt, one.begin() + static_cast<std::ptrdiff_t>(key));
    SrtpSecret secret{std::span(one).first(key + salt)};
    ::explicit_bzero(one.data(), one.size());
    return secret;
  };
  keys_.send.suite = keys_.receive.suite = *suite;
  keys_.send.secret = side(security_.client ? 0 : 1);
  keys_.receive.secret = side(security_.client ? 1 : 0);
  ::explicit_bzero(all.data(), all.size());
  return true;
}

}  // namespace tandem
