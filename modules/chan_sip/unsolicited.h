// Unsolicited: NOTIFYs to phones outside any subscription. Switch thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "registrar.h"
#include "stack.h"

namespace tandem {

class Unsolicited {
 public:
  Unsolicited(Stack& stack, Registrar& registrar, const SipSettings& settings)
      : stack_(stack), registrar_(registrar), settings_(settings) {}
  ~Unsolicited();
  Unsolicited(const Unsolicited&) = delete;
  Unsolicited& operator=(const Unsolicited&) = delete;

  /// One to each contact of `device`; "{register-call-id}" in `body` is replaced for each. unavailable: there is none that can be reached;
  /// invalid: event or type are no header values.
  Result<void> send(const Device& device, std::string_view event, std::string_view type, std::string_view body);
  size_t under_way() const { return out_.size(); }

 private:
  struct Out;
  static int on_response(void* self, nta_outgoing_t* request, const sip_t* sip);
  bool send_to(const Contact& contact, const Device& device, std::string_view event, std::string_view type, const std::string& body);

  Stack& stack_;
  Registrar& registrar_;
  const SipSettings& settings_;
  std::unordered_set<Out*> out_;
};

}  // namespace tandem
