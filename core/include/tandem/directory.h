// Directory: users, devices, profiles and numbers, and the one place that is asked who is at which device. Switch thread; local reads.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

struct User {
  std::string id;             ///< "john.doe"
  std::string name;           ///< "John Doe"
  std::string extension;      ///< "11001"
  std::string calling_class;  ///< "internal", "national", "international"
  std::string did;            ///< "+14085551001", shown to the outside; may be empty

  // Where and how long the person may be logged in; empty: as configs/extmobility.ini says.
  std::string badge = {};            ///< a number to log in with instead of the id, as on a card
  std::string home_site = {};        ///< a login elsewhere is an anomaly; empty: at home everywhere
  std::string max_login_time = {};   ///< "HHH:MM"; "0:00": without end
  std::string multiple_login = {};   ///< "allowed", "not-allowed", "auto-logout"
  std::string default_profile = {};  ///< taken where nobody can be asked which
  bool second_factor = false;        ///< demands a one-time code at each login

  bool mailbox = true;     ///< has a voicemail box
  std::string email = {};  ///< where voice messages are sent as well; may be empty
};

/// What a login brings to a phone of one model. Without a user it is the default of its model: what nobody has a profile for.
struct Profile {
  std::string id;    ///< "john-8841"
  std::string user;  ///< whose it is; empty: the model's default
  std::string model;

  std::vector<std::string> lines = {};        ///< "11001 John Doe": number and label, the first one first; empty: the user's extension
  std::vector<std::string> speed_dials = {};  ///< "11002 Jane White"
  std::vector<std::string> services = {};     ///< names of subscribed phone services
  std::string locale = {};                    ///< "en_US"
  std::string ring = {};                      ///< a ring tone's name
  std::string button_template = {}, softkey_template = {};
  std::string music = {};          ///< what those on hold hear; empty: as the office
  std::string calling_class = {};  ///< how far one may call from there; empty: as the user
  bool dnd = false;
};

struct Device {
  std::string name;       ///< "SEP001122330001": what registers, logged in or out
  std::string model;      ///< "CP-8841"
  std::string vendor;     ///< "cisco", "yealink", "generic": chooses the vendor profile
  std::string site;       ///< "hq"
  std::string secret;     ///< SIP password; never printed
  std::string owner;      ///< user whose lines it carries without any login; empty: a hot desk
  std::string extension;  ///< its own extension while nobody is there ("19001"); empty for an owned phone
  std::string label;      ///< its neutral name
  bool extension_mobility = false;
  bool behind_nat = false;  ///< media may latch to a new source, once

  std::string logout_profile = {};  ///< what it carries while nobody is logged in; empty: its own settings
  bool take_over = false;           ///< the next user may log the last one out
};

struct Site {
  std::string id;                  ///< "hq"
  std::string location;            ///< what an emergency centre is told
  std::string emergency_callback;  ///< "+14085551000"
  std::string time_zone = {};      ///< "America/Los_Angeles" (IANA); empty: the machine's
};

/// What a dialled number means inside.
struct Number {
  enum class Kind { user, device, service };
  std::string digits;  ///< "11001", "+14085551001", "5000"
  Kind kind = Kind::user;
  std::string owner;  ///< user id, device name, or service name ("voice-access")
};

/// Who a device speaks for at this moment.
struct Occupant {
  std::shared_ptr<const User> user;  ///< null: nobody is logged in, the phone is neutral
  std::string number;                ///< caller number: the user's extension or the neutral one
  std::string name;
  std::string calling_class;                    ///< "neutral" when nobody is there
  std::shared_ptr<const Profile> profile = {};  ///< what a login brought, or the device's logout profile; null: none
  bool logged_in = false;                       ///< by login; else it is the owner's phone, or neutral
};

/// "8:00", ":30", "168:00" (the most); "0:00" is without end. Empty: not written so. Any thread.
std::optional<std::chrono::minutes> login_time(std::string_view text);

class Directory {
 public:
  virtual ~Directory() = default;
  /// Null when there is none. The value is a snapshot: a later change makes a new one.
  virtual std::shared_ptr<const User> user(std::string_view id) = 0;
  virtual std::shared_ptr<const Device> device(std::string_view name) = 0;
  /// At most `most` devices whose names come after `after`, by name: a page of a list. Pages of a million devices cost what they show.
  virtual std::vector<std::shared_ptr<const Device>> devices(std::string_view after, size_t most) = 0;
  virtual std::shared_ptr<const Profile> profile(std::string_view id) = 0;
  /// Of one user, by name. (Defaults of this and the next two: for directories that know no logins.)
  virtual std::vector<std::shared_ptr<const Profile>> profiles_of(std::string_view /*user*/) { return {}; }
  /// What fills in at a phone of that model. Null: nothing does.
  virtual std::shared_ptr<const Profile> default_profile(std::string_view /*model*/) { return nullptr; }
  virtual std::shared_ptr<const User> user_by_badge(std::string_view /*badge*/) { return nullptr; }
  virtual std::shared_ptr<const Site> site(std::string_view id) = 0;
  virtual std::optional<Number> number(std::string_view digits) = 0;

  /// THE place: every module resolves "who is at this device" and "where is this user" here.
  virtual Occupant occupant(const Device& device) = 0;
  virtual std::vector<std::string> devices_of(std::string_view user) = 0;  ///< device names where the user is now, own phones first

  /// True while any device's secret is one that ships with the sample office: only loopback may then be bound.
  virtual bool sample_secret_in_force() = 0;

  struct Counts {
    int64_t users, devices, profiles, numbers;
  };
  virtual Counts counts() = 0;
};

/// Users who come and go while the office runs, beside those of the ini file. Found at the Host; provided by the core. Switch thread.
class GuestBook {
 public:
  static constexpr std::string_view kInterface = "tandem.guest_book";
  using Done = UniqueFunction<void(Result<void>)>;
  virtual ~GuestBook() = default;
  /// Durable when `done` runs. exists: the id, the extension or the outside number is somebody's.
  virtual void add(User user, Done done) = 0;
  /// not_found: there is no such guest. Users of the ini file and of imports are left alone.
  virtual void remove(std::string user, Done done) = 0;
  /// As Sessions::forget_answers().
  virtual void forget_answers() = 0;
};

}  // namespace tandem
