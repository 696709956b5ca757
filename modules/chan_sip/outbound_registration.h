// OutboundRegistration: keeps us registered at a carrier (RFC 3261 10.2), so that it knows where to send calls. Switch thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "digest_client.h"
#include "stack.h"
#include "tandem/loop.h"
#include "trunk_settings.h"

namespace tandem {

class Trunk;

enum class RegistrationState : uint8_t {
  waiting,     ///< for the next attempt
  asking,      ///< a REGISTER is under way
  registered,  ///< and refreshed in time
  refused,     ///< the carrier does not believe our password, or does not want us: tried again, but seldom
};
std::string_view to_string(RegistrationState state);

class OutboundRegistration {
 public:
  /// Asks at once. `trunk` owns it.
  OutboundRegistration(Stack& stack, Loop& loop, const Trunk& trunk, const std::string& user_agent);
  /// Takes the contact back, without waiting for the answer.
  ~OutboundRegistration();
  OutboundRegistration(const OutboundRegistration&) = delete;
  OutboundRegistration& operator=(const OutboundRegistration&) = delete;

  RegistrationState state() const { return state_; }
  /// "sip:user@domain".
  const std::string& address_of_record() const { return address_; }
  std::string registrar() const { return asked_.empty() ? std::string() : asked_.to_string(); }
  /// What came last: "200 OK", "403 Forbidden", "no answer".
  const std::string& last() const { return last_; }
  /// Until the registration runs out, or until the next attempt.
  Duration next() const { return next_ - loop_.clock().now(); }
  unsigned failures() const { return failures_; }

 private:
  static int on_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  void ask(std::chrono::seconds expires);
  nta_outgoing_t* send(std::chrono::seconds expires, const std::string& credentials, nta_response_f* heard);
  void answered(const sip_t* sip, int status);
  void granted(const sip_t* sip);
  void failed(std::string_view why, bool refused, std::chrono::seconds at_least);
  void drop();
  std::string contact_for(const SocketAddress& registrar) const;

  Stack& stack_;
  Loop& loop_;
  const Trunk& trunk_;
  const std::string user_agent_;
  std::string address_, request_uri_, contact_, last_;
  DigestClient digest_;
  nta_leg_t* leg_ = nullptr;
  nta_outgoing_t* request_ = nullptr;
  SocketAddress asked_;
  size_t turn_ = 0;  ///< which of the gateways is asked
  std::chrono::seconds expires_;
  RegistrationState state_ = RegistrationState::waiting;
  bool ever_ = false;  ///< it has been registered once
  unsigned failures_ = 0;
  Instant next_{};
  Timer timer_;
};

}  // namespace tandem
