// MoveDoor: an app shows a person's calls and moves them between desk and mobile. Only the person's own; the right is "mobile-connect".
// Switch thread.
#pragma once

#include <string>
#include <vector>

#include "tandem/call_mover.h"
#include "tandem/http_api.h"

namespace tandem {

class MoveDoor {
 public:
  MoveDoor(CallMover& calls, HttpServer& server) : calls_(calls), server_(server) {}
  /// not_found: the web server has no listener for the API.
  Result<std::vector<Registration>> open();

  /// The user's calls that can go on elsewhere.
  Json list(const std::string& user);
  enum class Where : uint8_t { mobile, desk };
  /// `body`: {} or empty, or {"destination": "mobile"}, {"phone": "SEP..."}. not_found: that is no call of this user's.
  Result<Json> move(const std::string& user, const std::string& call, Where where, const std::string& body);

 private:
  CallMover& calls_;
  HttpServer& server_;
};

}  // namespace tandem
