// Directory: users, devices, profiles and numbers, and the one place that is asked who is at which device. Switch thread; local reads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

struct User {
  std::string id;             ///< "john.doe"
  std::string name;           ///< "John Doe"
  std::string extension;      ///< "11001"
  std::string calling_class;  ///< "internal", "national", "international"
  std::string did;            ///< "+14085551001", shown to the outside; may be empty
};

struct Profile {
  std::string id;    ///< "john-8841"
  std::string user;  ///< whose it is
  std::string model;
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
  std::string calling_class;  ///< "neutral" when nobody is there
};

class Directory {
 public:
  virtual ~Directory() = default;
  /// Null when there is none. The value is a snapshot: a later change makes a new one.
  virtual std::shared_ptr<const User> user(std::string_view id) = 0;
  virtual std::shared_ptr<const Device> device(std::string_view name) = 0;
  /// At most `most` devices whose names come after `after`, by name: a page of a list. Pages of a million devices cost what they show.
  virtual std::vector<std::shared_ptr<const Device>> devices(std::string_view after, size_t most) = 0;
  virtual std::shared_ptr<const Profile> profile(std::string_view id) = 0;
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

}  // namespace tandem
