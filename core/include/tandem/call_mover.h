// CallMover: calls in progress move between the phones of a person, for whoever has been asked to move one (an API, a softkey). Who may ask
// is for the asker to say. Found at the Host; provided by the core. Switch thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

/// A party that can go on elsewhere.
struct MovableCall {
  std::string call, channel;
  std::string user;
  std::string destination;  ///< the remote destination where it is; empty: at a phone
  std::string endpoint;
  std::string other;                  ///< number of the far end
  std::string where;                  ///< "at a desk", "outside", "holds", "hung up, waits to be taken up"
  std::string rings;                  ///< who rings to take it over; empty: nobody
  std::chrono::milliseconds left{0};  ///< until the far end is released
};

class CallMover {
 public:
  static constexpr std::string_view kInterface = "tandem.call_mover";
  virtual ~CallMover() = default;
  /// `what`: a call ("C-00a1f3c2b8") or one of its channels. Rings the destination with this id or label, or all that the person's calls
  /// may be moved to; the first that answers has it. Returns who rings; how it goes on is in the call's record.
  virtual Result<std::string> send_to_mobile(std::string_view what, std::string_view destination) = 0;
  /// Rings the person's phones (or the one named), which are asked to answer by themselves.
  virtual Result<std::string> pick_up(std::string_view what, std::string_view device) = 0;
  /// Of one user; empty: of everybody who has remote destinations.
  virtual std::vector<MovableCall> movable_calls(std::string_view user) = 0;
};

}  // namespace tandem
