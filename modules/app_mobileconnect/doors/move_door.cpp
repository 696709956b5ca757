#include "move_door.h"

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

constexpr size_t kLongest = 128;

Json row_of(const MovableCall& one) {
  return {
      {"call", one.call},         {"channel", one.channel},     {"destination", one.destination.empty() ? Json() : Json(one.destination)},
      {"endpoint", one.endpoint}, {"with", one.other},          {"state", one.where},
      {"rings", one.rings},       {"left_ms", one.left.count()}};
}

/// Empty: the body says nothing of it.
Result<std::string> name_in(const std::string& body, const char* name) {
  if (body.empty()) return std::string();
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return Error{ErrorCode::invalid, "the body is no JSON object"};
  const auto found = json.find(name);
  if (found == json.end()) return std::string();
  if (!found->is_string() || found->get_ref<const std::string&>().size() > kLongest)
    return Error{ErrorCode::invalid, std::string("\"") + name + "\" is no text, or too long"};
  return found->get<std::string>();
}

Json describe(const char* summary, const char* property = nullptr, const char* help = nullptr) {
  if (property == nullptr) return http::operation("Mobile Connect", summary);
  Json body = http::text_fields({property});
  body["properties"][property]["description"] = help;
  return http::operation("Mobile Connect", summary, {}, std::move(body));
}

}  // namespace

Json MoveDoor::list(const std::string& user) {
  Json rows = Json::array();
  if (user.empty()) return rows;
  for (const auto& one : calls_.movable_calls(user)) rows.push_back(row_of(one));
  return rows;
}

Result<Json> MoveDoor::move(const std::string& user, const std::string& call, Where where, const std::string& body) {
  const bool out = where == Where::mobile;
  const auto name = name_in(body, out ? "destination" : "phone");
  if (!name) return name.error();
  const auto all = user.empty() ? std::vector<MovableCall>() : calls_.movable_calls(user);
  const auto it = std::find_if(all.begin(), all.end(), [&](const MovableCall& one) { return one.call == call; });
  if (it == all.end()) return Error{ErrorCode::not_found, user + " has no such call that could go on elsewhere"};
  const auto rings = out ? calls_.send_to_mobile(it->channel, *name) : calls_.pick_up(it->channel, *name);
  if (!rings) return rings.error();
  return Json{{"call", call}, {"rings", *rings}};
}

Result<std::vector<Registration>> MoveDoor::open() {
  std::vector<Registration> made;
  const auto add = [&](const char* method, const char* path, auto answer, Json api) -> Result<void> {
    auto route = server_.route({.listener = "http-api",
                                .method = method,
                                .path = path,
                                .run = std::move(answer),
                                .right = "mobile-connect",
                                .log_query = true,
                                .api = std::move(api)});
    if (!route) return route.error();
    made.push_back(std::move(*route));
    return {};
  };
  const auto mover = [this](Where where) {
    return [this, where](const http::Request& request, http::Reply reply) {
      auto done = move(request.part("user"), request.part("call"), where, request.body);
      done ? reply.json(*done, 202) : reply.json(done.error());
    };
  };
  auto added = add(
      "GET", "/api/v1/users/{user}/live-calls",
      [this](const http::Request& request, http::Reply reply) { reply.json(list(request.part("user"))); },
      describe("Calls of a person that can go on at another phone, and how long one waits to be taken up"));
  if (added)
    added = add("POST", "/api/v1/users/{user}/live-calls/{call}/send", mover(Where::mobile),
                describe("Ring the person's remote destinations; the first that answers has the call", "destination",
                         "its name or label; none: all that calls may be moved to"));
  if (added)
    added = add("POST", "/api/v1/users/{user}/live-calls/{call}/pickup", mover(Where::desk),
                describe("Ring the person's phones, which are asked to answer by themselves", "phone", "one of them; none: all"));
  if (!added) return added.error();
  return made;
}

}  // namespace tandem
