#include "session_timer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

constexpr std::chrono::seconds kLeastOfAll{90};
constexpr unsigned long kLongest = 7UL * 24 * 3600;  // seconds; more is as good as none

std::chrono::seconds bounded(unsigned long seconds) { return std::chrono::seconds(std::min(seconds, kLongest)); }

}  // namespace

bool lists(const msg_list_t* list, const char* word) {
  for (; list != nullptr; list = list->k_next) {
    for (const msg_param_t* item = list->k_items; item != nullptr && *item != nullptr; ++item) {
      if (strcasecmp(*item, word) == 0) return true;
    }
  }
  return false;
}

// Who knows nothing of timers and asks for none gets none: the silence limit of the media finds out that it has gone. Where the request
// leaves it open we refresh: then no far end can forget it.
TermsAnswer answer_terms(const sip_t* request, const SessionTimerSettings& settings) {
  TermsAnswer answer;
  answer.understood = lists(request->sip_supported, "timer") || lists(request->sip_require, "timer");
  if (settings.interval.count() == 0) return answer;
  const sip_session_expires_t* const asked = request->sip_session_expires;
  if (asked == nullptr) {
    if (!answer.understood) return answer;
    answer.terms = {settings.interval, true};
    if (request->sip_min_se != nullptr) answer.terms.interval = std::max(settings.interval, bounded(request->sip_min_se->min_delta));
    return answer;
  }
  const auto wanted = bounded(asked->x_delta);
  if (answer.understood && wanted < std::max(settings.least, kLeastOfAll)) {
    answer.too_short = true;
    return answer;
  }
  const auto least = request->sip_min_se != nullptr ? bounded(request->sip_min_se->min_delta) : kLeastOfAll;
  answer.terms.interval = std::max({std::min(wanted, settings.interval), least, kLeastOfAll});
  const bool uac = answer.understood && asked->x_refresher != nullptr && strcasecmp(asked->x_refresher, "uac") == 0;
  answer.terms.ours = !uac;
  return answer;
}

SessionTerms agreed_terms(const sip_t* response) {
  const sip_session_expires_t* const agreed = response->sip_session_expires;
  if (agreed == nullptr || agreed->x_delta < 1) return {};
  const bool uas = agreed->x_refresher != nullptr && strcasecmp(agreed->x_refresher, "uas") == 0;
  return {std::max(bounded(agreed->x_delta), kLeastOfAll), !uas};
}

std::string terms_lines(const TermsAnswer& answer) {
  if (answer.terms.interval.count() == 0) return {};
  return fmt::format("Session-Expires: {};refresher={}\r\n{}", answer.terms.interval.count(), answer.terms.ours ? "uas" : "uac",
                     answer.terms.ours ? "" : "Require: timer\r\n");
}

std::string asking_lines(std::chrono::seconds interval, std::chrono::seconds least, const char* refresher) {
  if (interval.count() == 0) return {};
  return fmt::format("Session-Expires: {}{}{}\r\nMin-SE: {}\r\n", interval.count(), *refresher != '\0' ? ";refresher=" : "", refresher,
                     std::max(least, kLeastOfAll).count());
}

// RFC 4028 section 10: who refreshes does so at half the time; who waits gives up a little before the end, so that nobody is billed longer.
void SessionTimer::start(const SessionTerms& terms, Task refresh, Task expired) {
  timer_.stop();
  terms_ = terms;
  if (terms.interval.count() == 0) return;
  if (!terms.ours) return timer_.start(terms.interval - std::min(std::chrono::seconds(32), terms.interval / 3), std::move(expired));
  expired_ = std::move(expired);
  timer_.start(terms.interval / 2, [this, again = std::move(refresh), rest = terms.interval - terms.interval / 2]() mutable {
    timer_.start(rest, std::move(expired_));
    again();
  });
}

}  // namespace tandem
