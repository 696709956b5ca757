#include "identity.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <optional>

namespace tandem {

namespace {

constexpr size_t kLongestUser = 128;
constexpr size_t kLongestName = 128;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

const char* unknown_header(const sip_t* sip, const char* name) {
  for (const auto* h = sip->sip_unknown; h != nullptr; h = h->un_next) {
    if (h->un_name != nullptr && strcasecmp(h->un_name, name) == 0) return h->un_value;
  }
  return nullptr;
}

bool wants_privacy(const sip_t* sip) {
  if (sip->sip_privacy == nullptr || sip->sip_privacy->priv_values == nullptr) return false;
  const auto* values = sip->sip_privacy->priv_values;
  for (size_t i = 0; values[i] != nullptr; ++i) {
    if (strcasecmp(values[i], "id") == 0 || strcasecmp(values[i], "user") == 0 || strcasecmp(values[i], "header") == 0) return true;
  }
  return false;
}

bool has(IdentityHeaders which, IdentityHeaders one) { return which == one || which == IdentityHeaders::both; }

std::string identity_lines(const Party& party, const std::string& domain, IdentityHeaders which, std::string_view role) {
  std::string lines;
  if (has(which, IdentityHeaders::pai)) lines += fmt::format(FMT_COMPILE("P-Asserted-Identity: {}\r\n"), name_addr(party, domain));
  if (has(which, IdentityHeaders::rpid)) {
    lines += fmt::format(FMT_COMPILE("Remote-Party-ID: {};party={};screen=yes;privacy={}\r\n"), name_addr(party, domain), role,
                         party.restricted ? "full" : "off");
  }
  return lines;
}

/// What a P-Asserted-Identity or Remote-Party-ID says.
struct Asserted {
  std::string number, name;
  bool hidden = false;
};

std::optional<Asserted> read_asserted(const char* value, bool remote_party_id) {
  if (value == nullptr) return std::nullopt;
  su_home_t home[1] = {SU_HOME_INIT(home)};
  std::optional<Asserted> found;
  if (const sip_from_t* identity = sip_from_make(home, value)) {
    const auto parameter = [&](const char* name) {
      const char* const text = msg_params_find(identity->a_params, name);
      return std::string(text != nullptr ? text : "");
    };
    found = Asserted{plain_user(identity->a_url->url_user), display_name(identity->a_display), false};
    if (remote_party_id) {
      const std::string party = parameter("party="), screen = parameter("screen="), privacy = parameter("privacy=");
      found->hidden = !privacy.empty() && strcasecmp(privacy.c_str(), "off") != 0;
      if ((!party.empty() && strcasecmp(party.c_str(), "calling") != 0) || strcasecmp(screen.c_str(), "no") == 0) found.reset();
    }
    if (found && found->number.empty()) found.reset();
  }
  su_home_deinit(home);
  return found;
}

}  // namespace

std::string display_name(const char* display) {
  if (display == nullptr) return {};
  std::string_view text = std::string_view(display).substr(0, kLongestName);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return header_text(text);
}

std::string name_addr(const Party& party, const std::string& domain) {
  const std::string name = header_text(party.name);
  const std::string user = party.number.empty() ? "anonymous" : escape_user(party.number);
  return fmt::format(FMT_COMPILE("{}<sip:{}@{}>"), name.empty() ? "" : fmt::format(FMT_COMPILE("\"{}\" "), name), user, domain);
}

// "+1-408-555.1001;phone-context=x" is "+14085551001"; a name like "john-doe" keeps its hyphen.
std::string plain_user(const char* user) {
  if (user == nullptr) return {};
  std::string text = unescape(std::string_view(user).substr(0, kLongestUser));
  text.erase(std::min(text.find(';'), text.size()));
  std::erase_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  const bool number = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isdigit(c) != 0 || c == '+' || c == '*' || c == '#' || c == '-' || c == '.' || c == '(' || c == ')';
  });
  if (number) std::erase_if(text, [](char c) { return c == '-' || c == '.' || c == '(' || c == ')'; });
  return text;
}

std::string number_of(const url_t* url) {
  if (url->url_type == url_tel) return plain_user(url->url_host != nullptr ? url->url_host : url->url_user);
  return url->url_type == url_sip || url->url_type == url_sips ? plain_user(url->url_user) : "";
}

bool asks_for_privacy(const sip_t* sip) {
  const url_t* const from = sip->sip_from->a_url;
  const bool anonymous = (from->url_host != nullptr && strcasecmp(from->url_host, "anonymous.invalid") == 0) ||
                         (from->url_user != nullptr && strcasecmp(from->url_user, "anonymous") == 0);
  return anonymous || wants_privacy(sip);
}

std::string dialled_number(const sip_t* sip) { return plain_user(sip->sip_request->rq_url->url_user); }

Party caller_of(const sip_t* sip, bool trusted, IdentityHeaders believed) {
  Party party;
  const url_t* from = sip->sip_from->a_url;
  party.number = plain_user(from->url_user);
  party.name = display_name(sip->sip_from->a_display);
  const bool anonymous = (from->url_host != nullptr && strcasecmp(from->url_host, "anonymous.invalid") == 0) ||
                         strcasecmp(party.number.c_str(), "anonymous") == 0;
  if (anonymous) party = {"", "", false};
  std::optional<Asserted> asserted;
  if (trusted && has(believed, IdentityHeaders::pai)) asserted = read_asserted(unknown_header(sip, "P-Asserted-Identity"), false);
  if (trusted && !asserted && has(believed, IdentityHeaders::rpid)) asserted = read_asserted(unknown_header(sip, "Remote-Party-ID"), true);
  if (asserted) {
    party.number = std::move(asserted->number);
    if (!asserted->name.empty()) party.name = std::move(asserted->name);
  }
  party.restricted = (anonymous && !asserted) || wants_privacy(sip) || (asserted && asserted->hidden);
  return party;
}

CallerHeaders caller_headers(const Party& caller, const std::string& domain, bool trusted, IdentityHeaders which) {
  CallerHeaders headers;
  const bool hide = caller.restricted || caller.number.empty();
  headers.from = hide ? "\"Anonymous\" <sip:anonymous@anonymous.invalid>" : name_addr(caller, domain);
  if (hide) headers.privacy = "id";
  if (!caller.number.empty() && (trusted || !hide)) headers.asserted = identity_lines(caller, domain, which, "calling");
  return headers;
}

std::string connected_headers(const Party& reached, const std::string& domain, bool trusted, IdentityHeaders which) {
  if (reached.number.empty() || (reached.restricted && !trusted)) return {};
  return identity_lines(reached, domain, which, "called") + (reached.restricted ? "Privacy: id\r\n" : "");
}

std::string escape_user(std::string_view user) {
  constexpr std::string_view kUnescaped = "-_.!~*'()&=+$,/";
  std::string out;
  for (const char c : user) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || kUnescaped.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string header_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '"' && c != '\\' && c != '<' && c != '>') out += c;
  }
  return out;
}

std::string_view bare_host(std::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

std::string reason_text(const sip_reason_t* reason) {
  if (reason == nullptr || reason->re_protocol == nullptr) return {};
  std::string text = reason->re_protocol;
  if (reason->re_cause != nullptr) text += fmt::format(";cause={}", reason->re_cause);
  return text;
}

}  // namespace tandem
