// chan_sip: SIP over UDP and TCP on Sofia-SIP's transactions. Puts the halves together: stack, first look, registrar below; driver and
// trunks above.
#include "tandem/module.h"

#include <fmt/format.h>

#include "commands.h"
#include "driver.h"
#include "object_commands.h"
#include "sip_metrics.h"
#include "subscription_commands.h"
#include "tandem/sessions.h"
#include "trunk_commands.h"

namespace tandem {

namespace {

/// Who asks whether a request comes from the phone that it names. Switch thread.
class RegisteredAddresses final : public PhoneAddresses {
 public:
  explicit RegisteredAddresses(const Registrar& registrar) : registrar_(registrar) {}
  std::vector<std::string> addresses_of(std::string_view device) override {
    std::vector<std::string> addresses;
    const auto contacts = registrar_.contacts(device);
    if (!contacts) return addresses;
    for (const auto& contact : *contacts) addresses.push_back(contact.received.host());
    return addresses;
  }

 private:
  const Registrar& registrar_;
};

class SipModule final : public Module {
 public:
  explicit SipModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_settings(config);
    return settings ? Result<void>() : settings.error();
  }

  Result<void> start() override {
    auto settings = read_settings(host_.config());
    if (!settings) return settings.error();
    settings_ = std::move(*settings);
    if (auto allowed = check_binding(settings_, host_.directory()); !allowed) return allowed;
    auto contacts = ContactStore::open(host_.store(), host_.loop());
    if (!contacts) return contacts.error();
    contacts_ = std::move(*contacts);
    auto stack = Stack::open(settings_, host_.loop());
    if (!stack) return stack.error();
    stack_ = std::move(*stack);
    registrar_ = std::make_unique<Registrar>(host_.loop(), host_.events(), settings_, contacts_.get(), stack_->flows());
    tell_own();
    addresses_ = std::make_unique<RegisteredAddresses>(*registrar_);
    trunks_ = std::make_unique<Trunks>(*stack_, host_.loop(), settings_);
    notifier_ = std::make_unique<SipNotifier>(host_.loop(), host_.events(), host_.directory(), *stack_, *registrar_, settings_);
    driver_ = std::make_unique<SipDriver>(host_, *stack_, *registrar_, *trunks_, *notifier_, settings_);
    first_look_ = std::make_unique<FirstLook>(*stack_, host_.loop(), host_.directory(), *registrar_, *driver_, settings_);
    stack_->flows().on_gone([this](FlowId flow) {
      registrar_->flow_gone(flow);
      driver_->flow_gone(flow);
    });
    trace_ = std::make_unique<Trace>(*stack_, host_.loop().clock(), host_.console(), host_.find<Capture>());
    return register_all();
  }

  Result<ReloadPlan> reload() override {
    auto settings = read_settings(host_.config());
    if (!settings) return settings.error();
    if (auto allowed = check_binding(*settings, host_.directory()); !allowed) return allowed.error();
    ReloadPlan plan;
    const bool same_udp = settings->udp == settings_.udp && settings->udp_second == settings_.udp_second;
    if (!same_udp) plan.at_start = {"sip/udp/address", "sip/udp/port"};
    settings->udp = settings_.udp;
    settings->udp_second = settings_.udp_second;
    const bool same_tcp = settings->tcp.enabled == settings_.tcp.enabled && settings->tcp.address == settings_.tcp.address &&
                          settings->tcp.second == settings_.tcp.second;
    if (!same_tcp) plan.at_start.insert(plan.at_start.end(), {"sip/tcp/enabled", "sip/tcp/address", "sip/tcp/port"});
    settings->tcp.enabled = settings_.tcp.enabled;
    settings->tcp.address = settings_.tcp.address;
    settings->tcp.second = settings_.tcp.second;
    plan.apply = [this, next = std::move(*settings)]() mutable {
      settings_ = std::move(next);
      stack_->flows().reconfigure(settings_.tcp);
      registrar_->reconfigure(settings_);
      tell_own();
      trunks_->reconfigure(settings_);
      first_look_->reconfigure(settings_);
    };
    return plan;
  }

  std::string in_use() override {
    const size_t legs = host_.legs_of("sip");
    return legs == 0 ? "" : fmt::format("{} SIP channels are up", legs);
  }

 private:
  void tell_own() {
    Registrar::Own own{settings_.domain.empty() ? stack_->contact_host() : settings_.domain, {stack_->bound()}};
    for (const SocketAddress& more : {stack_->bound_tcp(), stack_->bound_second(), stack_->bound_tcp_second()}) {
      if (!more.empty()) own.addresses.push_back(more);
    }
    if (const auto seen = SocketAddress::parse(stack_->contact_host_port())) own.addresses.push_back(*seen);
    registrar_->set_own(std::move(own));
  }

  Result<void> register_all() {
    auto driver = host_.add_driver(*driver_);
    if (!driver) return driver.error();
    registrations_.push_back(std::move(*driver));
    registrations_.push_back(host_.provide<Notifier>(*notifier_));
    auto commands = add_sip_commands({host_.console(), host_.loop(), host_.directory(), *stack_, *registrar_, *trace_, settings_});
    if (!commands) return commands.error();
    for (auto& command : *commands) registrations_.push_back(std::move(command));
    for (auto& command : add_trunk_commands(host_, *trunks_, *driver_)) registrations_.push_back(std::move(command));
    auto subscriptions = add_subscription_command(host_.console(), *notifier_);
    if (!subscriptions) return subscriptions.error();
    registrations_.push_back(std::move(*subscriptions));
    auto objects = add_object_command(host_.console(), *stack_, *registrar_, *driver_);
    if (!objects) return objects.error();
    registrations_.push_back(std::move(*objects));
    registrations_.push_back(host_.events().subscribe<CallStarted>([this](const CallStarted& e) { trace_->learn(e.record); }));
    registrations_.push_back(host_.events().subscribe<CallEnded>([this](const CallEnded& e) { trace_->learn(e.record); }));
    for (auto& metric : register_sip_metrics(host_.metrics(), *stack_, *registrar_, *driver_, *first_look_))
      registrations_.push_back(std::move(metric));
    registrations_.push_back(host_.provide<PhoneAddresses>(*addresses_));
    registrations_.push_back(host_.add_listener("sip-udp", stack_->bound()));
    const auto listens = [this](const char* name, const SocketAddress& at) {
      if (!at.empty()) registrations_.push_back(host_.add_listener(name, at));
    };
    listens("sip-tcp", stack_->bound_tcp());
    listens("sip-udp-second", stack_->bound_second());
    listens("sip-tcp-second", stack_->bound_tcp_second());
    return {};
  }

  // In the order of construction; what is below is destroyed first, so every reference outlives its user.
  Host& host_;
  SipSettings settings_;
  std::unique_ptr<ContactStore> contacts_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<Registrar> registrar_;
  std::unique_ptr<RegisteredAddresses> addresses_;
  std::unique_ptr<Trunks> trunks_;
  std::unique_ptr<SipNotifier> notifier_;
  std::unique_ptr<SipDriver> driver_;
  std::unique_ptr<FirstLook> first_look_;
  std::unique_ptr<Trace> trace_;
  std::vector<Registration> registrations_;
};

}  // namespace

}  // namespace tandem

TANDEM_MODULE("chan_sip", "SIP phones and trunks over UDP and TCP", "", tandem::SipModule);
