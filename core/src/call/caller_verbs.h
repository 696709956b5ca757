// The verbs that ask who somebody is by a number outside: recognise, office_number. Switch thread.
#pragma once

#include <functional>
#include <vector>

#include "call/verb_table.h"
#include "tandem/directory.h"
#include "tandem/remote_destinations.h"

namespace tandem {

/// Who is to be asked, each time; either may say that nobody is (null).
struct CallerLookUp {
  Directory* directory = nullptr;
  std::function<RemoteDestinations*()> destinations = {};
};

std::vector<Registration> register_caller_verbs(VerbTable& verbs, const CallerLookUp& look_up);

}  // namespace tandem
