// What the doors of the JSON API (listener "http-api") have in common: their routes as a table, one line each, and the description of each
// for the OpenAPI document. Switch thread.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tandem/http_server.h"

namespace tandem::http {

/// One line of a door's table.
template <class Door>
struct ApiRoute {
  const char* method;
  const char* path;
  void (Door::*answer)(Request, Reply);
  Json (*describe)();   ///< see operation(); asked when the route opens
  bool to_all = false;  ///< without asking for an application user
};

/// Opens them all or none. The door outlives what is returned. As HttpServer::route().
template <class Door>
Result<std::vector<Registration>> open_routes(HttpServer& server, Door& door, std::span<const ApiRoute<Door>> routes,
                                              const std::string& right) {
  std::vector<Registration> opened;
  for (const ApiRoute<Door>& one : routes) {
    auto route = server.route(
        {.listener = "http-api",
         .method = one.method,
         .path = one.path,
         .run = [&door, answer = one.answer](Request request, Reply reply) { (door.*answer)(std::move(request), std::move(reply)); },
         .right = one.to_all ? "" : right,
         .log_query = true,
         .api = one.describe()});
    if (!route) return route.error();
    opened.push_back(std::move(*route));
  }
  return opened;
}

/// {"type": "object", "properties": ...} of fields that are text.
inline Json text_fields(std::initializer_list<const char*> names) {
  Json properties = Json::object();
  for (const char* const name : names) properties[name] = {{"type", "string"}};
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

/// The operation object of one route: `query` names what may stand in the query, `body` is the schema of a JSON body (null: it takes none).
inline Json operation(const char* tag, const char* summary, std::initializer_list<const char*> query = {}, Json body = {}) {
  Json made{{"summary", summary}, {"tags", {tag}}};
  for (const char* const name : query) made["parameters"].push_back({{"name", name}, {"in", "query"}, {"schema", {{"type", "string"}}}});
  if (!body.is_null()) made["requestBody"]["content"]["application/json"]["schema"] = std::move(body);
  return made;
}

}  // namespace tandem::http
