// ApiDoor: the published Extension Mobility API, POST /emservice/EMServiceServlet with a document in the field "xml". Every answer is HTTP
// 200 with a document; failures carry the published code. Switch thread. Source: facts, extension-mobility 7.
#pragma once

#include <memory>
#include <vector>

#include "../service.h"
#include "em_document.h"
#include "tandem/http_server.h"

namespace tandem {

class ApiDoor {
 public:
  ApiDoor(MobilityService& service, HttpServer& server, Directory& directory);

  /// not_found: the web server has no listener for phones.
  Result<std::vector<Registration>> open();

 private:
  struct Errand;  // one request and its answer on the way
  using ErrandPtr = std::shared_ptr<Errand>;

  void receive(http::Request request, http::Reply reply);
  void identify(const ErrandPtr& errand);
  void as_application(const ErrandPtr& errand, const http::User& user);
  void as_user(const ErrandPtr& errand);
  void perform(const ErrandPtr& errand);
  void login(const ErrandPtr& errand);
  void logout(const ErrandPtr& errand);
  void answer_query(Errand& errand);
  std::string device_users(const EmRequest& request);
  std::string user_devices(const EmRequest& request);
  std::string user_profiles(const EmRequest& request);

  MobilityService& service_;
  HttpServer& server_;
  Directory& directory_;
};

}  // namespace tandem
