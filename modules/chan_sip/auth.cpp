#include "auth.h"

#include <fmt/format.h>
#include <sodium.h>
#include <strings.h>

#include <array>

namespace tandem {
namespace {

using Hex = std::array<char, 33>;

std::string_view part_view(std::string_view part) { return part; }
std::string_view part_view(const Hex& part) { return {part.data(), 32}; }

template <class... Parts>
Hex md5(const Parts&... parts) {
  su_md5_t state;
  su_md5_init(&state);
  const auto add = [&state](std::string_view part) { su_md5_update(&state, part.data(), part.size()); };
  (add(part_view(parts)), ...);
  unsigned char digest[SU_MD5_DIGEST_SIZE];
  su_md5_digest(&state, digest);
  su_md5_deinit(&state);
  Hex hex;
  sodium_bin2hex(hex.data(), hex.size(), digest, sizeof digest);
  return hex;
}

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

// The parameters of one Digest credential. Values without their quotes; escapes stay.
struct Credentials {
  std::string_view username, realm, nonce, uri, response, algorithm, qop, nc, cnonce;
  bool malformed = false;

  explicit Credentials(const msg_param_t* params) {
    for (; params != nullptr && *params != nullptr; ++params) read(*params);
  }

  bool usable() const {
    if (malformed || username.empty() || nonce.empty() || uri.empty() || response.size() != 32) return false;
    if (!algorithm.empty() && !same_word(algorithm, "MD5")) return false;
    return qop.empty() || (same_word(qop, "auth") && nc.size() == 8 && !cnonce.empty());
  }

 private:
  void read(std::string_view param) {
    const size_t equals = param.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = trim(param.substr(0, equals));
    std::string_view value = trim(param.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    static constexpr std::pair<std::string_view, std::string_view Credentials::*> kFields[] = {
        {"username", &Credentials::username}, {"realm", &Credentials::realm},
        {"nonce", &Credentials::nonce},       {"uri", &Credentials::uri},
        {"response", &Credentials::response}, {"algorithm", &Credentials::algorithm},
        {"qop", &Credentials::qop},           {"nc", &Credentials::nc},
        {"cnonce", &Credentials::cnonce}};
    for (const auto& [field, member] : kFields) {
      if (!same_word(name, field)) continue;
      if (!(this->*member).empty()) malformed = true;  // which of the two would count?
      this->*member = value;
    }
  }
  static std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  }
};

std::string unescape(std::string_view quoted) {
  std::string plain;
  plain.reserve(quoted.size());
  for (size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    plain += quoted[i];
  }
  return plain;
}

Hex expected_response(const Credentials& c, std::string_view username, std::string_view realm, std::string_view secret,
                      std::string_view method) {
  const Hex ha1 = md5(username, ":", realm, ":", secret);
  const Hex ha2 = md5(method, ":", c.uri);
  if (c.qop.empty()) return md5(ha1, ":", c.nonce, ":", ha2);
  return md5(ha1, ":", c.nonce, ":", c.nc, ":", c.cnonce, ":", c.qop, ":", ha2);
}

// A digest that was made for another number must not serve for this one. The rest of the URI is left alone: proxies and phones rewrite it.
bool covers(const Credentials& c, const sip_request_t* request) {
  su_home_t home[1] = {SU_HOME_INIT(home)};
  const std::string text(c.uri);
  const url_t* const signed_for = url_make(home, text.c_str());
  const char* const wanted = request->rq_url->url_user;
  const bool same = signed_for != nullptr &&
                    std::string_view(wanted != nullptr ? wanted : "") == (signed_for->url_user != nullptr ? signed_for->url_user : "");
  su_home_deinit(home);
  return same;
}

const sip_authorization_t* for_realm(const sip_t* sip, std::string_view realm) {
  const sip_authorization_t* found = sip->sip_authorization;
  for (; found != nullptr; found = found->au_next) {
    if (found->au_scheme != nullptr && same_word(found->au_scheme, "Digest") && Credentials(found->au_params).realm == realm) break;
  }
  return found;
}

}  // namespace

Authenticator::Authenticator(const Clock& clock, Directory& directory, std::string realm, std::chrono::seconds nonce_lifetime)
    : directory_(directory), realm_(std::move(realm)), mint_(clock, nonce_lifetime) {}

void Authenticator::reconfigure(std::string realm, std::chrono::seconds nonce_lifetime) {
  realm_ = std::move(realm);
  mint_.set_lifetime(nonce_lifetime);
}

Authenticator::Checked Authenticator::check(const sip_t* sip, const SocketAddress& source) const {
  Checked checked;
  const sip_authorization_t* const header = for_realm(sip, realm_);
  if (header == nullptr) return checked;
  const Credentials credentials(header->au_params);
  checked.username = unescape(credentials.username);
  if (!credentials.usable() || !covers(credentials, sip->sip_request)) {
    checked.verdict = Verdict::broken;
    return checked;
  }
  auto device = directory_.device(checked.username);
  // An unknown user takes the same steps with a secret that nobody has, so that time tells nothing either.
  static const std::string kNobody("\x01\x02\x03\x04\x05\x06\x07");
  const Hex expected =
      expected_response(credentials, checked.username, realm_, device ? device->secret : kNobody, sip->sip_request->rq_method_name);
  const bool right = sodium_memcmp(expected.data(), credentials.response.data(), 32) == 0;
  const auto nonce = mint_.check(credentials.nonce, source);
  if (!device || device->secret.empty() || !right) {
    checked.verdict = Verdict::refused;
    checked.why = !device ? "no such device" : "wrong password";
    return checked;
  }
  checked.verdict = nonce == NonceMint::Verdict::fresh ? Verdict::accepted : Verdict::stale;
  if (checked.verdict == Verdict::accepted) checked.device = std::move(device);
  return checked;
}

std::string Authenticator::challenge(const SocketAddress& source, bool stale) const {
  return fmt::format("Digest realm=\"{}\", nonce=\"{}\", algorithm=MD5, qop=\"auth\"{}", realm_, mint_.make(source),
                     stale ? ", stale=true" : "");
}

}  // namespace tandem
