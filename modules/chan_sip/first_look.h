// FirstLook: what happens to a request that belongs to no dialog, before anything is allocated for it. Switch thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "auth.h"
#include "guesses.h"
#include "limiter.h"
#include "registrar.h"
#include "settings.h"
#include "stack.h"

namespace tandem {

/// Who sent a request: a trunk by its address, or a device by its digest.
struct Origin {
  std::string endpoint;  ///< trunk or device name
  bool is_device = false;
  std::string context;
  SocketAddress source;
  FlowId flow = 0;                       ///< the connection that it came by
  std::shared_ptr<const Device> device;  ///< null for trunks
};

/// The upper half. Called in the middle of nta's callback: legs and transactions may be made, the Stack not destroyed.
class InviteReceiver {
 public:
  virtual ~InviteReceiver() = default;
  /// A sane INVITE outside any dialog from a known origin. Owns `msg`: nta_incoming_create() takes it.
  virtual void invite(msg_t* msg, sip_t* sip, const Origin& origin) = 0;
  /// A valid message from the trunk's gateway at `source`: it is alive.
  virtual void trunk_heard(std::string_view trunk, const SocketAddress& source) = 0;
  /// The trunk that has a gateway at `source` besides those of the settings (several, or led to by DNS); `stream`: it has connected to us.
  /// Empty: none.
  virtual std::string_view trunk_at(const SocketAddress& /*source*/, bool /*stream*/) { return {}; }
  /// Another request outside any dialog from a known phone: SUBSCRIBE, MESSAGE. Owns `msg`.
  virtual void request(msg_t* msg, sip_t* sip, const Origin& origin) = 0;
  /// Too many sessions: new calls get 503 before they make any state (emergency calls pass).
  virtual bool overloaded() const = 0;
};

class FirstLook final : public Stack::Receiver {
 public:
  /// All references outlive it. Makes itself the Stack's receiver, and takes that back when destroyed.
  FirstLook(Stack& stack, Loop& loop, Directory& directory, Registrar& registrar, InviteReceiver& upper, SipSettings settings);
  ~FirstLook() override;
  void receive(msg_t* msg, sip_t* sip) override;
  /// Takes over trunks, realm, limits of a reload.
  void reconfigure(SipSettings settings);

  struct Counts {
    uint64_t requests = 0, challenged = 0, refused = 0, limited = 0, overload = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Look;  // one request on its way through the checks
  bool within_limits(Look& look);
  bool sane(Look& look);
  bool sane_invite(Look& look);
  bool identify(Look& look);
  void dispatch(Look& look);
  void invite(Look& look);
  void standalone(Look& look);
  const char* wrong_standalone(const Look& look) const;
  void register_(Look& look);
  std::string register_headers(const Look& look, const Registrar::Answer& answer) const;
  bool guessed_too_often(Look& look);
  void challenge(Look& look, bool stale);
  void drop(Look& look);
  template <class... Tags>
  void reply(Look& look, int status, const char* phrase, Tags... tags);
  void tag_response(Look& look);

  Stack& stack_;
  Loop& loop_;
  Registrar& registrar_;
  InviteReceiver& upper_;
  SipSettings settings_;
  Authenticator auth_;
  Guesses guesses_;
  SourceLimiter limiter_;
  std::array<unsigned char, 16> tag_key_;
  Counts counts_;
};

/// 911, 112, 9911, 9112: they pass every limit.
bool is_emergency(std::string_view number);

}  // namespace tandem
