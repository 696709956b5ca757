#include "edge/own_certificate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "edge/certificate.h"
#include "media/descriptor.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("edge");
constexpr auto kDay = std::chrono::hours(24);
constexpr auto kAuthorityLasts = 3650 * kDay;
constexpr auto kServerLasts = 820 * kDay;  // what browsers still accept
constexpr auto kRenewBefore = 30 * kDay;

struct Pair {
  X509Ptr certificate;
  KeyPtr key;
};

Error failed(std::string_view what) { return {ErrorCode::internal, fmt::format("{}: {}", what, openssl_error())}; }

// Written beside it and renamed, so that a crash leaves the old file or the new one.
Result<void> write_file(const std::string& path, const BIO* contents, mode_t mode) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(const_cast<BIO*>(contents), &data);
  const std::string temporary = path + ".new";
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  const bool written = file && ::fchmod(file.get(), mode) == 0 && ::write(file.get(), data, static_cast<size_t>(length)) == length &&
                       ::fsync(file.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!written) return Error{ErrorCode::io, fmt::format("cannot write {}: {}", path, std::strerror(errno))};
  return {};
}

Result<void> save(const Pair& pair, const X509* issuer, const std::string& stem) {
  const BioPtr key(BIO_new(BIO_s_mem())), certificate(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(key.get(), pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate.get(), pair.certificate.get()) != 1)
    return failed("a certificate cannot be written");
  if (issuer != nullptr) PEM_write_bio_X509(certificate.get(), const_cast<X509*>(issuer));
  if (auto written = write_file(stem + ".key", key.get(), 0600); !written) return written;
  return write_file(stem + ".pem", certificate.get(), 0644);
}

KeyPtr read_key(const std::string& path) {
  const BioPtr file(BIO_new_file(path.c_str(), "r"));
  KeyPtr key(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  return key;
}

// Both or none: a certificate without its key is of no use.
Pair load(const std::string& stem) {
  auto certificate = read_certificate(stem + ".pem");
  Pair pair{certificate ? std::move(*certificate) : nullptr, read_key(stem + ".key")};
  if (pair.certificate && pair.key && X509_check_private_key(pair.certificate.get(), pair.key.get()) == 1) return pair;
  ERR_clear_error();
  return {};
}

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> octets{};
  if (RAND_bytes(octets.data(), octets.size()) != 1) return false;
  octets[0] &= 0x7f;
  BIGNUM* const number = BN_bin2bn(octets.data(), octets.size(), nullptr);
  const bool set = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

struct Wanted {
  std::string common_name;
  std::chrono::hours lasts{};
  std::vector<std::pair<int, std::string>> extensions;
};

// Signed by `issuer`, or by itself where there is none.
Result<Pair> make(const Wanted& wanted, const Pair* issuer, WallTime now) {
  Pair made{X509Ptr(X509_new()), KeyPtr(EVP_EC_gen("P-256"))};
  if (!made.certificate || !made.key) return failed("no key could be made");
  X509* const certificate = made.certificate.get();
  const time_t begin = std::chrono::system_clock::to_time_t(now - kDay), end = std::chrono::system_clock::to_time_t(now + wanted.lasts);
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const auto* const name = reinterpret_cast<const unsigned char*>(wanted.common_name.c_str());
  X509* const signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  bool good = X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
              ASN1_TIME_set(X509_getm_notBefore(certificate), begin) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
              X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 && X509_set_pubkey(certificate, made.key.get()) == 1;
  for (const auto& [kind, value] : wanted.extensions) good = good && extend(certificate, signer, kind, value);
  good = good && X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(), EVP_sha256()) != 0;
  if (!good) return failed("no certificate could be made");
  return made;
}

Result<Pair> authority(const std::string& stem, const std::string& host, WallTime now) {
  Pair known = load(stem);
  if (known.certificate && certificate_ends(known.certificate.get()) > now + kServerLasts) return known;
  auto made = make({"Tandem at " + host.substr(0, 40),
                    kAuthorityLasts,
                    {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                     {NID_key_usage, "critical,keyCertSign,cRLSign"},
                     {NID_subject_key_identifier, "hash"}}},
                   nullptr, now);
  if (!made) return made;
  if (auto saved = save(*made, nullptr, stem); !saved) return saved.error();
  kLog.line(LogLevel::notice, "a certificate authority of our own has been made: {}.pem, for phones to trust", stem);
  return made;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

// "dns:" or "ip:", as certificate_names() says it. What would not fit into a certificate's text form is left out.
std::string tagged(const std::string& name) {
  if (auto address = SocketAddress::from(name, 0)) return "ip:" + address->host();
  const bool sane = !name.empty() && name.size() < 254 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
  return sane ? "dns:" + name : std::string();
}

std::string alternative_names(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    const bool address = name.starts_with("ip:");
    fmt::format_to(std::back_inserter(text), "{}{}:{}", text.empty() ? "" : ",", address ? "IP" : "DNS", name.substr(address ? 3 : 4));
  }
  return text;
}

}  // namespace

Result<TlsSettings::Chain> own_certificate(const std::string& folder, const std::vector<std::string>& names, WallTime now) {
  const std::string place = folder + "/tls";
  if (::mkdir(place.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{ErrorCode::io, fmt::format("cannot make {}: {}", place, std::strerror(errno))};
  const std::string host = host_name();
  const TlsSettings::Chain chain{place + "/server.pem", place + "/server.key"};
  std::set<std::string> wanted{"dns:localhost", "ip:127.0.0.1", "ip:::1"};
  for (const auto& name : names) wanted.insert(tagged(name));
  wanted.insert(tagged(host));
  wanted.erase("");

  const auto ca = authority(place + "/ca", host, now);
  if (!ca) return ca.error();
  const Pair known = load(place + "/server");
  if (known.certificate) {
    const auto there = certificate_names(known.certificate.get());
    const std::set<std::string> has(there.begin(), there.end());
    const bool enough = std::includes(has.begin(), has.end(), wanted.begin(), wanted.end());
    const bool ours = X509_verify(known.certificate.get(), ca->key.get()) == 1;
    ERR_clear_error();
    if (enough && ours && certificate_ends(known.certificate.get()) > now + kRenewBefore) return chain;
    wanted.insert(has.begin(), has.end());  // doors with different names share it
  }
  auto made = make({host.substr(0, 60),
                    kServerLasts,
                    {{NID_basic_constraints, "critical,CA:FALSE"},
                     {NID_key_usage, "critical,digitalSignature"},
                     {NID_ext_key_usage, "serverAuth,clientAuth"},
                     {NID_subject_key_identifier, "hash"},
                     {NID_authority_key_identifier, "keyid"},
                     {NID_subject_alt_name, alternative_names(wanted)}}},
                   &*ca, now);
  if (!made) return made.error();
  if (auto saved = save(*made, ca->certificate.get(), place + "/server"); !saved) return saved.error();
  kLog.line(LogLevel::notice, "a server certificate has been issued by our own authority: {}", chain.certificate);
  return chain;
}

}  // namespace tandem
