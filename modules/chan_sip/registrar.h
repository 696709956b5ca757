// Registrar: which contacts each device has, and until when (RFC 3261 section 10.3). Switch thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contact_store.h"
#include "contact_uri.h"
#include "settings.h"
#include "stack.h"
#include "tandem/events.h"

namespace tandem {

/// The first contact of a device came, or its last one went.
struct DeviceRegistered {
  static constexpr std::string_view kEvent = "device.registered";
  std::string_view device;
  const Contact& contact;
};
struct DeviceUnregistered {
  static constexpr std::string_view kEvent = "device.unregistered";
  std::string_view device;
  std::string_view why;  ///< "unregistered", "expired", "removed"
};

class Registrar {
 public:
  /// Takes over the contacts that `store` has kept; `store` may be null (nothing is kept then). `flows` outlives it.
  Registrar(Loop& loop, Events& events, const SipSettings& settings, ContactStore* store, Flows& flows);
  ~Registrar();
  Registrar(const Registrar&) = delete;
  Registrar& operator=(const Registrar&) = delete;

  /// What a REGISTER has come to: the status and what goes with it. Contacts are listed by the caller with write_contacts().
  struct Answer {
    int status = 200;
    const char* phrase = "OK";
    bool list = true;          ///< every binding in Contact headers
    unsigned min_expires = 0;  ///< 423 only
    bool outbound = false;     ///< the contact is a flow (RFC 5626): the answer says so
  };
  /// `device` has been authenticated. Changes nothing unless the answer is 200.
  Answer handle(const Device& device, const sip_t* sip, const SocketAddress& source, FlowId flow);
  /// Another request of the authenticated `device` came over `flow`: contacts of it that are expected back are reached by that again.
  void seen(const std::string& device, const sip_t* sip, const SocketAddress& source, FlowId flow);
  /// The contacts that were reached by it are expected back.
  void flow_gone(FlowId flow);
  /// The bindings of `device` as the value of Contact headers with their remaining expires; empty when there are none.
  std::string contact_headers(std::string_view device) const;

  /// The device's contacts, best first (q, then youngest). unavailable: none.
  Result<std::vector<Contact>> contacts(std::string_view device) const;
  /// Which device a GRUU leads to: a temporary one by its user part, a public one by device name and instance. Empty: nowhere (any more).
  std::string device_of_gruu(std::string_view user, std::string_view instance) const;
  /// True when the device has a contact that was registered from that host.
  bool is_from(std::string_view device, const SocketAddress& source) const;
  /// Where to send a request for `contact`: its numeric URI, or the address that it registered from.
  static SocketAddress next_hop(const Contact& contact, bool behind_nat);
  /// Calls `each` for every contact of every device.
  void for_each(const std::function<void(const std::string& device, const Contact&)>& each) const;
  size_t devices() const { return devices_.size(); }
  size_t size() const { return bindings_; }
  void reconfigure(const SipSettings& settings);

  /// Who we are: the host of the GRUUs that we give out, and the addresses that lead to ourselves.
  struct Own {
    std::string domain;
    std::vector<SocketAddress> addresses;
  };
  void set_own(Own own) { own_ = std::move(own); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  struct Registered {
    std::vector<Contact> contacts;  ///< never empty, in order of registration
    Instant due{};                  ///< when the first of them expires: its place in expiries_
  };
  using Devices = std::unordered_map<std::string, Registered, Hash, std::equal_to<>>;
  struct Change;  // one Contact of a request, checked

  struct Source {
    const Device& device;
    const SocketAddress& address;
    FlowId flow;
  };
  Answer check(const sip_t* sip, const Source& source, std::vector<Change>& changes) const;
  Answer check_contact(const sip_t* sip, const sip_contact_t* contact, const Source& source, Change& change) const;
  Answer check_instance(const sip_t* sip, const sip_contact_t* contact, Contact& checked) const;
  bool is_ours(const SocketAddress& address) const;
  static bool replaces(const Contact& next, ParsedUri& uri, const Contact& known);
  void issue_gruu(const std::vector<Contact>& contacts, Contact& next) const;
  Result<std::vector<Contact>> contacts_of_line(std::string_view line) const;
  void attach(const std::string& device, const Contact& contact);
  void detach(const std::string& device, const Contact& contact);
  std::chrono::seconds asked_for(const sip_t* sip, const sip_contact_t* contact) const;
  void apply(std::string_view device, std::vector<Change>& changes);
  void remove_all(std::string_view device);
  void changed(Devices::iterator it, std::string_view why);
  void arm();
  void sweep();

  Loop& loop_;
  Events& events_;
  SipSettings settings_;
  Own own_;
  ContactStore* store_;
  Flows& flows_;
  std::unordered_multimap<FlowId, std::string> on_flow_;  ///< devices with a contact there, once for each contact
  std::unordered_map<uint64_t, std::string> gruus_;       ///< by the handle of their seed: whose temporary GRUUs they are
  Devices devices_;
  std::set<std::pair<Instant, const std::string*>> expiries_;  ///< keys of devices_, one entry each
  size_t bindings_ = 0;
  Timer timer_;
  Instant armed_for_{};
};

}  // namespace tandem
