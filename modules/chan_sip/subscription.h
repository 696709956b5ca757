// Subscription: one watcher's dialog with us about one resource (RFC 6665). Switch thread; owned by SipNotifier.
//
// One NOTIFY is under way at a time; what changes meanwhile, or before the next may go, is told once. The watcher who does not answer, or
// says that it knows of no subscription, loses it.
#pragma once

#include <optional>
#include <string>

#include "dialog_path.h"
#include "first_look.h"
#include "subscribe_request.h"
#include "subscription_state.h"
#include "tandem/loop.h"

namespace tandem {

class Subscription;

/// What a Subscription needs of its notifier.
class SubscriptionHost {
 public:
  virtual ~SubscriptionHost() = default;
  virtual Stack& stack() = 0;
  virtual Loop& loop() = 0;
  virtual const SipSettings& settings() const = 0;
  virtual FlowId flow_to(const std::string& device, FlowId flow) = 0;
  /// How long a NOTIFY to this device has to wait; takes its place.
  virtual Duration wait_for_place(const std::string& device) = 0;
  virtual Result<std::string> body_of(Subscription& subscription) = 0;
  /// May be destroyed, after the current callback.
  virtual void finished(Subscription& subscription) = 0;
};

class Subscription {
 public:
  struct Subject {
    std::string event, id;
    std::string resource, key, type, entity;
  };
  Subscription(SubscriptionHost& host, std::string device, Subject subject);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// Takes over a SUBSCRIBE that has been found good; owns `msg`. Answers it and sends the first NOTIFY.
  Result<void> accept(msg_t* msg, sip_t* sip, const Origin& origin, std::chrono::seconds expires);
  /// The state is another one now.
  void changed();
  /// The watcher is told that this was the last; `reason` as in RFC 6665 4.1.3 ("deactivated", "rejected", "noresource", "timeout").
  void end(const char* reason);
  /// Without a word: it has a newer one for the same.
  void forget();

  const std::string& device() const { return device_; }
  const Subject& subject() const { return subject_; }
  void set_key(std::string key) { subject_.key = std::move(key); }
  const std::string& contact() const { return contact_; }
  const std::string& call_id() const { return call_id_; }
  SubscriptionState state() const { return state_; }
  unsigned version() const { return version_; }
  std::chrono::seconds left() const;

 private:
  static int on_request(void* self, nta_leg_t* leg, nta_incoming_t* request, const sip_t* sip);
  static int on_response(void* self, nta_outgoing_t* request, const sip_t* sip);

  bool step(SubscriptionEvent event);
  int refresh(nta_incoming_t* request, const sip_t* sip);
  void reply_accepted(nta_incoming_t* request, std::chrono::seconds expires);
  void live_for(std::chrono::seconds expires);
  void pump();
  void send();
  void answered(int status, const sip_t* sip);
  void lose(const char* why);
  std::string event_value() const;

  SubscriptionHost& host_;
  const std::string device_;
  Subject subject_;
  SubscriptionState state_ = SubscriptionState::fresh;
  std::string call_id_, contact_;
  DialogPath path_;
  nta_leg_t* leg_ = nullptr;
  nta_outgoing_t* out_ = nullptr;
  uint32_t remote_cseq_ = 0;
  unsigned version_ = 0;
  unsigned retries_ = 0;
  const char* reason_ = "timeout";
  bool due_ = false;       ///< the watcher does not know the newest state
  bool last_out_ = false;  ///< the NOTIFY under way is the last
  Instant next_{};         ///< not before this
  Instant expires_{};
  Timer pace_, expiry_;
};

}  // namespace tandem
