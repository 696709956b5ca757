// SipDriver: the core's Driver for SIP. Owns the Sessions; turns orders into Session calls and endpoints into places to send an INVITE.
// Switch thread.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "first_look.h"
#include "held_byes.h"
#include "message_relay.h"
#include "notifier.h"
#include "session.h"
#include "tandem/host.h"
#include "trunk.h"

namespace tandem {

class SipDriver final : public Driver, public InviteReceiver, public SessionHost {
 public:
  /// All references outlive it. `settings` may change under it (reload).
  SipDriver(Host& host, Stack& stack, Registrar& registrar, Trunks& trunks, SipNotifier& notifier, const SipSettings& settings);
  ~SipDriver() override;

  size_t sessions() const { return sessions_.size(); }
  /// Channels up on a trunk.
  unsigned channels_of(std::string_view trunk) const;

  /// A connection has ended.
  void flow_gone(FlowId flow);

  // Driver
  std::string_view name() const override { return "sip"; }
  Result<std::vector<std::string>> expand(std::string_view endpoint) override;
  std::shared_ptr<const MediaPolicy> media_policy(std::string_view endpoint, std::string_view address) override;
  bool reached_by_ipv6(std::string_view endpoint, std::string_view address) override;
  Result<std::string> originate(const OutgoingLeg& leg) override;
  void ring(ChannelId channel) override;
  void progress(ChannelId channel, const MediaDescription& answer) override;
  void answer(ChannelId channel, const MediaDescription& description) override;
  void hangup(ChannelId channel, const Ending& ending) override;
  void offer(ChannelId channel, const MediaDescription& offer) override;
  void accept(ChannelId channel, const MediaDescription& answer) override;
  void refuse(ChannelId channel, const Error& why) override;
  void connected(ChannelId channel, const Party& to) override;
  bool digit(ChannelId channel, char digit, std::chrono::milliseconds length) override;
  std::optional<std::string> header(ChannelId channel, std::string_view name) override;
  std::optional<DialogName> dialog(ChannelId channel) override;
  void transferred(ChannelId channel, const TransferProgress& progress) override;
  void settled(ChannelId channel) override { byes_.answer(channel); }
  std::string describe(ChannelId channel) override;

  // InviteReceiver
  void invite(msg_t* msg, sip_t* sip, const Origin& origin) override;
  void trunk_heard(std::string_view trunk, const SocketAddress& source) override;
  std::string_view trunk_at(const SocketAddress& source, bool stream) override;
  void request(msg_t* msg, sip_t* sip, const Origin& origin) override;
  bool overloaded() const override { return sessions_.size() >= settings_.max_sessions; }

 private:
  struct Ended {
    ChannelId channel;
    Ending ending;
  };
  struct Unanswered {
    Instant due;
    ChannelId channel;
  };

  // SessionHost
  Stack& stack() override { return stack_; }
  Loop& loop() override { return host_.loop(); }
  ChannelEvents& events() override { return host_.channels(); }
  const SipSettings& settings() const override { return settings_; }
  void ended(ChannelId channel, Ending ending) override;
  void tell_endings() override;
  void bye_waits(ChannelId channel, nta_incoming_t* request) override { byes_.hold(channel, request); }
  void finished(Session& session) override;
  ChannelId channel_of(const DialogName& name) override;
  Place place_of(const DialogName& name) override;
  FlowId flow_to(const std::string& endpoint, FlowId flow) override;
  void endpoint_reached(std::string_view endpoint, const SocketAddress& hop, bool reached) override;
  void endpoint_busy(std::string_view endpoint, const SocketAddress& hop, std::chrono::seconds wait) override;

  Session* find(ChannelId channel) const;
  std::shared_ptr<const Device> phone(std::string_view endpoint) const;
  Result<InviteTarget> device_target(const OutgoingLeg& leg, const Device& device) const;
  Result<InviteTarget> target_of(const OutgoingLeg& leg);
  Result<InviteTarget> trunk_target(const OutgoingLeg& leg, Trunk& trunk);
  bool make_room(std::string_view trunk);
  void count_trunk(std::string_view endpoint, int change);
  std::string diverting_number(const TrunkSettings& trunk, const std::string& number) const;
  void resolve_gruu(const sip_t* sip, IncomingLeg& leg);
  void remember_trying(ChannelId channel);
  void send_trying();
  void settle();

  Host& host_;
  Stack& stack_;
  Registrar& registrar_;
  Trunks& trunks_;
  SipNotifier& notifier_;
  MessageRelay messages_;
  const SipSettings& settings_;
  std::unordered_map<ChannelId, std::unique_ptr<Session>> sessions_;
  std::set<ChannelId> emergencies_;                 ///< calls for help that are up
  std::vector<std::unique_ptr<Session>> finished_;  ///< destroyed once the stack is empty
  std::vector<Ended> ended_;
  std::deque<Unanswered> trying_;
  HeldByes byes_;
  EndedDialogs ended_dialogs_;
  std::map<std::string, unsigned, std::less<>> trunk_channels_;
  Timer settle_;
  Timer trying_timer_;
};

}  // namespace tandem
