#include "redirect.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "identity.h"

namespace tandem {
namespace {

constexpr size_t kMostContacts = 20, kMostNumbers = 5, kLongestNumber = 40, kLongestReason = 32;

bool is_number(const std::string& user) {
  return !user.empty() && user.size() <= kLongestNumber &&
         std::all_of(user.begin(), user.end(), [](char c) { return (c >= '0' && c <= '9') || c == '+' || c == '*' || c == '#'; });
}

float quality(const char* text) {
  float value = 1.0F;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

// The last Diversion of the response says why (RFC 5806 4.1); a token, else ours.
std::string reason_of(const sip_t* sip) {
  for (const auto* h = sip->sip_unknown; h != nullptr; h = h->un_next) {
    if (h->un_name == nullptr || h->un_value == nullptr || strcasecmp(h->un_name, "Diversion") != 0) continue;
    const char* at = strcasestr(h->un_value, ";reason=");
    if (at == nullptr) continue;
    std::string reason;
    for (at += std::strlen(";reason="); *at != '\0' && reason.size() < kLongestReason; ++at) {
      if (std::isalnum(static_cast<unsigned char>(*at)) == 0 && *at != '-') break;
      reason += *at;
    }
    if (!reason.empty()) return reason;
  }
  return "unconditional";
}

}  // namespace

std::optional<Redirection> redirection_of(const sip_t* sip) {
  std::vector<std::pair<float, std::string>> wishes;
  size_t seen = 0;
  for (const sip_contact_t* c = sip->sip_contact; c != nullptr && ++seen <= kMostContacts; c = c->m_next) {
    std::string number = number_of(c->m_url);
    if (is_number(number)) wishes.emplace_back(quality(c->m_q), std::move(number));
  }
  std::stable_sort(wishes.begin(), wishes.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Redirection to;
  for (auto& [q, number] : wishes) {
    if (to.numbers.size() < kMostNumbers && std::find(to.numbers.begin(), to.numbers.end(), number) == to.numbers.end())
      to.numbers.push_back(std::move(number));
  }
  if (to.numbers.empty()) return std::nullopt;
  to.reason = reason_of(sip);
  return to;
}

}  // namespace tandem
