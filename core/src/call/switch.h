// Switch: all calls, and the way from a driver's facts to the call they are about. Switch thread.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call/call_impl.h"
#include "call/feature_codes.h"
#include "call/verb_table.h"
#include "tandem/call_gate.h"
#include "tandem/call_mover.h"
#include "tandem/console.h"
#include "tandem/line_settings.h"
#include "tandem/originator.h"
#include "tandem/remote_destinations.h"

namespace tandem {

struct SwitchSettings {
  size_t max_calls = 10000;
  std::chrono::milliseconds silence_limit{std::chrono::seconds(60)};         ///< an answered leg that sends no RTP for so long is ended
  std::vector<std::string> emergency_numbers{"911", "112", "9911", "9112"};  ///< these pass max_calls
  bool remote_decline_ends_call = false;  ///< who declines (603) at a remote destination has declined everywhere
};

class Switch final : public ChannelEvents, public CallGate, public CallMover, public Originator {
 public:
  Switch(Loop& loop, Events& events, Directory& directory, MediaEngine& media, VerbTable& verbs);
  ~Switch() override;

  void configure(SwitchSettings settings) { settings_ = std::move(settings); }
  const SwitchSettings& settings() const { return settings_; }
  void configure(FeatureSettings features) { features_ = std::move(features); }
  const FeatureSettings& features() const { return features_; }
  /// Null takes calls no more (they are refused as unavailable). Not owned.
  void set_dialplan(Dialplan* dialplan) { dialplan_ = dialplan; }

  Dialplan* dialplan() const { return dialplan_; }
  /// Asked each time, since its module may go. Null: there is none.
  void set_remote_destinations(UniqueFunction<RemoteDestinations*()> find) { remote_destinations_ = std::move(find); }
  /// What people have set for their lines. Null: nothing. Not owned.
  void set_lines(LineBook* lines) { lines_ = lines; }
  LineBook* lines() const { return lines_; }
  Directory& directory() { return services_.directory; }
  RemoteDestinations* remote_destinations() { return remote_destinations_ ? remote_destinations_() : nullptr; }

  /// exists when the name is taken. Undoing it ends the driver's legs.
  Result<Registration> add_driver(Driver& driver);
  Driver* driver(std::string_view name) const;
  /// Each once.
  std::vector<std::string> endpoints_in_calls() const;
  size_t legs_of(std::string_view driver) const;

  size_t calls() const { return calls_.size(); }
  std::vector<const CallImpl*> all() const;
  uint64_t total_calls() const { return next_call_ - first_call_; }
  /// Which new calls are taken; running ones go on.
  enum class Gate { open, emergency_only, shut };
  void set_gate(Gate gate) { gate_ = gate; }
  /// Why the machine has no room for new calls (emergency calls pass); empty: it has.
  void set_strain(std::string why) { strain_ = std::move(why); }
  const std::string& strain() const { return strain_; }
  Registration refuse_while(UniqueFunction<std::string()> why) override;
  void hangup_all(const Ending& ending);

  Result<std::string> send_to_mobile(std::string_view what, std::string_view destination) override;
  Result<std::string> pick_up(std::string_view what, std::string_view device) override;
  std::vector<MovableCall> movable_calls(std::string_view user) override;

  ChannelId next_channel() override { return next_channel_++; }
  Result<void> incoming(Driver& driver, IncomingLeg leg) override;
  void ringing(ChannelId channel) override;
  void redirected(ChannelId channel, const Redirection& to) override;
  void progress(ChannelId channel, const MediaDescription& answer) override;
  void answered(ChannelId channel, const MediaDescription& answer) override;
  void offered(ChannelId channel, const MediaDescription& offer) override;
  void offer_wanted(ChannelId channel) override;
  void offer_answered(ChannelId channel, const Result<MediaDescription>& answer) override;
  void ended(ChannelId channel, const Ending& ending) override;
  void digit(ChannelId channel, char digit) override;
  Result<void> transfer(ChannelId by, const TransferRequest& request) override;
  Result<std::string> call_back(const CallbackOrder& order) override;

  // For CallImpl.
  void remember(ChannelId channel, CallImpl& call, Leg& leg);
  void forget(ChannelId channel);
  void settled(std::string_view driver, ChannelId channel);
  /// False: everything ends, nobody is waited for.
  bool keeps_calls() const { return gate_ != Gate::shut; }
  /// The caller of `by`, at a phone, takes up the call that this person has at a mobile: one that waits, else one that is on hold, else one
  /// that is up. not_found: there is none.
  Result<void> take_mobile_call(CallImpl& by);
  /// A call that begins with legs of another one.
  void hand_over(Handover from);
  /// Where a channel is now; nulls: it has ended.
  std::pair<CallImpl*, Leg*> place_of(ChannelId channel) const;
  bool is_emergency(std::string_view digits) const;
  /// Destroys the call after the current callback.
  void remove(uint64_t number);

 private:
  struct Place {
    CallImpl* call;
    Leg* leg;
  };
  const Place* find(ChannelId channel) const;
  Result<void> admit(std::string_view dialled);
  Result<void> replace(Driver& driver, IncomingLeg leg);
  /// By a call's id, or a channel's name. Nulls: there is none.
  std::pair<CallImpl*, Leg*> named(std::string_view what) const;
  /// What is called first, and at which address.
  Result<std::pair<DialTarget, std::string>> first_of(const CallbackOrder& order);
  std::string refusal();

  CallServices services_;
  SwitchSettings settings_;
  FeatureSettings features_;
  Dialplan* dialplan_ = nullptr;
  UniqueFunction<RemoteDestinations*()> remote_destinations_;
  LineBook* lines_ = nullptr;
  Gate gate_ = Gate::open;
  std::string strain_;
  std::list<UniqueFunction<std::string()>> refusals_;  ///< of modules
  std::map<std::string, Driver*, std::less<>> drivers_;
  std::unordered_map<uint64_t, std::shared_ptr<CallImpl>> calls_;
  std::unordered_map<ChannelId, Place> places_;
  ChannelId next_channel_ = 1;
  const uint64_t first_call_;
  uint64_t next_call_;
  std::vector<Registration> core_verbs_;
};

/// core show calls|channels|channel, channel hangup.
std::vector<Registration> register_call_commands(Console& console, Switch& calls);

}  // namespace tandem
