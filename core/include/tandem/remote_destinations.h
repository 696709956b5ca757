// RemoteDestinations: numbers outside at which a person can be reached as well (a mobile, a phone at home). The core asks when a line
// rings, when a call comes in, and when one is to be moved. Provided by app_mobileconnect; found at the Host, null while there is none.
// Switch thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/call.h"
#include "tandem/registration.h"

namespace tandem {

/// Where a person is asked to say with a key that it is really them who has answered, and not a machine.
struct UserControl {
  std::string prompt;                        ///< a name of the SoundLibrary; repeated once within the window
  std::chrono::milliseconds window{10'000};  ///< from the answer; then the leg is dropped
  /// Keys; 0: there is no such key. `take` 0: any key that is none of the others.
  char take = '1', refuse = '2', voicemail = '3', reject_all = '9';
};

/// One destination that is to ring with the line.
struct RemoteLeg {
  std::string id;      ///< "john.doe/mobile"
  std::string number;  ///< as the office would dial it ("914085557001"): goes through the dialplan with the owner's rights
  std::chrono::milliseconds delay{4000};     ///< from the moment the line begins to ring
  std::chrono::milliseconds too_soon{1500};  ///< answered earlier after its first 180 or 183: a machine, dropped. 0: never too soon
  std::chrono::milliseconds too_late{0};     ///< not answered so long after its INVITE: dropped. 0: as long as the line rings
  bool too_soon_from_invite = false;         ///< count from the INVITE
  std::optional<UserControl> control = {};
  std::optional<Party> shown_as = {};  ///< whom it is shown as the caller
};

struct ReachQuestion {
  std::string_view user;  ///< whose line rings
  Call& call;             ///< its caller_identity() is the caller
  bool inside = false;    ///< the caller is a phone or a person of this office
  bool in_group = false;  ///< the line rings as a member of a hunt group
};

struct ReachPlan {
  std::vector<RemoteLeg> legs;
  std::vector<std::string> decisions;  ///< a sentence for each destination, rung or not, for the call's record
};

/// Whose destination a number is.
struct RemoteMatch {
  std::string user, id;
  bool complete = true;  ///< false: by its last digits
  bool may_call_in = false;
};

struct MoveTarget {
  std::string id, label;
  std::string number;                                          ///< as RemoteLeg
  std::chrono::milliseconds too_soon{1500}, too_late{19'000};  ///< as RemoteLeg
  bool too_soon_from_invite = false;
};

class RemoteDestinations {
 public:
  static constexpr std::string_view kInterface = "tandem.remote_destinations";
  virtual ~RemoteDestinations() = default;
  /// Who else is to ring, with schedule, access list, thresholds and the dialplan's policies looked at.
  virtual ReachPlan plan(const ReachQuestion& question) = 0;
  /// The owner of the number of a caller, as it stands after the trunk's rules. Empty: nobody's, several people's, or withheld.
  virtual std::optional<RemoteMatch> match(std::string_view number) = 0;
  /// Where a call of this user may be moved to, in the user's order.
  virtual std::vector<MoveTarget> may_move_to(std::string_view user) = 0;
  /// One more call with this destination, for as long as the handle lives. exhausted: it has as many as it may have (six).
  virtual Result<Registration> occupy(std::string_view id) = 0;
  /// How long the far end waits after its mobile has hung up (desk pickup); 0: not at all.
  virtual std::chrono::milliseconds pickup_wait(std::string_view user) = 0;
  /// Whether this person may call through the office by voice.
  virtual bool voice_access(std::string_view /*user*/) { return false; }
  /// Switches somebody's destinations on or off, as the person has asked; `done` runs when that is on disk.
  virtual Result<void> set_mobility(std::string_view /*user*/, bool /*on*/, UniqueFunction<void(Result<void>)> /*done*/) {
    return Error{ErrorCode::unsupported, "destinations cannot be switched"};
  }
  /// The extension of whoever has this number as a destination, when calls from inside straight to it are to ring that line; empty: they go
  /// out as dialled.
  virtual std::string office_number(std::string_view /*number*/) { return {}; }
};

}  // namespace tandem
