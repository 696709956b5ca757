#include "api_door.h"

#include <fmt/format.h>

#include <algorithm>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr std::string_view kRight = "extension-mobility";
constexpr size_t kMostBody = 256 * 1024;  // a hundred names, percent-encoded, many times over

constexpr Log kLog("extmob");

}  // namespace

struct ApiDoor::Errand {
  http::Request request;
  http::Reply reply;
  EmRequest asked;
  std::string by = {};    ///< the application that may act for others; empty: a user for himself
  std::string self = {};  ///< that user's id

  MobilityOrigin origin() const {
    MobilityOrigin from{.door = "api", .address = request.peer.host(), .by = by, .trace = request.id};
    from.via_proxy = asked.via_header || request.header("via") != nullptr;
    // Only an application is believed that it asks for a phone elsewhere.
    if (!by.empty() && !asked.remote_address.empty()) from.address = asked.remote_address;
    return from;
  }
  void send(std::string document) {
    reply.send(http::Response{.body = std::move(document), .type = "text/xml; charset=utf-8", .headers = {{"Cache-Control", "no-store"}}});
  }
  void fail(MobilityCode code, const std::string& text = {}) {
    send(em_failure(code, text.empty() ? api_text(code) : std::string_view(text)));
  }
};

ApiDoor::ApiDoor(MobilityService& service, HttpServer& server, Directory& directory)
    : service_(service), server_(server), directory_(directory) {}

Result<std::vector<Registration>> ApiDoor::open() {
  std::vector<Registration> opened;
  // Clients in the field send the document by GET as well; the query is in no log.
  for (const char* const method : {"POST", "GET"}) {
    auto route = server_.route({.listener = "http-phone",
                                .method = method,
                                .path = "/emservice/EMServiceServlet",
                                .run = [this](http::Request request, http::Reply reply) { receive(std::move(request), std::move(reply)); },
                                .most_body = kMostBody});
    if (!route) return route.error();
    opened.push_back(std::move(*route));
  }
  return opened;
}

void ApiDoor::receive(http::Request request, http::Reply reply) {
  const std::string* const type = request.header("content-type");
  const std::string* sent = request.field("xml");
  if (sent == nullptr && type != nullptr && type->find("xml") != std::string::npos) sent = &request.body;
  const EmParsed parsed = sent == nullptr ? EmParsed{.code = MobilityCode::parse_error, .why = "no field xml"} : parse_em_request(*sent);
  const auto errand = std::make_shared<Errand>(Errand{.request = std::move(request), .reply = std::move(reply), .asked = parsed.request});
  if (parsed.code != MobilityCode::done) {
    kLog.line(LogLevel::notice, "{}: API request from {} refused with code {}: {}", errand->request.id, errand->request.peer.to_string(),
              static_cast<int>(parsed.code), parsed.why);
    return errand->fail(parsed.code);
  }
  identify(errand);
}

void ApiDoor::identify(const ErrandPtr& errand) {
  // A user who asks for himself shows his PIN. Whether there is such a user is nobody's business: both ways end with the same answer.
  if (const auto user = service_.find_user(LoginRequest::By::user_id, errand->asked.application)) {
    errand->self = user->id;
    return as_user(errand);
  }
  server_.verify(errand->asked.application, errand->asked.password, errand->request.peer, [this, errand](Result<http::User> user) {
    if (user) return as_application(errand, *user);
    errand->fail(user.error().code == ErrorCode::exhausted || user.error().code == ErrorCode::busy ? MobilityCode::busy
                                                                                                   : MobilityCode::invalid_application);
  });
}

void ApiDoor::as_application(const ErrandPtr& errand, const http::User& user) {
  if (!user.may(kRight)) return errand->fail(MobilityCode::no_proxy_right);
  errand->by = user.name;
  perform(errand);
}

void ApiDoor::as_user(const ErrandPtr& errand) {
  const auto& asked = errand->asked;
  const auto himself = [&](const std::string& who) { return who == errand->self || who == asked.application; };
  if (asked.kind == EmRequest::Kind::login && himself(asked.users.front())) return login(errand);
  service_.check_pin(errand->origin(), asked.application, LoginRequest::By::user_id, asked.password,
                     [this, errand, himself](const MobilityResult& result) {
                       const MobilityCode code = result.code;
                       const auto& request = errand->asked;
                       if (code == MobilityCode::busy) return errand->fail(code);
                       if (code != MobilityCode::done) return errand->fail(MobilityCode::invalid_application);
                       const bool others = request.kind == EmRequest::Kind::logout_all || request.kind == EmRequest::Kind::login ||
                                           request.kind == EmRequest::Kind::device_users ||
                                           !std::all_of(request.users.begin(), request.users.end(), himself);
                       if (others) return errand->fail(MobilityCode::no_proxy_right);
                       perform(errand);
                     });
}

void ApiDoor::perform(const ErrandPtr& errand) {
  switch (errand->asked.kind) {
    case EmRequest::Kind::login:
      return login(errand);
    case EmRequest::Kind::logout:
      return logout(errand);
    case EmRequest::Kind::logout_all:
      return service_.logout_all(errand->origin(), [errand](const MobilityResult& result) {
        if (!result.ok()) return errand->fail(result.code);
        errand->send(em_success());
      });
    case EmRequest::Kind::device_users:
    case EmRequest::Kind::user_devices:
    case EmRequest::Kind::user_profiles:
    case EmRequest::Kind::check_users:
      return answer_query(*errand);
  }
}

void ApiDoor::login(const ErrandPtr& errand) {
  const auto& asked = errand->asked;
  LoginRequest request{.origin = errand->origin(), .device = asked.devices.front(), .who = asked.users.front()};
  if (errand->by.empty()) request.pin = asked.password;
  request.profile = asked.profile;
  request.ask_profile = false;
  request.duration = asked.duration;
  service_.login(std::move(request), [errand](const MobilityResult& result) {
    if (result.ok()) return errand->send(em_success());
    const bool secret = result.code == MobilityCode::try_again || result.code == MobilityCode::not_authenticated;
    errand->fail(secret && errand->by.empty() ? MobilityCode::invalid_application : result.code);
  });
}

void ApiDoor::logout(const ErrandPtr& errand) {
  LogoutRequest request{.origin = errand->origin(), .device = errand->asked.devices.front(), .user = errand->self};
  service_.logout(std::move(request), [errand](const MobilityResult& result) {
    if (!result.ok()) return errand->fail(result.code);
    errand->send(em_success());
  });
}

void ApiDoor::answer_query(Errand& errand) {
  const auto& asked = errand.asked;
  const auto allowed = service_.address_allowed({}, errand.origin());
  if (allowed != MobilityCode::done) return errand.fail(allowed);
  if (asked.kind == EmRequest::Kind::device_users) return errand.send(device_users(asked));
  if (asked.kind == EmRequest::Kind::user_devices) return errand.send(user_devices(asked));
  if (asked.kind == EmRequest::Kind::user_profiles) return errand.send(user_profiles(asked));
  for (const auto& user : asked.users) {
    if (!directory_.user(user)) return errand.fail(MobilityCode::no_user);
  }
  errand.send(em_success());
}

std::string ApiDoor::device_users(const EmRequest& request) {
  std::vector<EmDeviceUser> rows;
  for (const auto& name : request.devices) {
    const auto here = service_.who_is_here(name);
    rows.push_back({.device = name,
                    .exists = here.code != MobilityCode::no_device,
                    .user = here.session ? here.session->user : std::string(),
                    .last_user = here.last_user});
  }
  return em_device_users(rows);
}

std::string ApiDoor::user_devices(const EmRequest& request) {
  std::vector<EmUserDevices> rows;
  for (const auto& name : request.users) {
    EmUserDevices row{.user = name, .exists = directory_.user(name) != nullptr};
    for (const auto& session : service_.sessions_of(name)) row.devices.push_back(session->device);
    rows.push_back(std::move(row));
  }
  return em_user_devices(rows);
}

std::string ApiDoor::user_profiles(const EmRequest& request) {
  std::vector<EmUserProfiles> rows;
  for (const auto& name : request.users) {
    const auto user = directory_.user(name);
    EmUserProfiles row{.user = name, .exists = user != nullptr};
    if (user) {
      for (const auto& profile : directory_.profiles_of(name)) {
        row.profiles.push_back({.name = profile->id, .is_default = profile->id == user->default_profile});
      }
    }
    rows.push_back(std::move(row));
  }
  return em_user_profiles(rows);
}

}  // namespace tandem
