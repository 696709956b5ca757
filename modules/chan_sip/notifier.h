// SipNotifier: the Notifier over SIP (RFC 6665): event packages, who watches what, and how much of it. Switch thread.
//
// A subscription belongs to a phone, but what it shows depends on who is there: when that changes, every one of its resources is resolved
// again and told afresh.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "pace.h"
#include "subscription.h"
#include "tandem/events.h"
#include "tandem/notifier.h"
#include "unsolicited.h"

namespace tandem {

class SipNotifier final : public Notifier, private SubscriptionHost {
 public:
  /// All references outlive it. `settings` may change under it (reload).
  SipNotifier(Loop& loop, Events& events, Directory& directory, Stack& stack, Registrar& registrar, const SipSettings& settings);
  ~SipNotifier() override;

  Result<Registration> offer(EventPackage& package) override;
  void changed(std::string_view event, std::string_view key) override;
  void show(std::string_view event, std::string_view device) override;
  Result<void> tell(std::string_view device, std::string_view event, std::string_view type, std::string_view body) override;

  /// A SUBSCRIBE outside any dialog from a known origin. Owns `msg`.
  void subscribe(msg_t* msg, sip_t* sip, const Origin& origin);
  /// Somebody else is at `device`.
  void occupant_changed(std::string_view device);
  size_t size() const { return by_key_.size(); }
  /// Of one device, or of all (empty): at most `most`.
  std::vector<const Subscription*> list(std::string_view device, size_t most) const;

 private:
  using ByKey = std::unordered_multimap<std::string, std::unique_ptr<Subscription>>;  ///< event and key
  struct PhoneWatching {
    std::vector<Subscription*> all;
    Pace pace;
  };
  struct Watching;  ///< a Watcher with what it refers to

  // SubscriptionHost
  Stack& stack() override { return stack_; }
  Loop& loop() override { return loop_; }
  const SipSettings& settings() const override { return settings_; }
  FlowId flow_to(const std::string& device, FlowId flow) override;
  Duration wait_for_place(const std::string& device) override;
  Result<std::string> body_of(Subscription& subscription) override;
  void finished(Subscription& subscription) override;

  EventPackage* package(std::string_view event) const;
  std::string allow_events() const;
  Result<Watching> watching(std::string_view device) const;
  /// A place for one more of `device`, or the answer that refuses it.
  bool room_for(msg_t* msg, const std::string& device);
  /// The older of two that one phone has for the same thing: it has started anew.
  void replace_older(const Subscription& newer);
  void resolve_again(Subscription& subscription);
  std::unique_ptr<Subscription> take(const Subscription& subscription);
  Result<std::string> state_of_itself(EventPackage& package, std::string_view device) const;
  void registered(const std::string& device);
  void show_all(std::string_view device);
  std::string address_of(std::string_view user) const;
  template <class... Tags>
  void refuse(msg_t* msg, int status, const char* phrase, Tags... tags);

  Loop& loop_;
  Directory& directory_;
  Stack& stack_;
  Registrar& registrar_;
  const SipSettings& settings_;
  std::map<std::string, EventPackage*, std::less<>> packages_;
  ByKey by_key_;
  std::map<std::string, PhoneWatching, std::less<>> phones_;
  std::vector<std::unique_ptr<Subscription>> finished_;  ///< destroyed once the stack is empty
  Unsolicited unsolicited_;
  std::map<std::string, std::unique_ptr<Timer>, std::less<>> greetings_;  ///< phones that registered a moment ago
  Timer settle_;
  std::vector<Registration> registrations_;
};

}  // namespace tandem
