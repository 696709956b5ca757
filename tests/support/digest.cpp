#include "support/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace tandem::test {
namespace {

std::string hash(std::string_view algorithm, const std::string& text) {
  const EVP_MD* kind = algorithm.starts_with("SHA-256") ? EVP_sha256() : EVP_md5();
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &length, kind, nullptr);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", bytes.at(i));
  return hex;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::map<std::string, std::string> digest_parameters(std::string_view challenge) {
  std::map<std::string, std::string> found;
  const size_t space = challenge.find(' ');
  found["scheme"] = std::string(challenge.substr(0, space));
  size_t at = space == std::string_view::npos ? challenge.size() : space;
  while (at < challenge.size()) {
    at = challenge.find_first_not_of(" ,\t", at);
    const size_t equals = challenge.find('=', at);
    if (at == std::string_view::npos || equals == std::string_view::npos) break;
    const std::string name = lower(challenge.substr(at, equals - at));
    const bool quoted = equals + 1 < challenge.size() && challenge[equals + 1] == '"';
    const size_t start = equals + (quoted ? 2 : 1);
    const size_t end = std::min(challenge.find_first_of(quoted ? "\"" : ", ", start), challenge.size());
    found[name] = std::string(challenge.substr(start, end - start));
    at = end + (quoted ? 1 : 0);
  }
  return found;
}

std::string digest_response(const Credentials& who, std::string_view challenge, std::string_view method, std::string_view uri,
                            int nonce_count) {
  auto given = digest_parameters(challenge);
  const std::string algorithm = given.count("algorithm") != 0 ? given["algorithm"] : "MD5";
  std::map<std::string, std::string> sent{
      {"username", who.user}, {"realm", given["realm"]}, {"nonce", given["nonce"]}, {"uri", std::string(uri)}};
  const bool has_qop = given.count("qop") != 0;
  if (has_qop) {
    sent["cnonce"] = fmt::format("c{:x}", std::hash<std::string>{}(given["nonce"]));
    sent["nc"] = fmt::format("{:08x}", nonce_count);
    sent["qop"] = "auth";
  }
  if (given.count("opaque") != 0) sent["opaque"] = given["opaque"];
  for (const auto& [name, value] : who.override_) sent[name] = value;

  const std::string a1 = hash(algorithm, sent["username"] + ":" + sent["realm"] + ":" + who.secret);
  const std::string a2 = hash(algorithm, std::string(method) + ":" + sent["uri"]);
  const std::string middle = has_qop ? sent["nonce"] + ":" + sent["nc"] + ":" + sent["cnonce"] + ":" + sent["qop"] : sent["nonce"];
  if (sent.count("response") == 0) sent["response"] = hash(algorithm, a1 + ":" + middle + ":" + a2);

  std::string value = "Digest algorithm=" + algorithm;
  for (const auto& [name, text] : sent) {
    const bool bare = name == "nc" || name == "qop";
    value += ", " + name + (bare ? "=" + text : "=\"" + text + "\"");
  }
  return value;
}

}  // namespace tandem::test
