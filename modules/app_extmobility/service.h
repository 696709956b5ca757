// MobilityService: Extension Mobility as every door calls it. A door reads what was asked, calls one of these, and writes the answer; it
// decides nothing. Switch thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "activity.h"
#include "anomalies.h"
#include "continuations.h"
#include "credentials.h"
#include "failures.h"
#include "request.h"
#include "session_machine.h"
#include "settings.h"
#include "site_rules.h"
#include "tandem/clock.h"
#include "tandem/host.h"

namespace tandem {

class MobilityService final : public PhoneNews {
 public:
  /// What it works with; all outlive it.
  struct Parts {
    Loop& loop;
    Events& events;
    Directory& directory;
    Sessions& sessions;
    LoginCredentials& credentials;
    const SiteRules& rules;
    GuestBook* guests = nullptr;                                                    ///< null: no guests
    HttpClient* web = nullptr;                                                      ///< null: no webhook
    PhoneReloads* reloads = nullptr;                                                ///< null: nobody configures phones
    std::function<std::vector<std::string>()> endpoints_in_calls = {};              ///< empty: nobody is ever in a call
    std::function<std::vector<std::string>(const std::string&)> addresses_of = {};  ///< of a phone; empty: nobody knows any
  };
  MobilityService(const Parts& parts, const MobilitySettings& settings);
  ~MobilityService() override;
  MobilityService(const MobilityService&) = delete;
  MobilityService& operator=(const MobilityService&) = delete;

  void configure(const MobilitySettings& settings);
  const MobilitySettings& settings() const { return settings_; }

  // Each answers once, on the switch thread, at once or later, and what it says is durable then. A door that goes away meanwhile keeps its
  // own eye on that.
  void login(LoginRequest request, MobilityDone done);
  void logout(LogoutRequest request, MobilityDone done);
  /// Everybody, in portions, so that the phones do not all come back in one moment. For applications with the proxy right and
  /// administrators.
  void logout_all(MobilityOrigin origin, MobilityDone done);
  void change_pin(PinRequest request, MobilityDone done);
  /// An administrator's: the user may try again at once.
  void unlock(MobilityOrigin origin, std::string user, MobilityDone done);
  /// A one-time token for a guest or a QR code: MobilityResult::token.
  void make_token(TokenRequest request, MobilityDone done);

  /// Whether that is the person's PIN: failures count and lock as those of a login, but nothing else happens. done (with the user),
  /// try_again (201), blank (202), pin_change (41), busy (26).
  void check_pin(MobilityOrigin origin, std::string who, LoginRequest::By by, std::string pin, MobilityDone done);
  /// A user of the directory until the time is over, or end_guest(): MobilityResult::user and ::token.
  void make_guest(GuestRequest request, MobilityDone done);
  /// Sessions, PIN, tokens and the user go.
  void end_guest(MobilityOrigin origin, std::string user, MobilityDone done);

  /// done, untrusted_address (28) or no_proxies (30).
  MobilityCode address_allowed(const std::string& device, const MobilityOrigin& origin) const;

  // Questions are answered at once.
  struct Here {
    MobilityCode code = MobilityCode::done;  ///< no_device, logon_disabled
    std::shared_ptr<const Device> device = {};
    std::shared_ptr<const LoginSession> session = {};  ///< null: nobody is logged in
    std::shared_ptr<const User> user = {};             ///< of the session
    std::string last_user = {};                        ///< who was last; empty: nobody ever was
    std::string prefill = {};                          ///< what the login form shows, as remember_last_user says
  };
  Here who_is_here(std::string_view device);
  std::vector<std::shared_ptr<const LoginSession>> sessions_of(std::string_view user);
  /// What this user could choose at this device (those of its model; else all); empty: none.
  std::vector<std::shared_ptr<const Profile>> profiles_for(std::string_view user, std::string_view device);
  std::shared_ptr<const User> find_user(LoginRequest::By by, const std::string& who) const;
  /// What a login would meet, step by step, without doing it: rows of {"check", "verdict"}.
  std::vector<std::pair<std::string, std::string>> explain(std::string_view device, std::string_view user);

  // What provisioning and the registrar tell: a session is "applied" when the phone has fetched its version and registered after that.
  void phone_fetched(std::string_view device, int64_t version) override;
  void phone_registered(std::string_view device) override;
  void touched(std::string_view device) override;

  size_t under_way() const { return under_way_; }

 private:
  struct Attempt;
  using AttemptPtr = std::shared_ptr<Attempt>;

  // A login in its steps; each goes on to the next or ends the attempt.
  MobilityCode admit(Attempt& attempt);
  void ask_pin(const AttemptPtr& attempt);
  /// What login, change_pin and check_pin have in common: locks, counting, anomalies. done, try_again, pin_change or busy.
  void look_at_pin(const MobilityOrigin& origin, const std::string& device, std::shared_ptr<const User> user, std::string pin,
                   UniqueFunction<void(MobilityCode)> done);
  MobilityCode judge(const MobilityOrigin& origin, const std::string& device, const std::string& user, const Result<PinCheck>& check);
  void redeem(const AttemptPtr& attempt);
  void known(const AttemptPtr& attempt);
  void second_factor(const AttemptPtr& attempt);
  void choose_profile(const AttemptPtr& attempt);
  void begin(const AttemptPtr& attempt);
  SessionOrder order_for(const Attempt& attempt) const;
  void begun(const AttemptPtr& attempt, Result<SessionChange> result);
  std::string pin_warning(const Attempt& attempt) const;
  void refuse(const AttemptPtr& attempt, MobilityCode code, std::string text = {});
  void finish(const AttemptPtr& attempt, MobilityResult result);
  void next_pin(const std::string& user);

  void note(const MobilityOrigin& origin, std::string what, MobilityCode code, const std::string& device, const std::string& user,
            std::string why = {});
  std::string site_of(const std::string& device) const;
  WallTime wall() const { return parts_.loop.clock().wall(); }

  void replace_pin(const std::shared_ptr<PinRequest>& request, const std::string& user, const std::shared_ptr<MobilityDone>& done);
  struct LogoutAll;
  void logout_page(const std::shared_ptr<LogoutAll>& all);

  // Deadlines (sweep.cpp).
  void plan_sweep(WallTime at);
  void plan_for(const LoginSession& session);
  void sweep();
  std::optional<WallTime> over_due(const LoginSession& session, WallTime now, bool in_call);
  void end_session(const LoginSession& session, std::string why);
  void tidy();
  void tidy_timer();
  void step(const LoginSession& session, SessionFact fact);
  void expect_phone(const LoginSession& session);
  void end_guests();
  void drop_guest(const std::string& user, std::string why, std::shared_ptr<MobilityDone> done);
  void add_guest(const std::shared_ptr<GuestRequest>& request, int64_t extension, const std::shared_ptr<MobilityDone>& done);
  void guest_added(const std::shared_ptr<GuestRequest>& request, const std::string& id, const std::shared_ptr<MobilityDone>& done);
  void look_at_login(const Attempt& attempt, const LoginSession& session);
  void watch_calls();

  Parts parts_;
  MobilitySettings settings_;
  Failures failures_;
  Continuations continuations_;
  Activity activity_;
  Anomalies anomalies_;
  size_t under_way_ = 0;
  /// One PIN of a user is checked at a time, so that guesses at once do not outrun the count of failures.
  struct PinLook {
    std::string pin;
    UniqueFunction<void(Result<PinCheck>)> done;
  };
  std::unordered_map<std::string, std::deque<PinLook>> checking_;
  std::unordered_set<std::string> warned_;  ///< devices whose idle session has had its warning
  std::vector<Registration> registrations_;
  WallTime sweep_at_;
  Timer sweep_timer_;
  WallTime tidied_;
  Timer tidy_timer_;
  std::weak_ptr<LogoutAll> all_;                                    ///< a logout of all that is under way
  Timer page_timer_;                                                ///< its next portion
  std::unordered_map<std::string, std::unique_ptr<Timer>> phones_;  ///< by device: those that are to fetch something
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
