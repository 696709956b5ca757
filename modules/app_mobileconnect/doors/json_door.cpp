#include "json_door.h"

#include <fmt/format.h>

#include "../imagined_caller.h"
#include "../rows_json.h"

namespace tandem {
namespace {

constexpr const char* kRight = "mobile-connect";
constexpr size_t kLongest = 256;

std::string asked_for(const http::Request& request, std::string_view name) {
  const std::string* const found = http::find(request.query, name);
  return found == nullptr ? std::string() : found->substr(0, kLongest);
}

std::string id_of(const http::Request& request) { return request.part("user") + "/" + request.part("name"); }

/// The body of a request. invalid: it is no object.
Result<Json> body_of(const http::Request& request) {
  auto json = Json::parse(request.body, nullptr, false);
  if (!json.is_object()) return Error{ErrorCode::invalid, "the body is no JSON object"};
  return json;
}

Result<std::string> name_in(const Json& body) {
  const auto found = body.find("name");
  if (found == body.end() || !found->is_string()) return Error{ErrorCode::invalid, "\"name\" is missing, or is no text"};
  return found->get<std::string>();
}

/// What a change comes to: `answer` makes the body of a success.
template <class Make>
MobileService::Done told(http::Reply reply, int status, Make answer) {
  return [reply = std::move(reply), status, answer = std::move(answer)](const Result<void>& done) mutable {
    if (!done) return reply.json(done.error());
    if (status == 204) return reply.send(http::Response{.status = 204});
    reply.json(answer(), status);
  };
}
MobileService::Done told(http::Reply reply) {
  return told(std::move(reply), 204, [] { return Json(); });
}

const char* type_of(bool list, bool number, bool flag) { return list ? "array" : number ? "integer" : flag ? "boolean" : "string"; }

template <class Row>
Json schema_of(std::span<const Field<Row>> fields, bool named) {
  using Kind = typename Field<Row>::Kind;
  Json properties = Json::object();
  if (named) properties["name"] = {{"type", "string"}};
  for (const auto& field : fields) {
    const bool number = field.kind == Kind::number || field.kind == Kind::time;
    Json property{{"type", type_of(field.kind == Kind::list, number, field.kind == Kind::flag)}, {"description", field.help}};
    if (field.kind == Kind::list) property["items"] = {{"type", "string"}};
    properties[field.json_name()] = std::move(property);
  }
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

Json operation(const char* summary, std::initializer_list<const char*> query = {}, Json body = {}) {
  return http::operation("Mobile Connect", summary, query, std::move(body));
}

}  // namespace

const JsonDoor::Entry JsonDoor::kEntries[] = {
    {"GET", "/api/v1/users/{user}/destinations", &JsonDoor::list,
     [] { return operation("Where a person is reached besides the desk, in order"); }},
    {"POST", "/api/v1/users/{user}/destinations", &JsonDoor::create,
     [] { return operation("A further destination; name and number at least", {}, schema_of(destination_fields(), true)); }},
    {"GET", "/api/v1/users/{user}/destinations/{name}", &JsonDoor::show, [] { return operation("One destination"); }},
    {"PATCH", "/api/v1/users/{user}/destinations/{name}", &JsonDoor::edit,
     [] {
       return operation("Change a destination; one that the ini file declares can only be switched (ring)", {},
                        schema_of(destination_fields(), false));
     }},
    {"DELETE", "/api/v1/users/{user}/destinations/{name}", &JsonDoor::remove, [] { return operation("Remove a destination"); }},
    {"GET", "/api/v1/users/{user}/mobile-connect", &JsonDoor::show_person,
     [] { return operation("What is in force for a person: mobility, voice access, wait for the desk, limit"); }},
    {"PATCH", "/api/v1/users/{user}/mobile-connect", &JsonDoor::edit_person,
     [] { return operation("Switch ringing on or off, and the rest; null: as the office", {}, schema_of(person_fields(), false)); }},
    {"GET", "/api/v1/access-lists", &JsonDoor::lists, [] { return operation("Access lists, by name"); }},
    {"POST", "/api/v1/access-lists", &JsonDoor::create_list,
     [] { return operation("A further access list", {}, schema_of(list_fields(), true)); }},
    {"GET", "/api/v1/access-lists/{name}", &JsonDoor::show_list, [] { return operation("One access list"); }},
    {"PATCH", "/api/v1/access-lists/{name}", &JsonDoor::edit_list,
     [] { return operation("Change an access list", {}, schema_of(list_fields(), false)); }},
    {"DELETE", "/api/v1/access-lists/{name}", &JsonDoor::remove_list,
     [] { return operation("Remove an access list that no destination uses"); }},
    {"GET", "/api/v1/mobile-connect/settings", &JsonDoor::settings, [] { return operation("What is in force for the office"); }},
    {"GET", "/api/v1/mobile-connect/match", &JsonDoor::matches,
     [] { return operation("Whose destination the number of a caller is", {"number"}); }},
    {"GET", "/api/v1/mobile-connect/test", &JsonDoor::test,
     [] {
       return operation("What would ring for such a call, and why, without calling anybody", {"caller", "line", "at", "in_group"});
     }},
};

Result<std::vector<Registration>> JsonDoor::open() { return http::open_routes<JsonDoor>(server_, *this, kEntries, kRight); }

void JsonDoor::list(http::Request request, http::Reply reply) {
  const auto user = request.part("user");
  if (service_.directory().user(user) == nullptr) return reply.json(Error{ErrorCode::not_found, "there is no such user"});
  Json rows = Json::array();
  if (const auto* const person = service_.book().person(user)) {
    for (const auto& one : person->destinations) rows.push_back(json_of(*one));
  }
  reply.json({{"destinations", std::move(rows)}, {"limit", service_.checks().limit_of(user)}, {"mobility", service_.mobility(user)}});
}

void JsonDoor::create(http::Request request, http::Reply reply) {
  auto body = body_of(request);
  if (!body) return reply.json(body.error());
  auto name = name_in(*body);
  if (!name) return reply.json(name.error());
  Destination row;
  row.user = request.part("user");
  row.name = std::move(*name);
  if (auto set = set_fields(destination_fields(), row, *body, {"name"}); !set) return reply.json(set.error());
  const auto id = row.id();
  service_.create(std::move(row), told(std::move(reply), 201, [this, id] { return json_of(*service_.book().find(id)); }));
}

void JsonDoor::show(http::Request request, http::Reply reply) {
  const auto* const row = service_.book().find(id_of(request));
  if (row == nullptr) return reply.json(Error{ErrorCode::not_found, "there is no such destination"});
  reply.json(json_of(*row));
}

void JsonDoor::edit(http::Request request, http::Reply reply) {
  auto body = body_of(request);
  if (!body) return reply.json(body.error());
  const auto id = id_of(request);
  service_.edit(
      id, [body = std::move(*body)](Destination& row) { return set_fields(destination_fields(), row, body, {}); },
      told(std::move(reply), 200, [this, id] { return json_of(*service_.book().find(id)); }));
}

void JsonDoor::remove(http::Request request, http::Reply reply) { service_.remove(id_of(request), told(std::move(reply))); }

void JsonDoor::lists(http::Request /*request*/, http::Reply reply) {
  Json rows = Json::array();
  for (const auto& [name, list] : service_.book().lists()) rows.push_back(json_of(list));
  reply.json({{"lists", std::move(rows)}});
}

void JsonDoor::create_list(http::Request request, http::Reply reply) {
  auto body = body_of(request);
  if (!body) return reply.json(body.error());
  auto name = name_in(*body);
  if (!name) return reply.json(name.error());
  AccessList row;
  row.name = *name;
  if (!body->contains("kind")) return reply.json(Error{ErrorCode::invalid, "\"kind\" is missing: allowed or blocked"});
  if (auto set = set_fields(list_fields(), row, *body, {"name"}); !set) return reply.json(set.error());
  service_.create(std::move(row), told(std::move(reply), 201, [this, name = *name] { return json_of(*service_.book().list(name)); }));
}

void JsonDoor::show_list(http::Request request, http::Reply reply) {
  const auto* const row = service_.book().list(request.part("name"));
  if (row == nullptr) return reply.json(Error{ErrorCode::not_found, "there is no such access list"});
  reply.json(json_of(*row));
}

void JsonDoor::edit_list(http::Request request, http::Reply reply) {
  auto body = body_of(request);
  if (!body) return reply.json(body.error());
  const auto name = request.part("name");
  service_.edit_list(
      name, [body = std::move(*body)](AccessList& row) { return set_fields(list_fields(), row, body, {}); },
      told(std::move(reply), 200, [this, name] { return json_of(*service_.book().list(name)); }));
}

void JsonDoor::remove_list(http::Request request, http::Reply reply) { service_.remove_list(request.part("name"), told(std::move(reply))); }

void JsonDoor::show_person(http::Request request, http::Reply reply) {
  const auto user = request.part("user");
  if (service_.directory().user(user) == nullptr) return reply.json(Error{ErrorCode::not_found, "there is no such user"});
  reply.json(person_json(service_, user));
}

void JsonDoor::edit_person(http::Request request, http::Reply reply) {
  auto body = body_of(request);
  if (!body) return reply.json(body.error());
  const auto user = request.part("user");
  service_.edit_person(
      user, [body = std::move(*body)](PersonSettings& row) { return set_fields(person_fields(), row, body, {}); },
      told(std::move(reply), 200, [this, user] { return person_json(service_, user); }));
}

void JsonDoor::matches(http::Request request, http::Reply reply) {
  const auto number = asked_for(request, "number");
  const auto match = service_.explain_match(number);
  Json answer{{"number", as_dialled(service_.settings().dial, number)}, {"why", match.why}};
  const auto* const d = match.destination;
  answer["destination"] = d == nullptr ? Json() : Json(d->id());
  answer["user"] = d == nullptr ? Json() : Json(d->user);
  answer["complete"] = d == nullptr ? Json() : Json(match.complete);
  reply.json(answer);
}

void JsonDoor::test(http::Request request, http::Reply reply) {
  const auto in_group = asked_for(request, "in_group");
  const auto tested = test_reach(service_, clock_, asked_for(request, "caller"), asked_for(request, "line"), asked_for(request, "at"),
                                 in_group == "true" || in_group == "1" || in_group == "yes");
  if (!tested) return reply.json(tested.error());
  reply.json(*tested);
}

void JsonDoor::settings(http::Request /*request*/, http::Reply reply) { reply.json(json_of(service_.settings())); }

}  // namespace tandem
