// Originator: calls that the office begins. Somebody is called first, and once they have answered, the dialplan runs as if they had dialled
// a number (dial via office, click to call). Found at the Host; provided by the core. Switch thread.
#pragma once

#include <string>
#include <string_view>

#include "tandem/remote_destinations.h"
#include "tandem/result.h"

namespace tandem {

struct CallbackOrder {
  std::string user;  ///< whose call it is: with their rights, under their number
  /// Who is called first, as the person would dial it: one of their destinations (`id`), any number that they may dial, or their own
  /// extension for the first of their phones that can be reached. `delay` does not count.
  RemoteLeg first;
  std::string second;  ///< whom the first one is connected with, as the person would dial it
};

class Originator {
 public:
  static constexpr std::string_view kInterface = "tandem.originator";
  virtual ~Originator() = default;
  /// Returns the call's id; how it goes is in its record, and in the events of its legs. not_found: no such user. forbidden: the person may
  /// not dial one of the numbers, or it is an emergency number: who is called back is not where the help is needed. unavailable: it cannot
  /// be reached. exhausted: too many calls, or too many with that destination.
  virtual Result<std::string> call_back(const CallbackOrder& order) = 0;
};

}  // namespace tandem
