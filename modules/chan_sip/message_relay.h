// MessageRelay: text from phone to phone (MESSAGE, RFC 3428): to every contact of the person or phone with the dialled number, and the
// sender hears how the best of them has taken it. Nothing is kept for later. Switch thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "first_look.h"
#include "registrar.h"
#include "stack.h"

namespace tandem {

class MessageRelay {
 public:
  /// All references outlive it.
  MessageRelay(Directory& directory, Stack& stack, Registrar& registrar, const SipSettings& settings);
  ~MessageRelay();
  MessageRelay(const MessageRelay&) = delete;
  MessageRelay& operator=(const MessageRelay&) = delete;

  /// A MESSAGE outside any dialog, of a phone that has shown who it is. Owns `msg`.
  void relay(msg_t* msg, sip_t* sip, const Origin& origin);
  size_t under_way() const { return texts_.size(); }

 private:
  struct Text;
  struct Copy;
  /// Whom it is for: the devices to be told. Empty with a status when there is none.
  std::vector<std::string> devices_of(const std::string& number, int& status) const;
  int refusal(const sip_t* sip, const Origin& origin) const;
  bool send_copy(Text& text, const Device& device, const Contact& contact, const sip_t* sip);
  void answered(Copy& copy, int status);
  void finish(Text& text);
  static int on_response(void* self, nta_outgoing_t* request, const sip_t* sip);

  Directory& directory_;
  Stack& stack_;
  Registrar& registrar_;
  const SipSettings& settings_;
  std::unordered_map<Text*, std::unique_ptr<Text>> texts_;
  std::unordered_map<std::string, unsigned> of_device_;  ///< how many texts of a phone are under way
};

}  // namespace tandem
