#include "digest_client.h"

#include <fmt/format.h>
#include <sodium.h>
#include <strings.h>

#include "digest.h"

namespace tandem {
namespace {

constexpr size_t kLongest = 512;  // of what a far end may make us repeat
constexpr unsigned kMostTries = 3;

std::string unquoted(const char* text) {
  if (text == nullptr) return {};
  std::string_view value(text, strnlen(text, kLongest));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return std::string(value);
}

bool offers_auth(const std::string& qop) {
  size_t at = 0;
  while (at < qop.size()) {
    const size_t end = std::min(qop.find(',', at), qop.size());
    std::string_view word = std::string_view(qop).substr(at, end - at);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (word.size() == 4 && strncasecmp(word.data(), "auth", 4) == 0) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::optional<DigestClient::Challenge> DigestClient::read(const msg_auth_t* header) {
  if (header->au_scheme == nullptr || strcasecmp(header->au_scheme, "Digest") != 0) return {};
  const auto find = [header](const char* name) { return unquoted(msg_params_find(header->au_params, name)); };
  Challenge c{.realm = find("realm="), .nonce = find("nonce="), .opaque = find("opaque=")};
  const std::string algorithm = find("algorithm="), qop = find("qop=");
  if (strcasecmp(algorithm.c_str(), "SHA-256") == 0) {
    c.algorithm = AuthAlgorithm::sha256;
  } else if (!algorithm.empty() && strcasecmp(algorithm.c_str(), "MD5") != 0) {
    return {};
  }
  c.qop = offers_auth(qop);
  if (c.nonce.empty() || (!qop.empty() && !c.qop)) return {};
  c.stale = strcasecmp(find("stale=").c_str(), "true") == 0;
  return c;
}

// The first that we understand: the far end has put them in its order (RFC 8760 2.4).
std::optional<DigestClient::Challenge> DigestClient::best(const sip_t* sip) {
  for (const auto& [first, proxy] : {std::pair(sip->sip_www_authenticate, false), std::pair(sip->sip_proxy_authenticate, true)}) {
    for (const msg_auth_t* header = first; header != nullptr; header = header->au_next) {
      if (auto challenge = read(header)) {
        challenge->proxy = proxy;
        return challenge;
      }
    }
  }
  return {};
}

std::optional<std::string> DigestClient::answer(const sip_t* sip, std::string_view method, std::string_view uri) {
  auto challenge = best(sip);
  if (!challenge || user_.empty()) return {};
  // Asked again without "stale" our password is wrong; stale for ever is somebody who makes us work.
  if (tries_ > 0 && !challenge->stale) return {};
  if (++tries_ > kMostTries) return {};
  challenge_ = std::move(challenge);
  count_ = 0;
  return again(method, uri);
}

std::optional<std::string> DigestClient::again(std::string_view method, std::string_view uri) {
  if (!challenge_) return {};
  const Challenge& c = *challenge_;
  unsigned char random[8];
  randombytes_buf(random, sizeof random);
  char cnonce[2 * sizeof random + 1];
  sodium_bin2hex(cnonce, sizeof cnonce, random, sizeof random);
  const std::string nc = fmt::format("{:08x}", ++count_);
  const DigestHex response = digest_of(c.algorithm, {.username = user_,
                                                     .realm = c.realm,
                                                     .secret = secret_,
                                                     .method = method,
                                                     .uri = uri,
                                                     .nonce = c.nonce,
                                                     .nc = nc,
                                                     .cnonce = cnonce,
                                                     .qop = c.qop ? "auth" : ""});
  std::string line =
      fmt::format(R"({}: Digest username="{}", realm="{}", nonce="{}", uri="{}", response="{}", algorithm={})",
                  c.proxy ? "Proxy-Authorization" : "Authorization", user_, c.realm, c.nonce, uri, response.view(), to_string(c.algorithm));
  if (c.qop) line += fmt::format(R"(, qop=auth, nc={}, cnonce="{}")", nc, cnonce);
  if (!c.opaque.empty()) line += fmt::format(R"(, opaque="{}")", c.opaque);
  return line + "\r\n";
}

}  // namespace tandem
