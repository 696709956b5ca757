// res_http: the web server that other modules add their pages to: for phones, for programs, for files.
#include "tandem/module.h"

#include <fmt/format.h>
#include <sodium.h>

#include "api_document.h"
#include "http_commands.h"
#include "http_metrics.h"
#include "http_settings.h"
#include "tandem/edge.h"
#include "web_server.h"

namespace tandem {
namespace {

/// Switch thread.
class HttpModule final : public Module {
 public:
  explicit HttpModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_http_settings(config);
    if (!settings) return settings.error();
    for (const auto& [name, serves, door] : doors_of(*settings)) {
      if (!door->enabled) continue;
      if (auto good = Edge::check(door->tls); !good) return good;
    }
    return {};
  }

  Result<void> start() override {
    if (sodium_init() < 0) return Error{ErrorCode::internal, "libsodium does not start"};
    auto settings = read_http_settings(host_.config());
    if (!settings) return settings.error();
    settings_ = std::move(*settings);
    server_ = std::make_unique<WebServer>(host_.loop());
    for (const auto& [name, listener] : listeners_of(settings_)) {
      if (!listener->enabled) continue;
      if (auto served = serve(name, *listener); !served) return served;
    }
    for (const auto& [name, serves, door] : doors_of(settings_)) {
      if (!door->enabled) continue;
      if (auto served = serve_https(name, serves, *door); !served) return served;
    }
    server_->configure(settings_);
    registrations_.push_back(host_.provide<HttpServer>(*server_));
    if (auto added = add_api(); !added) return added;
    auto commands = register_http_commands(host_.console(), *server_);
    if (!commands) return commands.error();
    for (auto& one : *commands) registrations_.push_back(std::move(one));
    for (auto& one : register_http_metrics(host_.metrics(), *server_)) registrations_.push_back(std::move(one));
    return {};
  }

  Result<ReloadPlan> reload() override {
    auto settings = read_http_settings(host_.config());
    if (!settings) return settings.error();
    ReloadPlan plan;
    const auto now = listeners_of(settings_), next = listeners_of(*settings);
    for (size_t i = 0; i < now.size(); ++i) {
      const auto &a = *now[i].second, &b = *next[i].second;
      if (a.enabled != b.enabled || a.address != b.address || a.threads != b.threads || a.url != b.url) {
        plan.at_start.push_back("http/" + now[i].first);
      }
    }
    auto tasks = std::make_shared<std::vector<Task>>();
    for (const auto& [name, serves, door] : doors_of(*settings)) {
      const auto before = door_named(settings_, name);
      if (before->enabled != door->enabled || before->address != door->address || before->url != door->url)
        plan.at_start.push_back("http/" + name);
      const auto open = doors_.find(name);
      if (open == doors_.end()) continue;
      auto prepared = open->second->prepare(door_settings(name, *door, {}, settings->connections));
      if (!prepared) return prepared.error();
      tasks->push_back(std::move(*prepared));
    }
    if (settings->metrics_right != settings_.metrics_right) plan.at_start.push_back("http/metrics/right");
    if (auto allowed = check_secret(*settings); !allowed) return allowed.error();
    plan.apply = [this, tasks, s = std::move(*settings)]() mutable {
      for (auto& task : *tasks) task();
      s.phone = settings_.phone;
      s.api = settings_.api;
      s.files = settings_.files;
      for (const auto* const name : {"https-phone", "https-api", "https-files"}) keep_door(s, name);
      s.request = settings_.request;
      s.metrics_right = settings_.metrics_right;
      settings_ = std::move(s);
      server_->configure(settings_);
    };
    return plan;
  }

 private:
  using Named = std::vector<std::pair<std::string, const ListenerSettings*>>;
  static Named listeners_of(const HttpSettings& settings) {
    return {{"http-phone", &settings.phone}, {"http-api", &settings.api}, {"http-files", &settings.files}};
  }

  struct Door {
    std::string name, serves;
    const HttpsSettings* settings;
  };
  static std::vector<Door> doors_of(const HttpSettings& settings) {
    return {{"https-phone", "http-phone", &settings.https_phone},
            {"https-api", "http-api", &settings.https_api},
            {"https-files", "http-files", &settings.https_files}};
  }
  static const HttpsSettings* door_named(const HttpSettings& settings, std::string_view name) {
    for (const auto& door : doors_of(settings)) {
      if (door.name == name) return door.settings;
    }
    return nullptr;
  }
  /// What a reload cannot change of a door that is open.
  void keep_door(HttpSettings& next, std::string_view name) const {
    const auto* const now = door_named(settings_, name);
    auto* const then = const_cast<HttpsSettings*>(door_named(next, name));
    then->enabled = now->enabled;
    then->address = now->address;
    then->url = now->url;
  }
  static EdgeListenerSettings door_settings(const std::string& name, const HttpsSettings& door, const SocketAddress& inward,
                                            const ConnectionLimits& limits) {
    EdgeListenerSettings settings{.name = name, .kind = EdgeKind::https, .address = door.address, .inward = inward, .tls = door.tls};
    settings.limits.connections = static_cast<unsigned>(limits.in_all);
    settings.limits.connections_per_source = static_cast<unsigned>(limits.per_source);
    settings.limits.handshakes_per_source = settings.limits.connections_per_source;
    settings.limits.unread = limits.idle;
    return settings;
  }

  Result<void> check_secret(const HttpSettings& settings) {
    const bool sample = settings.sample_secret() || host_.directory().sample_secret_in_force();
    std::vector<std::pair<std::string, SocketAddress>> served;
    for (const auto& [name, listener] : listeners_of(settings)) {
      if (listener->enabled) served.emplace_back(name, listener->address);
    }
    for (const auto& [name, serves, door] : doors_of(settings)) {
      if (door->enabled) served.emplace_back(name, door->address);
    }
    for (const auto& [name, address] : served) {
      if (!sample || address.is_loopback()) continue;
      return Error{ErrorCode::forbidden,
                   fmt::format("{} will not be served at {} while a secret of the sample office is in force: give every "
                               "device in directory.ini and every user in http.ini its own",
                               name, address.to_string())};
    }
    return {};
  }

  Result<void> serve(const std::string& name, const ListenerSettings& listener) {
    if (auto allowed = check_secret(settings_); !allowed) return allowed;
    auto opened = server_->listen({.name = name,
                                   .serves = name,
                                   .address = listener.address,
                                   .threads = listener.threads,
                                   .limits = settings_.connections,
                                   .request = settings_.request},
                                  listener.url);
    if (!opened) return opened.error();
    registrations_.push_back(host_.add_listener(name, (*opened)->bound()));
    return {};
  }

  /// The edge ends TLS and comes in over a loopback port that nobody else gets an answer from.
  Result<void> serve_https(const std::string& name, const std::string& serves, const HttpsSettings& door) {
    Edge* const edge = host_.find<Edge>();
    if (edge == nullptr) return Error{ErrorCode::unavailable, name + ": there is no TLS edge"};
    const auto find_peer = [edge](const SocketAddress& inner) -> std::optional<BehindEdge> {
      const auto peer = edge->peer(inner);
      if (!peer) return std::nullopt;
      BehindEdge behind{peer->address, std::nullopt};
      if (const auto& c = peer->certificate) {
        behind.certificate = {c->subject, c->issuer, c->common_name, c->names, c->serial, c->fingerprint, c->trusted};
      }
      return behind;
    };
    auto inner = server_->listen({.name = name,
                                  .serves = serves,
                                  .address = *SocketAddress::from("127.0.0.1", 0),
                                  .limits = settings_.connections,
                                  .request = settings_.request,
                                  .find_peer = find_peer},
                                 "");
    if (!inner) return inner.error();
    auto opened = edge->open(door_settings(name, door, (*inner)->bound(), settings_.connections));
    if (!opened) return opened.error();
    const auto bound = (*opened)->bound();
    server_->set_url(name, door.url.empty() ? "https://" + bound.to_string() : door.url);
    registrations_.push_back(host_.add_listener(name, bound));
    doors_.emplace(name, std::move(*opened));
    return {};
  }

  Result<void> add_api() {
    auto root = server_->route({.listener = "http-api",
                                .method = "GET",
                                .path = "/api/v1",
                                .run =
                                    [this](http::Request, http::Reply reply) {
                                      reply.json(Json{{"name", "Tandem"},
                                                      {"version", TANDEM_VERSION},
                                                      {"document", server_->url("http-api") + "/api/v1/openapi.json"}});
                                    },
                                .api = {{"summary", "What this is, and where its description is"}}});
    if (!root) return root.error();
    auto document = server_->route({.listener = "http-api",
                                    .method = "GET",
                                    .path = "/api/v1/openapi.json",
                                    .run = [this](http::Request, http::Reply reply) { reply.json(api_document(*server_)); },
                                    .api = {{"summary", "The OpenAPI document of this interface"}}});
    if (!document) return document.error();
    auto metrics = server_->route({.listener = "http-api",
                                   .method = "GET",
                                   .path = "/metrics",
                                   .run =
                                       [this](const http::Request&, http::Reply reply) {
                                         reply.send({.body = host_.metrics().text(), .type = "text/plain; version=0.0.4; charset=utf-8"});
                                       },
                                   .right = settings_.metrics_right});
    if (!metrics) return metrics.error();
    registrations_.push_back(std::move(*metrics));
    registrations_.push_back(std::move(*root));
    registrations_.push_back(std::move(*document));
    return {};
  }

  Host& host_;
  HttpSettings settings_;
  std::unique_ptr<WebServer> server_;
  std::map<std::string, std::unique_ptr<EdgeListener>> doors_;
  std::vector<Registration> registrations_;  ///< destroyed first
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("res_http", "The web server for phones, programs and files", "", tandem::HttpModule);
