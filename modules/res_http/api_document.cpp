#include "api_document.h"

namespace tandem {
namespace {

Json path_parameters(const RouteEntry& entry) {
  Json parameters = Json::array();
  for (const auto& part : entry.parts) {
    if (part.kind == PathPart::Kind::fixed) continue;
    parameters.push_back({{"name", part.text}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return parameters;
}

Json operation(const WebServer::RouteFacts& facts) {
  Json described = facts.api;
  Json parameters = path_parameters(facts.entry);
  if (described.contains("parameters")) {
    for (const auto& one : described["parameters"]) parameters.push_back(one);
  }
  if (!parameters.empty()) described["parameters"] = parameters;
  if (!described.contains("responses")) described["responses"] = {{"200", {{"description", "done"}}}};
  if (!facts.entry.right.empty()) {
    described["security"] = Json::array({{{"basic", Json::array()}}, {{"bearer", Json::array()}}});
    described["responses"]["401"] = {{"description", "who asks is not known"}};
    described["responses"]["403"] = {{"description", "needs the right " + facts.entry.right}};
  }
  return described;
}

std::string small(std::string method) {
  for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
  return method;
}

}  // namespace

Json api_document(const WebServer& server) {
  Json paths = Json::object();
  for (const auto& [id, facts] : server.route_facts()) {
    if (facts.entry.listener != "http-api" || !facts.api.is_object()) continue;
    std::string path = facts.entry.pattern;
    if (const size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
    paths[path][small(facts.entry.method)] = operation(facts);
  }
  const Json schemes{{"basic", {{"type", "http"}, {"scheme", "basic"}}}, {"bearer", {{"type", "http"}, {"scheme", "bearer"}}}};
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Tandem"}, {"version", TANDEM_VERSION}}},
          {"servers", Json::array({{{"url", server.url("http-api")}}})},
          {"paths", paths},
          {"components", {{"securitySchemes", schemes}}}};
}

}  // namespace tandem
