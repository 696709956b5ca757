// CallbackDoor: dial via office for apps. POST says who is called at which of their numbers, and with whom they are connected then; the
// right is "mobile-connect". Switch thread.
#pragma once

#include "../service.h"
#include "tandem/http_server.h"
#include "tandem/originator.h"

namespace tandem {

class CallbackDoor {
 public:
  CallbackDoor(MobileService& service, Originator& calls, HttpServer& server) : service_(service), calls_(calls), server_(server) {}
  /// not_found: the web server has no listener for the API.
  Result<Registration> open();

  /// {"first": "mobile", "to": "11002"}: `first` is the name of a destination, "desk", or a number. invalid: it is not so.
  Result<CallbackOrder> order(const std::string& user, const std::string& body) const;

 private:
  void call_back(const http::Request& request, http::Reply reply);

  MobileService& service_;
  Originator& calls_;
  HttpServer& server_;
};

}  // namespace tandem
