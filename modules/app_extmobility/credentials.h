// LoginCredentials: PINs, second factors and one-time tokens, in mobility.db: a file of its own, so that whoever reads the directory reads
// no hash. Switch thread; hashes are made on workers, rows written by the database's writer.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "pin_hasher.h"
#include "settings.h"
#include "tandem/directory.h"
#include "tandem/store.h"

namespace tandem {

struct PinCheck {
  bool right = false;
  bool locked = false;       ///< was before this attempt: the PIN has not been looked at
  bool now_locked = false;   ///< this attempt was one too many
  bool must_change = false;  ///< right, but too old, or given for the first login only
  bool known = true;         ///< false: this user has no PIN
};

struct LoginToken {
  std::string user, device, site, profile;
};

class LoginCredentials {
 public:
  static Result<std::unique_ptr<LoginCredentials>> open(Store& store, Loop& loop, const MobilitySettings& settings);
  ~LoginCredentials();
  LoginCredentials(const LoginCredentials&) = delete;
  LoginCredentials& operator=(const LoginCredentials&) = delete;

  /// Policy and first PINs from now on. Users who have no PIN yet get theirs, hashed one after the other in the background; until then the
  /// one in the settings is good.
  void configure(const MobilitySettings& settings);

  /// Takes as long for a wrong PIN, a locked user, and one without a PIN. Failures are counted before `done`. exhausted: too much to do.
  void check(const std::string& user, std::string pin, UniqueFunction<void(Result<PinCheck>)> done);
  /// The same time for a user who does not exist.
  void pretend(std::string pin, UniqueFunction<void(Result<PinCheck>)> done);
  /// A new PIN. invalid with a sentence: the policy says no (`old_pin` empty: an administrator's, who is not asked how old the last one
  /// is).
  void set(const User& user, std::string new_pin, std::string old_pin, bool must_change, UniqueFunction<void(Result<void>)> done);
  void unlock(const std::string& user, UniqueFunction<void(Result<void>)> done);
  /// The user is gone.
  void drop(const std::string& user);

  /// Null: the user has no second factor.
  std::optional<std::string> factor(const std::string& user);
  /// A fresh secret, for the authenticator app.
  void set_factor(const std::string& user, std::string secret, UniqueFunction<void(Result<void>)> done);
  /// Whether `code` is right now; each code once, also in two attempts at one moment.
  void use_code(const std::string& user, std::string code, UniqueFunction<void(Result<bool>)> done);

  struct TokenOrder {
    LoginToken token;
    std::chrono::minutes lives{5};
  };
  /// The word that logs in once.
  void make_token(TokenOrder order, UniqueFunction<void(Result<std::string>)> done);
  /// not_found: there is none, it is used up, too old, or not for this device and site.
  void redeem(std::string word, std::string device, std::string site, UniqueFunction<void(Result<LoginToken>)> done);

  struct Guest {
    std::string user;
    WallTime until;
    std::string mobile;
  };
  void keep_guest(Guest guest, UniqueFunction<void(Result<void>)> done);
  bool is_guest(const std::string& user);
  /// Whose time is over; at most 100.
  std::vector<std::string> guests_due(WallTime now);

  /// For people: "locked until ...", "must be changed", failures. not_found: no PIN.
  struct Standing {
    bool has_pin = false, must_change = false, has_factor = false;
    int64_t failed = 0;
    std::optional<WallTime> changed, locked_until;
    bool locked = false;
  };
  Standing standing(const std::string& user);
  size_t backlog() const { return database_->backlog(); }

 private:
  struct Row;
  struct Queries;
  LoginCredentials(Loop& loop, std::unique_ptr<Database> database, const MobilitySettings& settings, std::string pepper);

  std::optional<Row> read(const std::string& user);
  bool is_locked(const Row& row) const;
  bool too_old(const Row& row) const;
  void verified(const std::string& user, const Row& row, const PinHasher::Verdict& verdict, UniqueFunction<void(Result<PinCheck>)> done);
  void count_failure(const std::string& user, UniqueFunction<void(Result<PinCheck>)> done);
  void check_first(const std::string& first, const std::string& user, std::string pin, UniqueFunction<void(Result<PinCheck>)> done);
  void store_pin(const std::string& user, std::string hash, bool must_change, UniqueFunction<void(Result<void>)> done);
  void hash_next_first();
  WallTime wall() const { return loop_.clock().wall(); }

  Loop& loop_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Queries> queries_;
  MobilitySettings settings_;
  PinHasher hasher_;
  std::map<std::string, std::string, std::less<>> first_;  ///< of users whose first PIN is not hashed yet
  bool hashing_first_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
