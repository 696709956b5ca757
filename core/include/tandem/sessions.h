// Sessions: who is logged in at which phone. The one table behind Directory::occupant() and devices_of(), and the events that everybody who
// follows a person listens to. Found at the Host; provided by the core. Switch thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/clock.h"
#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

/// Whether the phone shows yet what the server does already.
enum class LoginState : uint8_t {
  pending,  ///< calls follow the person, the phone has not fetched its new configuration (see LoginSession::reason)
  fetched,  ///< it has, and has not registered since
  applied,  ///< nothing is to be fetched, or it has been
};
constexpr std::string_view to_string(LoginState state) {
  return state == LoginState::pending ? "pending" : state == LoginState::fetched ? "fetched" : "applied";
}

/// A user at a device. A snapshot: a later change makes a new one.
struct LoginSession {
  std::string device;
  std::string user;
  std::string profile;  ///< what the login brought; of the user, or the model's default; may be empty
  int64_t version = 0;  ///< of what the device carries: rises with every login and logout there, and never comes twice
  WallTime since;
  std::optional<WallTime> until;      ///< logged out then at the latest
  std::chrono::milliseconds idle{0};  ///< logged out after so much idleness; 0: never
  std::optional<WallTime> idle_at;    ///< the earliest moment for that; moved on while the phone is in use
  std::string door;                   ///< "phone", "code", "api", "console", ...
  std::string address;                ///< from where it was asked for; may be empty
  std::string by;                     ///< who asked on the user's behalf; empty: the user
  LoginState state = LoginState::applied;
  std::string reason;  ///< why it is pending still
};

/// Durable already when it is told, and the Directory answers accordingly already.
struct SessionBegan {
  static constexpr std::string_view kEvent = "session.began";
  const LoginSession& session;
};
struct SessionEnded {
  static constexpr std::string_view kEvent = "session.ended";
  const LoginSession& session;
  std::string_view why;  ///< "logout", "next-user", "elsewhere", "time", "idle", "administrator", "user-gone", "checked-out"
  bool by_hand;          ///< somebody asked for it at this phone, or for it: call lists may be cleared
};
/// "Device D now carries profile P, version V": after each of the above, and once only where one login replaces another. Provisioning,
/// lamps and subscriptions follow this one.
struct DeviceProfileChanged {
  static constexpr std::string_view kEvent = "device.profile_changed";
  std::string_view device;
  std::string_view profile;   ///< the session's; else the device's logout profile; may be empty
  std::string_view user;      ///< who is there now: by login, or whose phone it is; empty: the phone is neutral
  std::string_view previous;  ///< who was there before; empty: nobody
  int64_t version;
};
/// A session turned from pending to applied, or its reason changed.
struct SessionApplied {
  static constexpr std::string_view kEvent = "session.applied";
  const LoginSession& session;
};

/// One line of the history: every attempt, with its place. Nothing secret goes in.
struct SessionNote {
  WallTime at;
  std::string what;  ///< "login", "logout", "pin", "anomaly"
  int code = -1;     ///< -1: it was done; else the published error code
  std::string why;   ///< of a logout as above; of an anomaly which one
  std::string device, user, profile, site, door, address, by;
};

/// A login, decided in the database's writer: no two of them see the same state.
struct SessionOrder {
  enum class Elsewhere : uint8_t { allow, refuse, end };
  std::string device, user, profile, site;
  WallTime now;
  std::optional<WallTime> until;
  std::chrono::milliseconds idle{0};
  std::string door, address, by;
  Elsewhere elsewhere = Elsewhere::refuse;  ///< what if the user is logged in at another device
  bool take_over = false;                   ///< whoever is at the device is logged out
  LoginState state = LoginState::applied;   ///< pending: a phone has to fetch something first
  std::string reason;
};

struct SessionEndOrder {
  std::string device;
  std::string user = {};                ///< only if it is this user's; empty: whoever is there
  std::optional<int64_t> version = {};  ///< only if it is this session still
  WallTime now;
  std::string why = "logout";
  bool by_hand = true;
  std::string site = {}, door = {}, address = {}, by = {};
};

struct SessionChange {
  enum class Verdict : uint8_t {
    done,
    unchanged,   ///< the user is at that device already; its time runs on as it did
    taken,       ///< somebody else is at the device: `other`
    elsewhere,   ///< the user is at another device: `other`
    no_device,   ///< there is no such device (any more)
    no_user,     ///< there is no such user (any more)
    no_session,  ///< nobody to log out
  };
  Verdict verdict = Verdict::done;
  std::shared_ptr<const LoginSession> began;
  std::vector<std::shared_ptr<const LoginSession>> ended;
  std::shared_ptr<const LoginSession> other;
};

/// From where phones are registered. Found at the Host; provided by the driver that they register at.
class PhoneAddresses {
 public:
  static constexpr std::string_view kInterface = "tandem.phone_addresses";
  virtual ~PhoneAddresses() = default;
  /// Numeric addresses without ports; none while it is not registered.
  virtual std::vector<std::string> addresses_of(std::string_view device) = 0;
};

/// What whoever hears of a phone tells those who keep sessions. Found at the Host; provided by app_extmobility.
class PhoneNews {
 public:
  static constexpr std::string_view kInterface = "tandem.phone_news";
  virtual ~PhoneNews() = default;
  /// It has fetched its configuration of this version (DeviceProfileChanged::version).
  virtual void phone_fetched(std::string_view device, int64_t version) = 0;
  virtual void phone_registered(std::string_view device) = 0;
  /// Somebody pressed a key there, or asked a service: it is not idle.
  virtual void touched(std::string_view device) = 0;
};

/// Whoever configures phones (provisioning) provides it: whether a phone that now carries something else has to fetch it. Without it
/// sessions are applied at once.
class PhoneReloads {
 public:
  static constexpr std::string_view kInterface = "tandem.phone_reloads";
  virtual ~PhoneReloads() = default;
  virtual bool expected(std::string_view device) = 0;
};

class Sessions {
 public:
  static constexpr std::string_view kInterface = "tandem.sessions";
  using Done = UniqueFunction<void(Result<SessionChange>)>;
  virtual ~Sessions() = default;

  /// Null when nobody is logged in there.
  virtual std::shared_ptr<const LoginSession> at(std::string_view device) = 0;
  /// Of one user, the oldest login first.
  virtual std::vector<std::shared_ptr<const LoginSession>> of(std::string_view user) = 0;
  /// At most `most` sessions whose devices come after `after`, by name.
  virtual std::vector<std::shared_ptr<const LoginSession>> page(std::string_view after, size_t most) = 0;
  /// Sessions with a deadline (until, idle_at) at or before `now`, the earliest first; at most `most`.
  virtual std::vector<std::shared_ptr<const LoginSession>> due(WallTime now, size_t most) = 0;
  /// The earliest deadline of all; empty: there is none.
  virtual std::optional<WallTime> next_due() = 0;
  virtual int64_t count() = 0;
  /// What the device carries: 0 before the first login.
  virtual int64_t version(std::string_view device) = 0;
  /// Who logged in there last, also after the logout. Empty: nobody ever did.
  virtual std::string last_user(std::string_view device) = 0;

  /// Each is durable when `done` runs, later on the switch thread, and the events have been told. Its note is written in the same
  /// transaction. exhausted, io: nothing has changed.
  virtual void begin(SessionOrder order, Done done) = 0;
  virtual void end(SessionEndOrder order, Done done) = 0;
  /// The deadline of an idle session moves on, if it is this session still. Not told.
  virtual void put_off(const LoginSession& session, WallTime idle_at) = 0;
  /// After a restart nobody knows who was active meanwhile: no session is idle before `now` + its limit. Blocks: at load only.
  virtual void put_off_all(WallTime now) = 0;
  /// From pending to applied, or another reason, if it is this session still.
  virtual void mark(std::string_view device, int64_t version, LoginState state, std::string reason) = 0;

  /// A line of the history by itself: an attempt that failed, an anomaly. Lost when the disk refuses; that is logged.
  virtual void note(SessionNote note) = 0;
  struct HistoryQuestion {
    std::string device, user;  ///< empty: any
    WallTime since;
    size_t most = 100;
  };
  /// The newest first. Read on a worker.
  virtual void history(HistoryQuestion question, UniqueFunction<void(Result<std::vector<SessionNote>>)> done) = 0;
  /// Lines before this are dropped, some thousand at a time.
  virtual void forget_history(WallTime before) = 0;

  /// No `done` that was given so far runs any more, or exists: for the module that keeps the sessions, when it goes and its code with it.
  /// What was ordered is done all the same.
  virtual void forget_answers() = 0;
};

}  // namespace tandem
