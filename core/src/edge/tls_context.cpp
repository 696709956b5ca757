#include "edge/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "edge/certificate.h"

namespace tandem {
namespace {

constexpr long kMode = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY;
constexpr uint64_t kOptions = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                              SSL_OP_IGNORE_UNEXPECTED_EOF;

int protocol(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls10:
      return TLS1_VERSION;
    case TlsVersion::tls11:
      return TLS1_1_VERSION;
    case TlsVersion::tls12:
      return TLS1_2_VERSION;
    case TlsVersion::tls13:
      break;
  }
  return TLS1_3_VERSION;
}

int untrusted_mark() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// For `optional`: whatever is shown is taken, and the verdict is handed inward.
int take_any(int good, X509_STORE_CTX* context) {
  static char mark;
  auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (good == 0 && ssl != nullptr) SSL_set_ex_data(ssl, untrusted_mark(), &mark);
  return 1;
}

Error bad(const std::string& file, std::string_view what) {
  return {ErrorCode::invalid, fmt::format("{}: {}: {}", file, what, openssl_error())};
}

Result<void> set_policy(SSL_CTX* context, const TlsSettings& settings) {
  SSL_CTX_set_mode(context, kMode);
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need none
  SSL_CTX_set_dh_auto(context, 1);
  const bool old = settings.minimum < TlsVersion::tls12;
  if (old) SSL_CTX_set_security_level(context, 0);
  if (SSL_CTX_set_min_proto_version(context, protocol(settings.minimum)) != 1)
    return Error{ErrorCode::invalid, "this OpenSSL does not speak the minimum version"};
  const std::string ciphers = !settings.ciphers.empty() ? settings.ciphers : old ? "DEFAULT:@SECLEVEL=0" : "";
  if (!ciphers.empty() && SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1)
    return Error{ErrorCode::invalid, fmt::format("ciphers \"{}\": {}", ciphers, openssl_error())};
  if (!settings.suites.empty() && SSL_CTX_set_ciphersuites(context, settings.suites.c_str()) != 1)
    return Error{ErrorCode::invalid, fmt::format("cipher_suites \"{}\": {}", settings.suites, openssl_error())};
  return {};
}

Result<void> set_clients(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.client == ClientCertificates::none) return {};
  if (!settings.client_ca.empty()) {
    if (SSL_CTX_load_verify_locations(context, settings.client_ca.c_str(), nullptr) != 1)
      return bad(settings.client_ca, "cannot be used as client_ca");
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings.client_ca.c_str()));
  } else if (settings.client == ClientCertificates::required) {
    return Error{ErrorCode::invalid, "client_certificate = required needs client_ca"};
  }
  if (settings.client == ClientCertificates::required) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  } else {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, take_any);
  }
  return {};
}

Result<void> use_chain(SSL_CTX* context, const TlsSettings::Chain& chain) {
  if (SSL_CTX_use_certificate_chain_file(context, chain.certificate.c_str()) != 1)
    return bad(chain.certificate, "cannot be used as a certificate");
  if (SSL_CTX_use_PrivateKey_file(context, chain.key.c_str(), SSL_FILETYPE_PEM) != 1) return bad(chain.key, "cannot be used as a key");
  if (SSL_CTX_check_private_key(context) != 1) return bad(chain.key, "is not the key of " + chain.certificate);
  return {};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsSettings& settings, const std::string& session_name) {
  ERR_clear_error();
  if (settings.chains.empty()) return Error{ErrorCode::invalid, "there is no certificate"};
  std::shared_ptr<TlsContext> made(new TlsContext());
  for (const auto& chain : settings.chains) {
    if (auto added = made->add(settings, chain, session_name); !added) return added.error();
  }
  return made;
}

Result<void> TlsContext::add(const TlsSettings& settings, const TlsSettings::Chain& chain, const std::string& session_name) {
  auto certificate = read_certificate(chain.certificate);
  if (!certificate) return certificate.error();
  auto names = certificate_names(certificate->get());
  std::sort(names.begin(), names.end());
  const auto facts = describe_certificate(certificate->get(), true);
  served_.push_back({chain.certificate, facts->subject, names, certificate_ends(certificate->get())});
  const auto same = std::find_if(identities_.begin(), identities_.end(), [&](const Identity& i) { return i.names == names; });
  if (same != identities_.end()) return use_chain(same->context.get(), chain);

  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Error{ErrorCode::internal, "no TLS context could be made: " + openssl_error()};
  if (auto set = set_policy(context.get(), settings); !set) return set;
  if (auto set = set_clients(context.get(), settings); !set) return set;
  if (auto set = use_chain(context.get(), chain); !set) return set;
  const size_t length = std::min<size_t>(session_name.size(), SSL_MAX_SSL_SESSION_ID_LENGTH);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>(session_name.data()), static_cast<unsigned>(length));
  SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(choose));
  SSL_CTX_set_tlsext_servername_arg(context.get(), this);
  identities_.push_back({std::move(names), std::move(context)});
  return {};
}

Result<std::shared_ptr<TlsContext>> TlsContext::make(const EdgeDialSettings& settings) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext());
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Error{ErrorCode::internal, "no TLS context could be made: " + openssl_error()};
  TlsSettings policy;
  policy.minimum = settings.minimum;
  if (auto set = set_policy(context.get(), policy); !set) return set.error();
  if (!settings.own.certificate.empty()) {
    if (auto set = use_chain(context.get(), settings.own); !set) return set.error();
  }
  if (settings.verify) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const bool found = settings.ca.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                                           : SSL_CTX_load_verify_locations(context.get(), settings.ca.c_str(), nullptr) == 1;
    if (!found) return bad(settings.ca.empty() ? "the system's authorities" : settings.ca, "cannot be used");
  }
  made->server_name_ = settings.server_name;
  made->verify_ = settings.verify;
  made->identities_.push_back({{}, std::move(context)});
  return made;
}

SslPtr TlsContext::connect(int descriptor) const {
  SslPtr ssl(SSL_new(identities_.front().context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) return nullptr;
  SSL_set_connect_state(ssl.get());
  // An address is no name to ask for (RFC 6066 3).
  if (!server_name_.empty() && !SocketAddress::from(server_name_, 0))
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(server_name_.c_str()));
  return ssl;
}

std::string TlsContext::stranger(const SSL* ssl) const {
  if (!verify_) return {};
  const auto shown = describe_certificate(SSL_get0_peer_certificate(ssl), true);
  if (shown && is_certificate_of(*shown, server_name_)) return {};
  return fmt::format("its certificate ({}) is not for {}", shown ? shown->subject : "none", server_name_);
}

int TlsContext::choose(SSL* ssl, int* /*alert*/, void* self) {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (const Identity& identity : static_cast<TlsContext*>(self)->identities_) {
    const bool fits = std::any_of(identity.names.begin(), identity.names.end(), [&](const auto& name) { return name_fits(name, asked); });
    if (!fits) continue;
    SSL_set_SSL_CTX(ssl, identity.context.get());
    break;
  }
  return SSL_TLSEXT_ERR_OK;
}

bool TlsContext::trusts(const SSL* ssl) {
  return SSL_get_verify_result(ssl) == X509_V_OK && SSL_get_ex_data(ssl, untrusted_mark()) == nullptr;
}

SslPtr TlsContext::accept(int descriptor) const {
  SslPtr ssl(SSL_new(identities_.front().context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return ssl;
}

TlsSettings read_tls_settings(SectionReader& reader, const ConfigSection& section, const Config& config) {
  TlsSettings settings;
  const auto files = [&](std::string_view key) {
    auto names = reader.list(key);
    const auto value = section.values.find(key);
    for (auto& name : names) {
      ConfigValue one = value->second;
      one.text = name;
      name = config.resolve(one);
    }
    return names;
  };
  const auto certificates = files("certificate");
  const auto keys = files("key");
  if (certificates.size() != keys.size()) {
    reader.complain(keys.empty() ? "certificate" : "key",
                    fmt::format("{} certificates and {} keys: each needs the other", certificates.size(), keys.size()));
  } else {
    for (size_t i = 0; i < keys.size(); ++i) settings.chains.push_back({certificates[i], keys[i]});
  }
  const std::string version = reader.choice("minimum_version", "1.2", {"1.0", "1.1", "1.2", "1.3"});
  settings.minimum = version == "1.0"   ? TlsVersion::tls10
                     : version == "1.1" ? TlsVersion::tls11
                     : version == "1.3" ? TlsVersion::tls13
                                        : TlsVersion::tls12;
  settings.ciphers = reader.text("ciphers", "");
  settings.suites = reader.text("cipher_suites", "");
  const std::string client = reader.choice("client_certificate", "none", {"none", "optional", "required"});
  settings.client = client == "required"   ? ClientCertificates::required
                    : client == "optional" ? ClientCertificates::optional
                                           : ClientCertificates::none;
  const auto ca = files("client_ca");
  if (!ca.empty()) settings.client_ca = ca.front();
  if (ca.size() > 1) reader.complain("client_ca", "one file; it may hold several certificates");
  if (settings.client == ClientCertificates::required && ca.empty()) reader.complain("client_certificate", "required needs client_ca");
  return settings;
}

Result<void> Edge::check(const EdgeDialSettings& settings) {
  const auto made = TlsContext::make(settings);
  return made ? Result<void>() : made.error();
}

Result<void> Edge::check(const TlsSettings& settings) {
  if (!settings.chains.empty()) {
    const auto made = TlsContext::make(settings, "check");
    return made ? Result<void>() : made.error();
  }
  const SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Error{ErrorCode::internal, openssl_error()};
  if (auto set = set_policy(context.get(), settings); !set) return set;
  return set_clients(context.get(), settings);
}

}  // namespace tandem
