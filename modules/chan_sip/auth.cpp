#include "auth.h"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <sodium.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "digest.h"

namespace tandem {
namespace {

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

// The parameters of one Digest credential. Values without their quotes; escapes stay.
struct Credentials {
  std::string_view username, realm, nonce, uri, response, algorithm, qop, nc, cnonce;
  bool malformed = false;

  explicit Credentials(const msg_param_t* params) {
    for (; params != nullptr && *params != nullptr; ++params) read(*params);
  }

  // Without a word about it MD5 is meant.
  std::optional<AuthAlgorithm> kind() const {
    if (algorithm.empty() || same_word(algorithm, "MD5")) return AuthAlgorithm::md5;
    if (same_word(algorithm, "SHA-256")) return AuthAlgorithm::sha256;
    return {};
  }
  bool usable() const {
    if (malformed || username.empty() || nonce.empty() || uri.empty()) return false;
    return qop.empty() || (same_word(qop, "auth") && nc.size() == 8 && !cnonce.empty() && count());
  }
  // 0: sent without a count.
  std::optional<uint32_t> count() const {
    uint32_t value = 0;
    if (qop.empty()) return value;
    const auto [end, error] = std::from_chars(nc.data(), nc.data() + nc.size(), value, 16);
    if (error != std::errc() || end != nc.data() + nc.size() || value == 0) return {};
    return value;
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

// What makes a REGISTER the same one when it is sent again, and what it would change: nobody may put another contact under an old digest.
class Fingerprint {
 public:
  explicit Fingerprint(const sip_t* sip) {
    add(sip->sip_call_id->i_id);
    add(sip->sip_via->v_branch);
    mix(sip->sip_cseq->cs_seq);
    for (const sip_contact_t* c = sip->sip_contact; c != nullptr; c = c->m_next) {
      for (const char* text : {c->m_url->url_user, c->m_url->url_host, c->m_url->url_port, c->m_url->url_params, c->m_expires}) add(text);
    }
    if (sip->sip_expires != nullptr) mix(sip->sip_expires->ex_delta);
  }
  uint64_t value() const { return value_; }

 private:
  void add(const char* text) { mix(text != nullptr ? std::hash<std::string_view>()(text) : 1); }
  void mix(uint64_t more) { value_ = (value_ ^ more) * 0x9e3779b97f4a7c15ULL + (value_ >> 31); }
  uint64_t value_ = 0;
};

// Longer names than any that we have: as good as any other that nobody has.
const std::string kNobody(65, '?');

}  // namespace

Authenticator::Authenticator(const Clock& clock, Directory& directory, const SipSettings& settings)
    : directory_(directory), realm_(settings.realm), algorithms_(settings.algorithms), mint_(clock, settings.nonce_lifetime) {}

void Authenticator::reconfigure(const SipSettings& settings) {
  realm_ = settings.realm;
  algorithms_ = settings.algorithms;
  mint_.set_lifetime(settings.nonce_lifetime);
}

std::string Authenticator::claimed(const sip_t* sip) const {
  const sip_authorization_t* const header = for_realm(sip, realm_);
  return header != nullptr ? unescape(Credentials(header->au_params).username) : std::string();
}

Authenticator::Checked Authenticator::check(const sip_t* sip, const SocketAddress& source) {
  Checked checked;
  const sip_authorization_t* const header = for_realm(sip, realm_);
  if (header == nullptr) return checked;
  const Credentials credentials(header->au_params);
  checked.username = unescape(credentials.username);
  const auto kind = credentials.kind();
  const bool offered = kind && std::ranges::find(algorithms_, *kind) != algorithms_.end();
  if (!offered || !credentials.usable() || !covers(credentials, sip->sip_request)) {
    checked.verdict = Verdict::broken;
    return checked;
  }
  auto device = directory_.device(checked.username);
  // An unknown user takes the same steps with a secret that nobody has, so that time tells nothing either.
  static const std::string kNoSecret("\x01\x02\x03\x04\x05\x06\x07");
  const Credentials& c = credentials;
  const DigestHex expected = digest_of(*kind, {.username = checked.username,
                                               .realm = realm_,
                                               .secret = device ? device->secret : kNoSecret,
                                               .method = sip->sip_request->rq_method_name,
                                               .uri = c.uri,
                                               .nonce = c.nonce,
                                               .nc = c.nc,
                                               .cnonce = c.cnonce,
                                               .qop = c.qop});
  if (credentials.response.size() != expected.length) {
    checked.verdict = Verdict::broken;
    return checked;
  }
  const bool right = sodium_memcmp(expected.digits.data(), credentials.response.data(), expected.length) == 0;
  NonceMint::Made made;
  const auto nonce = mint_.check(credentials.nonce, source, &made);
  const bool wrong = !device || device->secret.empty() || !right;
  // Whoever answers a challenge that was not ours has not shown that the source is theirs: it is challenged like all, right or wrong, so
  // that a forged source neither learns anything nor puts a stain on whoever has that address.
  if (nonce == NonceMint::Verdict::foreign) {
    if (wrong && device) (void)directory_.device(kNobody);
    checked.verdict = Verdict::stale;
    if (wrong) checked.why = "a wrong digest for a challenge that is not ours";
    return checked;
  }
  if (wrong) {
    // What is not in the directory has been looked for on disk: so is a name that nobody has for one that was at hand.
    if (device) (void)directory_.device(kNobody);
    checked.verdict = Verdict::refused;
    checked.why = !device ? "no such device" : "wrong password";
    return checked;
  }
  checked.verdict = Verdict::stale;
  if (nonce != NonceMint::Verdict::fresh) return checked;
  const bool may_repeat = sip->sip_request->rq_method == sip_method_register;
  const auto use = counts_.take(made, *credentials.count(), may_repeat ? Fingerprint(sip).value() : 0, mint_.now());
  const bool good = use == NonceCounts::Verdict::first || (use == NonceCounts::Verdict::repeated && may_repeat);
  checked.verdict = good ? Verdict::accepted : Verdict::used;
  if (good) checked.device = std::move(device);
  return checked;
}

std::string Authenticator::challenge(const SocketAddress& source, bool stale, bool only_md5) const {
  const std::string nonce = mint_.make(source);
  const bool has_md5 = std::ranges::find(algorithms_, AuthAlgorithm::md5) != algorithms_.end();
  std::string lines;
  for (const AuthAlgorithm algorithm : algorithms_) {
    if (only_md5 && has_md5 && algorithm != AuthAlgorithm::md5) continue;
    fmt::format_to(std::back_inserter(lines),
                   FMT_COMPILE("WWW-Authenticate: Digest realm=\"{}\", nonce=\"{}\", algorithm={}, qop=\"auth\"{}\r\n"), realm_, nonce,
                   to_string(algorithm), stale ? ", stale=true" : "");
  }
  return lines;
}

}  // namespace tandem
