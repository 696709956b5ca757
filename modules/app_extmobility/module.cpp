// app_extmobility: people log in at any phone, and it is theirs.
#include "tandem/module.h"

#include <fmt/format.h>

#include "commands.h"
#include "credentials.h"
#include "doors/web_doors.h"
#include "service.h"
#include "settings.h"
#include "site_rules.h"
#include "verbs.h"

namespace tandem {
namespace {

/// Switch thread.
class MobilityModule final : public Module {
 public:
  explicit MobilityModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_mobility_settings(config);
    return settings ? Result<void>() : settings.error();
  }

  Result<void> start() override {
    auto* const sessions = host_.find<Sessions>();
    if (sessions == nullptr) return Error{ErrorCode::unavailable, "this core keeps no sessions"};
    auto settings = read_mobility_settings(host_.config());
    if (!settings) return settings.error();
    auto credentials = LoginCredentials::open(host_.store(), host_.loop(), *settings);
    if (!credentials) return credentials.error();
    credentials_ = std::move(*credentials);
    rules_ = std::make_unique<SiteRules>(host_.find<Policies>());
    hash_ = settings->hash;
    const MobilityService::Parts parts{.loop = host_.loop(),
                                       .events = host_.events(),
                                       .directory = host_.directory(),
                                       .sessions = *sessions,
                                       .credentials = *credentials_,
                                       .rules = *rules_,
                                       .guests = host_.find<GuestBook>(),
                                       .web = host_.find<HttpClient>(),
                                       .reloads = host_.find<PhoneReloads>(),
                                       .endpoints_in_calls = [this] { return host_.endpoints_in_calls(); },
                                       .addresses_of = [this](const std::string& device) { return addresses_of(device); }};
    service_ = std::make_unique<MobilityService>(parts, *settings);
    auto commands = register_mobility_commands(host_.console(), *service_, parts);
    if (!commands) return commands.error();
    registrations_ = std::move(*commands);
    registrations_.push_back(host_.provide<PhoneNews>(*service_));
    if (auto verbs = add_mobility_verbs(host_, *service_, registrations_); !verbs) return verbs.error();
    doors_ = std::make_unique<WebDoors>(host_, *service_, *sessions);
    return {};
  }

  Result<ReloadPlan> reload() override {
    auto settings = read_mobility_settings(host_.config());
    if (!settings) return settings.error();
    ReloadPlan plan;
    if (settings->hash != hash_) plan.at_start = {"extmobility/hash"};
    settings->hash = hash_;
    plan.apply = [this, next = *settings] {
      credentials_->configure(next);
      service_->configure(next);
    };
    return plan;
  }

  std::string in_use() override {
    const size_t verbs =
        host_.uses_of_verb("login") + host_.uses_of_verb("logout") + host_.uses_of_verb("verify_pin") + host_.uses_of_verb("change_pin");
    const size_t requests = service_ ? service_->under_way() : 0;
    if (verbs + requests == 0) return "";
    return fmt::format("{} logins and logouts are under way", verbs + requests);
  }

 private:
  /// Asked for each time: the driver may be loaded after us.
  std::vector<std::string> addresses_of(const std::string& device) {
    auto* const phones = host_.find<PhoneAddresses>();
    return phones == nullptr ? std::vector<std::string>() : phones->addresses_of(device);
  }

  Host& host_;
  HashSettings hash_;
  std::unique_ptr<LoginCredentials> credentials_;
  std::unique_ptr<SiteRules> rules_;
  std::unique_ptr<MobilityService> service_;
  std::vector<Registration> registrations_;  ///< destroyed before the service: nobody asks one that is gone
  std::unique_ptr<WebDoors> doors_;
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("app_extmobility", "Extension Mobility: log in at any phone", "res_http", tandem::MobilityModule);
