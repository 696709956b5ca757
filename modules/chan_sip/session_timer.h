// Session timers (RFC 4028): how long a conversation may go without a sign of life, and who gives it. The terms are pure functions;
// SessionTimer lives on the switch thread, as part of a Session.
#pragma once

#include <chrono>
#include <string>

#include "settings.h"
#include "sofia.h"
#include "tandem/loop.h"

namespace tandem {

struct SessionTerms {
  std::chrono::seconds interval{0};  ///< zero: no timer
  bool ours = false;                 ///< we refresh
};

/// What we agree to when a request asks.
struct TermsAnswer {
  bool too_short = false;  ///< 422 with our Min-SE
  SessionTerms terms;
  bool understood = false;  ///< the far end knows session timers: Require: timer where it is to refresh
};
TermsAnswer answer_terms(const sip_t* request, const SessionTimerSettings& settings);
/// What a 2xx to a request of ours has agreed; none when it does not say.
SessionTerms agreed_terms(const sip_t* response);
/// The header lines of our 2xx: "Session-Expires: 1800;refresher=uac\r\nRequire: timer\r\n"; empty: no timer.
std::string terms_lines(const TermsAnswer& answer);
/// The header lines of a request of ours; `refresher`: "uac", "uas" or empty.
std::string asking_lines(std::chrono::seconds interval, std::chrono::seconds least, const char* refresher);
/// A list header (Supported, Allow) has `word`.
bool lists(const msg_list_t* list, const char* word);

class SessionTimer {
 public:
  explicit SessionTimer(Loop& loop) : timer_(loop) {}
  /// From now on: `refresh` when half of the time is over and it is ours to do, `expired` when no refresh came in time. Restarts.
  void start(const SessionTerms& terms, Task refresh, Task expired);
  void stop() { timer_.stop(); }
  const SessionTerms& terms() const { return terms_; }

 private:
  SessionTerms terms_;
  Task expired_;
  Timer timer_;
};

}  // namespace tandem
