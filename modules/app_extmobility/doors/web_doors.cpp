#include "web_doors.h"

#include "api_door.h"
#include "json_door.h"
#include "phone_door.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("extmob");

void keep(Result<std::vector<Registration>> opened, std::string_view what, std::vector<Registration>& into) {
  if (!opened) return kLog.line(LogLevel::notice, "{} is closed: {}", what, opened.error().message);
  for (auto& registration : *opened) into.push_back(std::move(registration));
}

}  // namespace

struct WebDoors::Parts {
  PhoneDoor phone;
  ApiDoor api;
  JsonDoor json;
  std::vector<Registration> routes;  // undone first: no request meets a door that is gone
};

WebDoors::WebDoors(Host& host, MobilityService& service, Sessions& sessions) {
  auto* const server = host.find<HttpServer>();
  if (server == nullptr) {
    kLog.line(LogLevel::notice, "no web server runs: login by feature code and console only");
    return;
  }
  parts_.reset(new Parts{.phone = {service, *server, host.directory(), host.loop().clock()},
                         .api = {service, *server, host.directory()},
                         .json = {service, *server, host.directory(), sessions, host.events()},
                         .routes = {}});
  keep(parts_->phone.open(), "the phones' service", parts_->routes);
  keep(parts_->api.open(), "the Extension Mobility API", parts_->routes);
  keep(parts_->json.open(), "the JSON API", parts_->routes);
}

WebDoors::~WebDoors() = default;

}  // namespace tandem
