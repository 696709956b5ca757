// res_http: the web server that other modules add their pages to: for phones, for programs, for files.
#include "tandem/module.h"

#include <fmt/format.h>
#include <sodium.h>

#include "api_document.h"
#include "http_commands.h"
#include "http_metrics.h"
#include "http_settings.h"
#include "web_server.h"

namespace tandem {
namespace {

/// Switch thread.
class HttpModule final : public Module {
 public:
  explicit HttpModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_http_settings(config);
    return settings ? Result<void>() : settings.error();
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
    if (settings->metrics_right != settings_.metrics_right) plan.at_start.push_back("http/metrics/right");
    if (auto allowed = check_secret(*settings); !allowed) return allowed.error();
    plan.apply = [this, s = std::move(*settings)]() mutable {
      s.phone = settings_.phone;
      s.api = settings_.api;
      s.files = settings_.files;
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

  Result<void> check_secret(const HttpSettings& settings) {
    const bool sample = settings.sample_secret() || host_.directory().sample_secret_in_force();
    for (const auto& [name, listener] : listeners_of(settings)) {
      if (!sample || !listener->enabled || listener->address.is_loopback()) continue;
      return Error{ErrorCode::forbidden,
                   fmt::format("{} will not be served at {} while a secret of the sample office is in force: give every "
                               "device in directory.ini and every user in http.ini its own",
                               name, listener->address.to_string())};
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
  std::vector<Registration> registrations_;  ///< destroyed first
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("res_http", "The web server for phones, programs and files", "", tandem::HttpModule);
