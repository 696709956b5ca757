#include "diversion.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>

#include "identity.h"

namespace tandem {
namespace {

constexpr size_t kMostEntries = 20, kLongestList = 8192, kLongestReason = 32;

struct CauseOfReason {
  std::string_view reason;
  int cause;
};
// RFC 7544 table 1. Of two reasons for one cause the first counts.
constexpr std::array kCauses{CauseOfReason{"unconditional", 302}, CauseOfReason{"user-busy", 486},  CauseOfReason{"no-answer", 408},
                             CauseOfReason{"deflection", 480},    CauseOfReason{"deflection", 487}, CauseOfReason{"unavailable", 503},
                             CauseOfReason{"unknown", 404}};

std::string_view reason_of_cause(int cause) {
  const auto row = std::find_if(kCauses.begin(), kCauses.end(), [&](const auto& r) { return r.cause == cause; });
  return row == kCauses.end() ? std::string_view() : row->reason;
}

int cause_of_reason(std::string_view reason) {
  const auto row = std::find_if(kCauses.begin(), kCauses.end(), [&](const auto& r) { return r.reason == reason; });
  return row == kCauses.end() ? 404 : row->cause;
}

/// The fields of that name, cut at the commas that are not inside quotes or angle brackets.
std::vector<std::string> entries_of(const sip_t* sip, const char* name) {
  std::vector<std::string> entries;
  for (const auto* h = sip->sip_unknown; h != nullptr; h = h->un_next) {
    if (h->un_name == nullptr || h->un_value == nullptr || strcasecmp(h->un_name, name) != 0) continue;
    const std::string_view text(h->un_value, strnlen(h->un_value, kLongestList));
    bool quoted = false, bracketed = false;
    std::string one;
    for (size_t i = 0; i < text.size() && entries.size() < kMostEntries; ++i) {
      const char c = text[i];
      if (quoted && c == '\\' && i + 1 < text.size()) {
        one += c;
        one += text[++i];
        continue;
      }
      if (c == '"') quoted = !quoted;
      if (!quoted && (c == '<' || c == '>')) bracketed = c == '<';
      if (c == ',' && !quoted && !bracketed) {
        entries.push_back(std::move(one));
        one.clear();
      } else {
        one += c;
      }
    }
    if (entries.size() < kMostEntries) entries.push_back(std::move(one));
  }
  return entries;
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

std::string parameter(const sip_from_t* entry, const char* name) {
  const char* const text = msg_params_find(entry->a_params, name);
  return text != nullptr ? unquoted(std::string_view(text, strnlen(text, 64))) : std::string();
}

/// A word that may stand in a header again.
std::string reason_word(const std::string& text) {
  const bool word = !text.empty() && text.size() <= kLongestReason &&
                    std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
  return word ? text : "unknown";
}

Party party_of(const sip_from_t* entry) {
  Party party{number_of(entry->a_url), display_name(entry->a_display), false};
  if (strcasecmp(party.number.c_str(), "anonymous") == 0) party.number.clear();
  return party;
}

std::vector<Diversion> read_diversion(const sip_t* sip) {
  std::vector<Diversion> found;
  su_home_t home[1] = {SU_HOME_INIT(home)};
  for (const auto& text : entries_of(sip, "Diversion")) {
    const sip_from_t* const entry = found.size() < kMostDiversions ? sip_from_make(home, text.c_str()) : nullptr;
    if (entry == nullptr) continue;
    Diversion one{party_of(entry), reason_word(parameter(entry, "reason="))};
    const std::string privacy = parameter(entry, "privacy=");
    one.from.restricted = !privacy.empty() && strcasecmp(privacy.c_str(), "off") != 0;
    found.push_back(std::move(one));
  }
  su_home_deinit(home);
  return found;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "SIP%3Bcause%3D302" among the headers of the URI that was given up.
int cause_in_headers(const char* headers) {
  const char* const reason = headers != nullptr ? strcasestr(headers, "Reason=SIP") : nullptr;
  const char* const cause = reason != nullptr ? strcasestr(reason, "cause%3D") : nullptr;
  return cause != nullptr ? number(std::string_view(cause + 8, strnlen(cause + 8, 3))) : 0;
}

int cause_parameter(const url_t* url) {
  char text[8] = "";
  if (url->url_params != nullptr) url_param(url->url_params, "cause", text, sizeof text);
  return number(text);
}

/// Whoever has a cause behind it, or gave one when it was given up, has sent the call on (RFC 7544 3.3); others on the way did not.
std::vector<Diversion> read_history(const sip_t* sip) {
  std::vector<Diversion> found;
  su_home_t home[1] = {SU_HOME_INIT(home)};
  const sip_from_t* before = nullptr;
  for (const auto& text : entries_of(sip, "History-Info")) {
    const sip_from_t* const entry = sip_from_make(home, text.c_str());
    if (entry == nullptr) continue;
    if (before != nullptr) {
      std::string_view reason = reason_of_cause(cause_parameter(entry->a_url));
      if (reason.empty()) reason = reason_of_cause(cause_in_headers(before->a_url->url_headers));
      if (!reason.empty()) {
        Diversion one{party_of(before), std::string(reason)};
        const char* const headers = before->a_url->url_headers;
        one.from.restricted =
            headers != nullptr && strcasestr(headers, "Privacy=") != nullptr && strcasestr(headers, "Privacy=none") == nullptr;
        found.push_back(std::move(one));
      }
    }
    before = entry;
  }
  su_home_deinit(home);
  std::reverse(found.begin(), found.end());
  if (found.size() > kMostDiversions) found.resize(kMostDiversions);
  return found;
}

Party shown(const Party& party, bool trusted) { return party.restricted && !trusted ? Party{"", "", true} : party; }

std::string history_info(const std::vector<Diversion>& diversions, const std::string& domain, std::string_view target, bool trusted) {
  std::string line = "History-Info: ", index = "1";
  std::string cause;  // of the entry that is written next
  for (auto one = diversions.rbegin(); one != diversions.rend(); ++one) {
    const Party who = shown(one->from, trusted);
    const std::string user = who.number.empty() ? "anonymous" : escape_user(who.number);
    fmt::format_to(std::back_inserter(line), "<sip:{}@{}{}{}>;index={}, ", user, domain, cause, who.restricted ? "?Privacy=history" : "",
                   index);
    cause = fmt::format(";cause={}", cause_of_reason(one->reason));
    index += ".1";
  }
  const std::string_view parent = std::string_view(index).substr(0, index.size() - 2);
  return line + fmt::format("<{}{}>;index={};mp={}\r\n", target, cause, index, parent);
}

}  // namespace

std::vector<Diversion> diversions_of(const sip_t* sip) {
  auto found = read_diversion(sip);
  return found.empty() ? read_history(sip) : found;
}

std::string diversion_lines(const std::vector<Diversion>& diversions, const std::string& domain, std::string_view target, bool trusted,
                            DiversionHeaders which) {
  std::string lines;
  if (diversions.empty() || which == DiversionHeaders::none) return lines;
  if (which != DiversionHeaders::history_info) {
    for (const auto& diversion : diversions) {
      lines += fmt::format("Diversion: {};reason={};counter=1;privacy={}\r\n", name_addr(shown(diversion.from, trusted), domain),
                           diversion.reason, diversion.from.restricted ? "full" : "off");
    }
  }
  if (which != DiversionHeaders::diversion) lines += history_info(diversions, domain, target, trusted);
  return lines;
}

}  // namespace tandem
