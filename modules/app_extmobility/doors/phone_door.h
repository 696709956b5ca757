// PhoneDoor: the Extension Mobility service as phones call it, GET /emapp/EMAppServlet and /changecredential/ChangeCredentialServlet. Reads
// what was sent, asks the service, answers with a page in the phone's own markup. Switch thread. Source: facts, extension-mobility 2 and 5,
// phone-protocol 5.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../service.h"
#include "phone_pages.h"
#include "tandem/http_server.h"

namespace tandem {

class PhoneDoor {
 public:
  PhoneDoor(MobilityService& service, HttpServer& server, Directory& directory, const Clock& clock);

  /// not_found: the web server has no listener for phones.
  Result<std::vector<Registration>> open();

 private:
  struct Visit;  // one request and its answer on the way
  using VisitPtr = std::shared_ptr<Visit>;

  VisitPtr visit(http::Request request, http::Reply reply, bool pin_page);
  void enter(http::Request request, http::Reply reply);
  void overview(Visit& visit, const MobilityService::Here& here);
  void login(const VisitPtr& visit);
  void login_ended(Visit& visit, const MobilityResult& result);
  void logout(const VisitPtr& visit);
  void change_pin(http::Request request, http::Reply reply);

  MobilityService& service_;
  HttpServer& server_;
  Directory& directory_;
  const Clock& clock_;
};

}  // namespace tandem
