// One login on its way through the service's steps. Switch thread.
#pragma once

#include <optional>

#include "service.h"

namespace tandem {

struct MobilityService::Attempt {
  LoginRequest request;
  MobilityDone done;
  std::shared_ptr<const Device> device;
  std::shared_ptr<const User> user;
  std::string profile;        ///< what it will be; empty: the model's default
  bool factor_shown = false;  ///< the one-time code was right, or none is wanted
  bool shown_who = false;     ///< by PIN, token or continuation, or an application vouches
  bool counted = false;       ///< among those under way

  /// An application with the proxy right, or an administrator: is told the true code.
  bool vouched() const { return !request.origin.by.empty(); }
};

}  // namespace tandem
