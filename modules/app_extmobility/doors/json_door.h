// JsonDoor: Extension Mobility for apps, JSON over /api/v1 on the API listener. Applications need the right "extension-mobility"; a login
// token needs nothing but itself. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "../service.h"
#include "tandem/events.h"
#include "tandem/http_api.h"
#include "tandem/sessions.h"

namespace tandem {

class JsonDoor {
 public:
  JsonDoor(MobilityService& service, HttpServer& server, Directory& directory, Sessions& sessions, Events& events);
  ~JsonDoor();

  /// not_found: the web server has no listener for the API.
  Result<std::vector<Registration>> open();

 private:
  using Entry = http::ApiRoute<JsonDoor>;
  static const Entry kEntries[];

  void list_sessions(http::Request request, http::Reply reply);
  void create_session(http::Request request, http::Reply reply);
  void session_at(http::Request request, http::Reply reply);
  void end_session(http::Request request, http::Reply reply);
  void user_sessions(http::Request request, http::Reply reply);
  void user_profiles(http::Request request, http::Reply reply);
  void set_pin(http::Request request, http::Reply reply);
  void unlock(http::Request request, http::Reply reply);
  void create_token(http::Request request, http::Reply reply);
  void use_token(http::Request request, http::Reply reply);
  void create_guest(http::Request request, http::Reply reply);
  void end_guest(http::Request request, http::Reply reply);
  void history(http::Request request, http::Reply reply);
  void watch(http::Request request, http::Reply reply);
  void tell(std::string_view event, const Json& data);

  MobilityService& service_;
  HttpServer& server_;
  Directory& directory_;
  Sessions& sessions_;
  Events& events_;
  std::unordered_map<uint64_t, http::Stream> watchers_;  ///< clients of the event stream
  uint64_t last_watcher_ = 0;
  std::vector<Registration> heard_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
