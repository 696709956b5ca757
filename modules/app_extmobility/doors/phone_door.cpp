#include "phone_door.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

constexpr size_t kLongest = 128;  // of anything that is typed or sent on; longer is wrong, whatever it says

// What the phone used to get here is how it gets further; anything odd in Host is replaced by what we know of ourselves.
std::string base_of(const http::Request& request, const HttpServer& server) {
  const std::string* const host = request.header("host");
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' ||
           c == ']';
  };
  if (host == nullptr || host->empty() || host->size() > kLongest || !std::all_of(host->begin(), host->end(), plain)) {
    return server.url(request.https ? "https-phone" : "http-phone");
  }
  return (request.https ? "https://" : "http://") + *host;
}

bool yes(const std::string& word) { return word == "true" || word == "1" || word == "yes"; }

}  // namespace

/// What a phone sent, taken apart, and the way back to it.
struct PhoneDoor::Visit {
  http::Request request;
  http::Reply reply;
  std::string device, login_type;
  Markup markup = Markup::cisco;
  PhonePages pages;

  /// A field of the form or the query, without spaces around it. Too long: empty, and `absurd` is set.
  std::string field(std::string_view name) {
    const std::string* const sent = request.field(name);
    if (sent == nullptr) return {};
    if (sent->size() > kLongest) {
      absurd = true;
      return {};
    }
    const size_t first = sent->find_first_not_of(' ');
    return first == std::string::npos ? std::string() : sent->substr(first, sent->find_last_not_of(' ') - first + 1);
  }
  bool sent(std::string_view name) const { return request.field(name) != nullptr; }
  MobilityOrigin origin() const {
    return {.door = "phone", .address = request.peer.host(), .via_proxy = request.header("via") != nullptr, .by = {}, .trace = request.id};
  }
  void show(const Screen& screen) {
    const std::string* const model = request.header("x-ciscoipphonemodelname");
    auto page = render(screen, markup, {.model = model == nullptr ? std::string() : *model});
    reply.send(http::Response{.body = std::move(page.body), .type = std::move(page.type), .headers = {{"Cache-Control", "no-store"}}});
  }
  void refuse(MobilityCode code, bool logout = false, const std::string& text = {}) { show(pages.refused(code, text, logout)); }

  bool absurd = false;
};

PhoneDoor::PhoneDoor(MobilityService& service, HttpServer& server, Directory& directory, const Clock& clock)
    : service_(service), server_(server), directory_(directory), clock_(clock) {}

Result<std::vector<Registration>> PhoneDoor::open() {
  std::vector<Registration> opened;
  for (const char* const method : {"GET", "POST"}) {
    auto service =
        server_.route({.listener = "http-phone",
                       .method = method,
                       .path = "/emapp/EMAppServlet",
                       .run = [this](http::Request request, http::Reply reply) { enter(std::move(request), std::move(reply)); }});
    if (!service) return service.error();
    opened.push_back(std::move(*service));
    auto pins =
        server_.route({.listener = "http-phone",
                       .method = method,
                       .path = "/changecredential/ChangeCredentialServlet",
                       .run = [this](http::Request request, http::Reply reply) { change_pin(std::move(request), std::move(reply)); }});
    if (!pins) return pins.error();
    opened.push_back(std::move(*pins));
  }
  return opened;
}

PhoneDoor::VisitPtr PhoneDoor::visit(http::Request request, http::Reply reply, bool pin_page) {
  const std::string base = base_of(request, server_);
  const std::string* const name = request.field("device");
  const std::string* const type = pin_page ? nullptr : request.field("loginType");
  PhonePageFrame frame{.login_url = base + "/emapp/EMAppServlet",
                       .pin_url = base + "/changecredential/ChangeCredentialServlet",
                       .device = name == nullptr || name->size() > kLongest ? std::string() : *name,
                       .login_type = type == nullptr || type->size() > kLongest ? std::string() : *type,
                       .letters = service_.settings().alphanumeric_user_id};
  auto made = std::make_shared<Visit>(Visit{.request = std::move(request),
                                            .reply = std::move(reply),
                                            .device = frame.device,
                                            .login_type = frame.login_type,
                                            .pages = PhonePages(frame)});
  if (const auto device = directory_.device(made->device)) made->markup = markup_of(device->vendor);
  return made;
}

void PhoneDoor::enter(http::Request request, http::Reply reply) {
  const auto at = visit(std::move(request), std::move(reply), false);
  const bool wants_logout = yes(at->field("doLogout"));
  if (at->device.empty()) return at->refuse(MobilityCode::device_missing, wants_logout);
  const std::string& type = at->login_type;
  if (at->sent("loginType") && type != "UID" && type != "DN" && type != "SP") return at->refuse(MobilityCode::bad_login_type);

  const auto here = service_.who_is_here(at->device);
  if (here.code != MobilityCode::done) return at->refuse(here.code, wants_logout);
  service_.touched(at->device);
  if (wants_logout) return logout(at);
  if (at->sent("userid") || at->sent("seq") || at->sent("step")) return login(at);
  overview(*at, here);
}

void PhoneDoor::overview(Visit& visit, const MobilityService::Here& here) {
  if (yes(visit.field("check"))) return visit.show(visit.pages.who(here.session ? here.session->user : std::string("No user logged in")));
  const std::string asked = visit.field("ask");
  if (!here.session || (asked == "login" && here.device->take_over))
    return visit.show(visit.pages.login_form(here.session ? "" : here.prefill));
  const std::string name = here.user ? here.user->name : here.session->user;
  const auto since = std::chrono::duration_cast<std::chrono::minutes>(clock_.wall() - here.session->since);
  visit.show(asked == "logout" ? visit.pages.confirm_logout(name) : visit.pages.occupied(name, since, here.device->take_over));
}

void PhoneDoor::login(const VisitPtr& visit) {
  const std::string& type = visit->login_type;
  LoginRequest request{.origin = visit->origin(), .device = visit->device};
  request.by = type == "DN" ? LoginRequest::By::extension : type == "SP" ? LoginRequest::By::any : LoginRequest::By::user_id;
  request.who = visit->field("userid");
  request.pin = visit->field("seq");
  request.continuation = visit->field("step");
  request.profile = visit->field("profile");
  request.one_time_code = visit->field("code");
  if (visit->absurd) return visit->refuse(MobilityCode::try_again);
  if (request.continuation.empty() && (request.who.empty() || request.pin.empty())) return visit->refuse(MobilityCode::blank);
  service_.login(std::move(request), [this, visit](const MobilityResult& result) { login_ended(*visit, result); });
}

void PhoneDoor::login_ended(Visit& visit, const MobilityResult& result) {
  if (result.code == MobilityCode::choose) {
    return visit.show(result.one_time_code ? visit.pages.one_time_code(result.continuation)
                                           : visit.pages.choose_profile(result.profiles, result.continuation));
  }
  if (result.code == MobilityCode::pin_change)
    return visit.show(visit.pages.pin_form(visit.field("userid"), "Please choose a new PIN first"));
  if (!result.ok()) return visit.refuse(result.code, false, result.text);
  const auto user = directory_.user(result.session->user);
  visit.show(visit.pages.logged_in(user ? user->name : result.session->user, user ? user->extension : std::string()));
}

void PhoneDoor::logout(const VisitPtr& visit) {
  service_.logout({.origin = visit->origin(), .device = visit->device}, [visit](const MobilityResult& result) {
    if (!result.ok()) return visit->refuse(result.code, true, result.text);
    visit->show(visit->pages.logged_out());
  });
}

void PhoneDoor::change_pin(http::Request request, http::Reply reply) {
  const auto at = visit(std::move(request), std::move(reply), true);
  if (at->device.empty()) return at->refuse(MobilityCode::device_missing);
  const auto here = service_.who_is_here(at->device);
  if (here.code != MobilityCode::done) return at->refuse(here.code);
  service_.touched(at->device);

  const std::string user = at->field("userid");
  PinRequest asked{.origin = at->origin(), .device = at->device, .who = user, .by = LoginRequest::By::any};
  asked.old_pin = at->field("oldpin");
  asked.new_pin = at->field("newpin");
  const std::string again = at->field("confirmpin");
  if (at->absurd) return at->show(at->pages.pin_refused({}, "That is too long."));
  if (!at->sent("oldpin") && !at->sent("newpin")) {
    return at->show(at->pages.pin_form(user.empty() && here.session ? here.session->user : user, "Your old PIN and a new one"));
  }
  if (user.empty() || asked.old_pin.empty() || asked.new_pin.empty())
    return at->show(at->pages.pin_refused(user, "Please fill in everything."));
  if (asked.new_pin != again) return at->show(at->pages.pin_refused(user, "The two new PINs differ."));
  service_.change_pin(std::move(asked), [at, user](const MobilityResult& result) {
    if (result.ok()) return at->show(at->pages.pin_changed());
    at->show(at->pages.pin_refused(user, result.text.empty() ? phone_text(result.code) : result.text));
  });
}

}  // namespace tandem
