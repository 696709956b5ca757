// JsonDoor: Mobile Connect for apps, JSON over /api/v1 on the API listener. Applications need the right "mobile-connect". Switch thread.
#pragma once

#include <vector>

#include "../service.h"
#include "tandem/clock.h"
#include "tandem/http_api.h"

namespace tandem {

class JsonDoor {
 public:
  JsonDoor(MobileService& service, HttpServer& server, Clock& clock) : service_(service), server_(server), clock_(clock) {}

  /// not_found: the web server has no listener for the API.
  Result<std::vector<Registration>> open();

 private:
  using Entry = http::ApiRoute<JsonDoor>;
  static const Entry kEntries[];

  void list(http::Request request, http::Reply reply);
  void create(http::Request request, http::Reply reply);
  void show(http::Request request, http::Reply reply);
  void edit(http::Request request, http::Reply reply);
  void remove(http::Request request, http::Reply reply);
  void lists(http::Request request, http::Reply reply);
  void create_list(http::Request request, http::Reply reply);
  void show_list(http::Request request, http::Reply reply);
  void edit_list(http::Request request, http::Reply reply);
  void remove_list(http::Request request, http::Reply reply);
  void show_person(http::Request request, http::Reply reply);
  void edit_person(http::Request request, http::Reply reply);
  void matches(http::Request request, http::Reply reply);
  void test(http::Request request, http::Reply reply);
  void settings(http::Request request, http::Reply reply);

  MobileService& service_;
  HttpServer& server_;
  Clock& clock_;
};

}  // namespace tandem
