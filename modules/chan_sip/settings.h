// What configs/sip.ini says, read whole and checked whole. Values; any thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint_settings.h"
#include "subscription_settings.h"
#include "tandem/config.h"
#include "tandem/directory.h"
#include "trunk_settings.h"

namespace tandem {

/// What a password check is made with (RFC 8760).
enum class AuthAlgorithm : uint8_t { md5, sha256 };
std::string_view to_string(AuthAlgorithm algorithm);

/// TCP beside UDP.
struct TcpSettings {
  bool enabled = false;
  uint16_t port = 0;              ///< as configured; 0: UDP's
  SocketAddress address;          ///< port 0: the same number as UDP's
  SocketAddress second = {};      ///< of the other family; empty: as UDP's
  unsigned connections = 10'000;  ///< in all
  unsigned connections_per_source = 500;
  std::chrono::seconds idle{120};         ///< without a word, while no phone is registered through it
  std::chrono::seconds message_time{10};  ///< for one message to arrive whole
};

struct SipSettings {
  SocketAddress udp;         ///< to bind; port 0: the kernel picks
  SocketAddress udp_second;  ///< of the other family; empty: one family is served. Port 0: the first one's
  TcpSettings tcp;
  SocketAddress advertised;  ///< for Via, Contact; empty: the bound one. Its port 0: the bound port
  SocketAddress advertised_second;
  std::string realm = "tandem";
  std::string domain;      ///< host part of our From URIs; empty: the advertised host
  std::string user_agent;  ///< User-Agent and Server
  std::chrono::seconds register_min{60}, register_default{3600}, register_max{3600};
  unsigned contacts_per_device = 5;
  std::string service_route;           ///< told with each registration (RFC 3608); empty: none
  std::chrono::seconds flow_timer{0};  ///< between keep-alives of phones that register flows (RFC 5626); 0: as they like
  size_t max_message = 65535;          ///< octets; larger ones get 413. Over TCP the limit is a receive buffer higher
  unsigned max_sessions = 20'000;      ///< legs; beyond it 503
  std::chrono::seconds nonce_lifetime{300};
  std::vector<AuthAlgorithm> algorithms{AuthAlgorithm::md5, AuthAlgorithm::sha256};  ///< as they are offered
  unsigned free_guesses = 5;             ///< wrong passwords of one user from one host that cost no time
  std::chrono::seconds guess_delay{60};  ///< and the longest time that one may cost
  unsigned source_rate = 200;            ///< requests a second without a valid digest, per source address
  unsigned source_burst = 1000;          ///< and how many at once
  bool limit_loopback = false;           ///< loopback, too
  std::vector<TrunkSettings> trunks;
  std::vector<SocketAddress> dns_servers;        ///< empty: the machine's
  std::chrono::milliseconds dns_timeout{2'000};  ///< for one answer of one of them
  std::chrono::seconds dns_longest{3600};        ///< an answer is asked for again at the latest then, whatever its TTL
  SubscriptionSettings subscriptions;
  EndpointSettings phones;                                     ///< of every phone without a section of its own
  std::map<std::string, EndpointSettings, std::less<>> phone;  ///< by device name

  const TrunkSettings* trunk(std::string_view name) const;
  const EndpointSettings& endpoint(std::string_view name) const;
};

/// Reads sip.ini. not_found when there is none; invalid with every mistake as FILE:LINE, one a line.
Result<SipSettings> read_settings(const Config& config);

/// forbidden when the bound address is not loopback while a sample secret is in force.
Result<void> check_binding(const SipSettings& settings, Directory& directory);

}  // namespace tandem
