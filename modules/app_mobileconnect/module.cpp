// app_mobileconnect: one number, any phone: people are reached at numbers outside as well.
#include "tandem/module.h"

#include "service.h"
#include "settings.h"
#include "verbs.h"

namespace tandem {
namespace {

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
    const MobileService::Parts parts{host_.loop(), host_.events(), host_.directory(), host_.store(), host_.find<Policies>()};
    auto service = MobileService::open(parts, *settings);
    if (!service) return service.error();
    service_ = std::move(*service);
    auto verbs = add_mobile_verbs(host_, *service_);
    if (!verbs) return verbs.error();
    registrations_.push_back(std::move(*verbs));
    registrations_.push_back(host_.provide<RemoteDestinations>(*service_));
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
  Host& host_;
  std::unique_ptr<MobileService> service_;
  std::vector<Registration> registrations_;  ///< destroyed before the service: nobody asks one that is gone
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("app_mobileconnect", "Mobile Connect: people are reached at numbers outside as well", "", tandem::MobileModule);
