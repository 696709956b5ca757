// What configs/sip.ini says, read whole and checked whole. Values; any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/config.h"
#include "tandem/directory.h"
#include "tandem/edge.h"

namespace tandem {

/// Which headers carry a caller's or an answering party's identity besides From (RFC 3325, draft-ietf-sip-privacy-04).
enum class IdentityHeaders : uint8_t { none, pai, rpid, both };
/// How digits are sent to it during a call. Both ways are always understood.
enum class DigitsBy : uint8_t { rfc4733, info };

/// What one peer, phone or trunk, wants differently.
struct EndpointSettings {
  IdentityHeaders identity = IdentityHeaders::pai;
  DigitsBy digits = DigitsBy::rfc4733;
  bool redirects = true;  ///< its 3xx are followed; a trunk's never are
};

/// TCP beside UDP.
struct TcpSettings {
  bool enabled = false;
  SocketAddress address;          ///< port 0: the same number as UDP's
  unsigned connections = 10'000;  ///< in all
  unsigned connections_per_source = 500;
  std::chrono::seconds idle{120};         ///< without a word, while no phone is registered through it
  std::chrono::seconds message_time{10};  ///< for one message to arrive whole
};

/// How requests go to a trunk. automatic: TCP for those that fill more than a datagram should (RFC 3261 18.1.1).
enum class TrunkTransport : uint8_t { udp, tcp, automatic };

/// One `[NAME]` with `type = trunk`: a gateway that is known by its address and port, and by nothing else.
struct TrunkSettings {
  std::string name;
  SocketAddress address;                        ///< requests from exactly here are the trunk's, unchallenged
  std::string context = "pstn";                 ///< where the numbers that it dials are looked up
  std::chrono::milliseconds probe_up{30'000};   ///< between OPTIONS while it answers
  std::chrono::milliseconds probe_down{2'000};  ///< between OPTIONS while it does not
  unsigned max_channels = 0;                    ///< 0: no limit
  bool trust_identity = true;                   ///< identity headers are believed from it, and restricted callers are named to it
  TrunkTransport transport = TrunkTransport::udp;
  EndpointSettings endpoint;
};

/// TLS, WS or WSS: a door of the edge, [tls], [ws], [wss] or a [NAME] with `type = listener`.
struct DoorSettings {
  std::string section;
  EdgeListenerSettings edge;  ///< without what is behind it: `inward`, `sent_by`
};

struct SipSettings {
  SocketAddress udp;  ///< to bind; port 0: the kernel picks
  TcpSettings tcp;
  std::vector<DoorSettings> doors;
  SocketAddress advertised;  ///< for Via, Contact; empty: the bound one. Its port 0: the bound port
  std::string realm = "tandem";
  std::string domain;      ///< host part of our From URIs; empty: the advertised host
  std::string user_agent;  ///< User-Agent and Server
  std::chrono::seconds register_min{60}, register_default{3600}, register_max{3600};
  unsigned contacts_per_device = 5;
  size_t max_message = 65535;      ///< octets; larger ones get 413. Over TCP the limit is a receive buffer higher
  unsigned max_sessions = 20'000;  ///< legs; beyond it 503
  std::chrono::seconds nonce_lifetime{300};
  unsigned source_rate = 200;    ///< requests a second without a valid digest, per source address
  unsigned source_burst = 1000;  ///< and how many at once
  std::vector<TrunkSettings> trunks;
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
