// app_mobileconnect: one number, any phone: people are reached at numbers outside as well.
#include "tandem/module.h"

#include "commands.h"
#include "doors/callback_door.h"
#include "doors/json_door.h"
#include "doors/move_door.h"
#include "service.h"
#include "settings.h"
#include "tandem/log.h"
#include "verbs.h"

namespace tandem {
namespace {

constexpr Log kLog("mobile");

/// Switch thread.
class MobileModule final : public Module {
 public:
  explicit MobileModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_mobile_settings(config);
    return settings ? Result<void>() : settings.error();
  }

  Result<void> start() override {
    const auto settings = read_mobile_settings(host_.config());
    if (!settings) return settings.error();
    const MobileService::Parts parts{host_.loop(),  host_.events(),         host_.directory(),
                                     host_.store(), host_.find<Policies>(), host_.find<LineBook>()};
    auto service = MobileService::open(parts, *settings);
    if (!service) return service.error();
    service_ = std::move(*service);
    auto commands = register_mobile_commands(host_.console(), *service_, host_.loop().clock());
    if (!commands) return commands.error();
    registrations_ = std::move(*commands);
    auto verbs = add_mobile_verbs(host_, *service_);
    if (!verbs) return verbs.error();
    registrations_.push_back(std::move(*verbs));
    registrations_.push_back(host_.provide<RemoteDestinations>(*service_));
    open_door();
    return {};
  }

  Result<ReloadPlan> reload() override {
    const auto settings = read_mobile_settings(host_.config());
    if (!settings) return settings.error();
    auto ready = service_->prepare(*settings);
    if (!ready) return ready.error();
    ReloadPlan plan;
    plan.apply = std::move(*ready);
    return plan;
  }

  std::string in_use() override {
    const size_t changes = service_ ? service_->waiting() : 0;
    return changes == 0 ? "" : fmt::format("{} changes of destinations are under way", changes);
  }

 private:
  void open_door() {
    auto* const server = host_.find<HttpServer>();
    if (server == nullptr) return kLog.line(LogLevel::notice, "no web server runs: destinations are changed by console only");
    door_ = std::make_unique<JsonDoor>(*service_, *server, host_.loop().clock());
    auto opened = door_->open();
    if (!opened) return kLog.line(LogLevel::notice, "the JSON API is closed: {}", opened.error().message);
    for (auto& route : *opened) registrations_.push_back(std::move(route));
    if (auto* const mover = host_.find<CallMover>(); mover != nullptr) {
      move_door_ = std::make_unique<MoveDoor>(*mover, *server);
      if (auto routes = move_door_->open(); routes) {
        for (auto& route : *routes) registrations_.push_back(std::move(route));
      }
    }
    auto* const calls = host_.find<Originator>();
    if (calls == nullptr) return;
    callback_door_ = std::make_unique<CallbackDoor>(*service_, *calls, *server);
    if (auto route = callback_door_->open(); route) registrations_.push_back(std::move(*route));
  }

  Host& host_;
  std::unique_ptr<MobileService> service_;
  std::unique_ptr<JsonDoor> door_;
  std::unique_ptr<CallbackDoor> callback_door_;
  std::unique_ptr<MoveDoor> move_door_;
  std::vector<Registration> registrations_;  ///< destroyed before the service: nobody asks one that is gone
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("app_mobileconnect", "Mobile Connect: people are reached at numbers outside as well", "res_http", tandem::MobileModule);
