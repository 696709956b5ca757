// res_presence: lamps. Who is on the phone, for those who watch (RFC 4235, PIDF), and whose messages wait (RFC 3842).
#include "tandem/module.h"

#include "lamp_packages.h"

namespace tandem {
namespace {

/// Switch thread.
class PresenceModule final : public Module {
 public:
  explicit PresenceModule(Host& host)
      : host_(host),
        lines_([this](const std::string& key) { changed(key); }),
        dialog_(LinePackage::Kind::dialog, host.directory(), lines_, settings_),
        presence_(LinePackage::Kind::presence, host.directory(), lines_, settings_),
        messages_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_presence_settings(config);
    return settings ? Result<void>() : settings.error();
  }

  Result<void> start() override {
    auto settings = read_presence_settings(host_.config());
    if (!settings) return settings.error();
    settings_ = *settings;
    notifier_ = host_.find<Notifier>();
    if (notifier_ == nullptr) return Error{ErrorCode::unavailable, "there is nobody who tells phones"};
    registrations_.push_back(host_.events().subscribe<LegChanged>([this](const LegChanged& e) { lines_.leg_changed(e); }));
    registrations_.push_back(host_.events().subscribe<MessagesChanged>([this](const MessagesChanged& e) { messages_changed(e.user); }));
    for (EventPackage* package :
         {static_cast<EventPackage*>(&dialog_), static_cast<EventPackage*>(&presence_), static_cast<EventPackage*>(&messages_)}) {
      auto offered = notifier_->offer(*package);
      if (!offered) return offered.error();
      registrations_.push_back(std::move(*offered));
    }
    return {};
  }

  Result<ReloadPlan> reload() override {
    auto settings = read_presence_settings(host_.config());
    if (!settings) return settings.error();
    ReloadPlan plan;
    plan.apply = [this, next = *settings] { settings_ = next; };
    return plan;
  }

 private:
  void changed(const std::string& key) {
    notifier_->changed("dialog", key);
    notifier_->changed("presence", key);
  }

  void messages_changed(std::string_view user) {
    notifier_->changed("message-summary", user_key(user));
    for (const auto& device : host_.directory().devices_of(user)) notifier_->show("message-summary", device);
  }

  Host& host_;
  Notifier* notifier_ = nullptr;
  PresenceSettings settings_;
  LineStates lines_;
  LinePackage dialog_, presence_;
  MessagePackage messages_;
  std::vector<Registration> registrations_;
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("res_presence", "Lamps: who is on the phone, and whose messages wait", "chan_sip", tandem::PresenceModule);
