// What a door asks of the service, and what it gets. Values; switch thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codes.h"
#include "tandem/directory.h"
#include "tandem/function.h"
#include "tandem/sessions.h"

namespace tandem {

/// By which door a request came, from where, and on whose behalf.
struct MobilityOrigin {
  std::string door;     ///< "phone", "code", "api", "json", "console", "portal"
  std::string address;  ///< of who asks, without a port; of a phone behind a front end as that says (remoteIPAddr). Empty: a call's phone
  bool via_proxy = false;  ///< the request had a Via header (or isViaHeaderSet)
  /// An application, or an administrator, that has shown who it is already: it needs no PIN of the user, and is told the true error code.
  std::string by;
  std::string trace;  ///< id of the call or the request, for the log
};

struct LoginRequest {
  enum class By : uint8_t { user_id, extension, badge, any };  ///< any: whatever it is, as typed on a keypad
  MobilityOrigin origin;
  std::string device;
  std::string who;  ///< as typed
  By by = By::user_id;
  std::string pin;
  std::string one_time_code;  ///< second factor, six digits
  std::string token;          ///< a one-time login token instead of who and pin
  /// Of an earlier MobilityResult with code choose: instead of who, pin and token.
  std::string continuation;
  std::string profile;      ///< the chosen one; empty: the only one, or ask
  bool ask_profile = true;  ///< false: nobody can be asked; the user's default, or the first that fits
  /// exclusiveDuration of the API: another limit than the system's; zero: indefinite.
  std::optional<std::chrono::minutes> duration;
};

struct LogoutRequest {
  MobilityOrigin origin;
  std::string device;
  std::string user = {};       ///< only if it is this user's session; empty: whoever is there
  std::string why = "logout";  ///< as SessionEnded::why
};

struct PinRequest {
  MobilityOrigin origin;
  std::string device = {};  ///< where it is asked from; may be empty
  std::string who;
  LoginRequest::By by = LoginRequest::By::user_id;
  std::string old_pin;  ///< not asked of an administrator (origin.by)
  std::string new_pin;
  bool must_change = false;  ///< an administrator's PIN is for the first login only
};

struct TokenRequest {
  MobilityOrigin origin;
  std::string user;
  std::string device = {}, site = {};  ///< bound to one of these, at least
  std::string profile = {};
  std::chrono::minutes lives{5};
};

/// A person for some days, with a number of the office's range for guests.
struct GuestRequest {
  MobilityOrigin origin;
  std::string name;
  std::string extension = {};  ///< empty: the first free one of the range
  std::string calling_class = "internal";
  std::chrono::minutes stays{24 * 60};
  std::string pin = {};                ///< empty: only the token logs in
  std::string device = {}, site = {};  ///< where the token is good; both empty: no token
  std::chrono::minutes token_lives{60};
  std::string mobile = {};  ///< the guest's own, as a remote destination; as dialled here
};

/// How a request ended.
struct MobilityResult {
  MobilityCode code = MobilityCode::done;
  std::string text = {};  ///< one sentence for people, in place of the code's own text where there is more to say
  std::shared_ptr<const LoginSession> session = {};  ///< login: what there is now; logout: what was ended

  // With code choose: what is missing, and what to come back with instead of the PIN.
  std::vector<std::shared_ptr<const Profile>> profiles = {};
  bool one_time_code = false;
  std::string continuation = {};
  // With code pin_change: a continuation for change_pin() comes with it (PinRequest::old_pin is asked all the same).

  std::string token = {};                 ///< of make_token() and make_guest()
  std::shared_ptr<const User> user = {};  ///< of check_pin() and make_guest()
  size_t count = 0;                       ///< of logout_all()

  bool ok() const { return code == MobilityCode::done; }
};
using MobilityDone = UniqueFunction<void(MobilityResult)>;

}  // namespace tandem
