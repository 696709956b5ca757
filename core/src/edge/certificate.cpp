#include "edge/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace tandem {
namespace {

std::string printed(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(std::max(length, 0L))};
}

// What holds control characters or a zero is no name: it would be read as two different ones.
std::string plain(const ASN1_STRING* text) {
  const std::string value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text)));
  const bool clean = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  return clean ? value : std::string();
}

std::string common_name(X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (length < 0) return {};
  const std::string value(reinterpret_cast<char*>(utf8), static_cast<size_t>(length));
  OPENSSL_free(utf8);
  const bool clean = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  return clean ? value : std::string();
}

std::string name_of(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS: {
      const std::string text = plain(name->d.dNSName);
      return text.empty() ? text : "dns:" + text;
    }
    case GEN_URI: {
      const std::string text = plain(name->d.uniformResourceIdentifier);
      return text.empty() ? text : "uri:" + text;
    }
    case GEN_EMAIL: {
      const std::string text = plain(name->d.rfc822Name);
      return text.empty() ? text : "email:" + text;
    }
    case GEN_IPADD: {
      const ASN1_OCTET_STRING* const octets = name->d.iPAddress;
      sockaddr_in v4{};
      sockaddr_in6 v6{};
      v4.sin_family = AF_INET;
      v6.sin6_family = AF_INET6;
      if (octets->length == 4) {
        std::memcpy(&v4.sin_addr, octets->data, 4);
        return "ip:" + SocketAddress(reinterpret_cast<sockaddr*>(&v4), sizeof v4).host();
      }
      if (octets->length != 16) return {};
      std::memcpy(&v6.sin6_addr, octets->data, 16);
      return "ip:" + SocketAddress(reinterpret_cast<sockaddr*>(&v6), sizeof v6).host();
    }
    default:
      return {};
  }
}

std::vector<std::string> alternative_names(X509* certificate) {
  std::vector<std::string> names;
  auto* const all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    std::string name = name_of(sk_GENERAL_NAME_value(all, i));
    if (!name.empty()) names.push_back(std::move(name));
  }
  GENERAL_NAMES_free(all);
  return names;
}

std::string hexadecimal(const unsigned char* octets, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", octets[i]);
  return text;
}

std::string serial_of(X509* certificate) {
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(certificate);
  return hexadecimal(ASN1_STRING_get0_data(serial), static_cast<size_t>(ASN1_STRING_length(serial)));
}

}  // namespace

std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* const reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

std::shared_ptr<const EdgeCertificate> describe_certificate(X509* certificate, bool trusted) {
  if (certificate == nullptr) return nullptr;
  auto facts = std::make_shared<EdgeCertificate>();
  facts->subject = printed(X509_get_subject_name(certificate));
  facts->issuer = printed(X509_get_issuer_name(certificate));
  facts->common_name = common_name(certificate);
  facts->names = alternative_names(certificate);
  facts->serial = serial_of(certificate);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) == 1) facts->fingerprint = hexadecimal(digest.data(), length);
  facts->trusted = trusted;
  ERR_clear_error();
  return facts;
}

std::vector<std::string> certificate_names(X509* certificate) {
  auto names = alternative_names(certificate);
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("dns:") && !name.starts_with("ip:"); });
  if (names.empty()) {
    if (auto name = common_name(certificate); !name.empty()) names.push_back("dns:" + name);
  }
  ERR_clear_error();
  return names;
}

bool name_fits(const std::string& certificate_name, std::string_view server_name) {
  if (!certificate_name.starts_with("dns:")) return false;
  std::string_view pattern = std::string_view(certificate_name).substr(4);
  if (pattern.starts_with("*.")) {
    const size_t dot = server_name.find('.');
    if (dot == std::string_view::npos || dot == 0) return false;
    pattern.remove_prefix(1);
    server_name.remove_prefix(dot);
  }
  return pattern.size() == server_name.size() && strncasecmp(pattern.data(), server_name.data(), pattern.size()) == 0;
}

bool is_certificate_of(const EdgeCertificate& certificate, std::string_view name) {
  const auto same = [](std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
  };
  bool has_uri = false, has_name = false;
  for (const std::string& one : certificate.names) {
    if (!one.starts_with("uri:sip:")) continue;
    const std::string_view domain = std::string_view(one).substr(8);
    if (domain.find('@') != std::string_view::npos) continue;  // somebody's, and not a domain's
    has_uri = true;
    if (same(domain, name)) return true;
  }
  if (has_uri) return false;
  for (const std::string& one : certificate.names) {
    has_name = has_name || one.starts_with("dns:") || one.starts_with("ip:");
    if (name_fits(one, name) || (one.starts_with("ip:") && same(std::string_view(one).substr(3), name))) return true;
  }
  return !has_name && !certificate.common_name.empty() && same(certificate.common_name, name);
}

WallTime certificate_ends(X509* certificate) {
  tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&time));
}

Result<X509Ptr> read_certificate(const std::string& path) {
  const BioPtr file(BIO_new_file(path.c_str(), "r"));
  if (!file) {
    ERR_clear_error();
    return Error{ErrorCode::invalid, fmt::format("cannot read {}: {}", path, std::strerror(errno))};
  }
  X509Ptr certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  if (!certificate) return Error{ErrorCode::invalid, fmt::format("{} holds no certificate (PEM): {}", path, openssl_error())};
  return certificate;
}

}  // namespace tandem
