#include "callback_door.h"

#include <utility>

namespace tandem {
namespace {

constexpr size_t kLongestNumber = 64;

Result<std::string> text_in(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_string())
    return Error{ErrorCode::invalid, std::string("\"") + name + "\" is missing, or is no text"};
  auto text = found->get<std::string>();
  if (text.empty() || text.size() > kLongestNumber) return Error{ErrorCode::invalid, std::string("\"") + name + "\" is empty, or too long"};
  return text;
}

/// A machine's answer must not ring the other side: the destination's windows count, and its key where one is wanted.
RemoteLeg leg_to(const Destination& d, const MobileSettings& settings) {
  const auto trunk = settings.rules_of(d.trunk.empty() ? settings.trunk : d.trunk);
  RemoteLeg leg{
      .id = d.id(), .number = d.number, .too_soon = d.too_soon, .too_late = d.too_late, .too_soon_from_invite = trunk.too_soon_from_invite};
  const bool control = d.control == ControlPolicy::on || (d.control == ControlPolicy::system && settings.user_control);
  if (control) leg.control = settings.control;
  return leg;
}

Json describe() {
  Json made{{"summary", "Call a person at one of their numbers, and then somebody else for them"}, {"tags", {"Mobile Connect"}}};
  made["requestBody"]["content"]["application/json"]["schema"] = {
      {"type", "object"},
      {"required", {"first", "to"}},
      {"properties",
       {{"first", {{"type", "string"}, {"description", "the name of a destination, \"desk\", or a number as the person would dial it"}}},
        {"to", {{"type", "string"}, {"description", "a number as the person would dial it"}}}}}};
  return made;
}

}  // namespace

Result<Registration> CallbackDoor::open() {
  return server_.route({.listener = "http-api",
                        .method = "POST",
                        .path = "/api/v1/users/{user}/callback",
                        .run = [this](http::Request request, http::Reply reply) { call_back(request, std::move(reply)); },
                        .right = "mobile-connect",
                        .log_query = true,
                        .api = describe()});
}

Result<CallbackOrder> CallbackDoor::order(const std::string& user, const std::string& body) const {
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return Error{ErrorCode::invalid, "the body is no JSON object"};
  auto first = text_in(json, "first");
  if (!first) return first.error();
  auto to = text_in(json, "to");
  if (!to) return to.error();
  const auto person = service_.directory().user(user);
  if (person == nullptr) return Error{ErrorCode::not_found, "there is no such user"};
  CallbackOrder made{user, {}, std::move(*to)};
  if (const auto* const d = service_.book().find(user + "/" + *first)) {
    made.first = leg_to(*d, service_.settings());
    return made;
  }
  made.first.number = *first == "desk" ? person->extension : *first;
  if (*first == "desk") made.first.too_soon = std::chrono::milliseconds(0);  // nobody's voicemail answers there
  return made;
}

void CallbackDoor::call_back(const http::Request& request, http::Reply reply) {
  const auto wanted = order(request.part("user"), request.body);
  if (!wanted) return reply.json(wanted.error());
  const auto call = calls_.call_back(*wanted);
  if (!call) return reply.json(call.error());
  reply.json({{"call", *call}, {"first", wanted->first.id.empty() ? wanted->first.number : wanted->first.id}, {"to", wanted->second}}, 202);
}

}  // namespace tandem
