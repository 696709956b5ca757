#include "subscribe_request.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tandem {
namespace {

constexpr size_t kLongestEvent = 64, kLongestId = 64;
constexpr int kMostAccepts = 32;

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-.!%*_+`'~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// A header of that class was there and could not be read: Sofia-SIP sets it aside.
bool broken(const sip_t* sip, msg_hclass_t* header_class) {
  for (const auto* h = reinterpret_cast<const sip_header_t*>(sip->sip_error); h != nullptr; h = h->sh_next) {
    if (h->sh_class == header_class) return true;
    if (h->sh_class == sip_error_class && h->sh_error->er_name != nullptr && strcasecmp(h->sh_error->er_name, header_class->hc_name) == 0)
      return true;
  }
  return false;
}

bool covers(std::string_view range, std::string_view type) {
  if (range == "*/*") return true;
  if (range.ends_with("/*")) range.remove_suffix(1);
  return range.ends_with('/') ? type.size() > range.size() && strncasecmp(range.data(), type.data(), range.size()) == 0
                              : range.size() == type.size() && strncasecmp(range.data(), type.data(), range.size()) == 0;
}

bool refused(const sip_accept_t* accept) {
  return accept->ac_q != nullptr && std::string_view(accept->ac_q).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

SubscribeRequest read_subscribe(const sip_t* sip, const SubscriptionSettings& settings) {
  SubscribeRequest request;
  const auto refuse = [&](int status, const char* phrase) {
    request.status = status;
    request.phrase = phrase;
    return request;
  };
  const sip_event_t* const event = sip->sip_event;
  if (event == nullptr || event->o_type == nullptr) return refuse(400, broken(sip, sip_event_class) ? "Bad Event" : "Missing Event");
  request.event = std::string_view(event->o_type).substr(0, kLongestEvent + 1);
  if (event->o_id != nullptr) request.id = std::string_view(event->o_id).substr(0, kLongestId + 1);
  if (request.event.size() > kLongestEvent || !is_token(request.event)) return refuse(400, "Bad Event");
  if (request.id.size() > kLongestId || (event->o_id != nullptr && !is_token(request.id))) return refuse(400, "Bad Event Id");
  if (broken(sip, sip_expires_class)) return refuse(400, "Bad Expires");
  if (sip->sip_expires == nullptr) {
    request.expires = settings.usual;
    return request;
  }
  const auto asked = static_cast<int64_t>(std::min<unsigned long>(sip->sip_expires->ex_delta, 0xffffffffUL));
  request.expires = std::min(std::chrono::seconds(asked), settings.longest);
  if (asked > 0 && request.expires < settings.least) return refuse(SIP_423_INTERVAL_TOO_BRIEF);
  return request;
}

std::string_view accepted_type(const sip_t* sip, const std::vector<std::string>& types) {
  if (sip->sip_accept == nullptr) return types.empty() ? std::string_view() : std::string_view(types.front());
  for (const auto& type : types) {
    int seen = 0;
    for (const sip_accept_t* accept = sip->sip_accept; accept != nullptr && ++seen <= kMostAccepts; accept = accept->ac_next) {
      if (accept->ac_type != nullptr && !refused(accept) && covers(accept->ac_type, type)) return type;
    }
  }
  return {};
}

bool ends_subscription(int status, bool retry_after) {
  constexpr std::array<int, 14> kGone{404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604};
  if (status < 300) return false;
  return !retry_after || std::find(kGone.begin(), kGone.end(), status) != kGone.end();
}

}  // namespace tandem
