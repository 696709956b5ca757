// What configs/sip.ini says, read whole and checked whole. Values; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tandem/config.h"
#include "tandem/directory.h"

namespace tandem {

/// One `[NAME]` with `type = trunk`: a gateway that is known by its address and port, and by nothing else.
struct TrunkSettings {
  std::string name;
  SocketAddress address;                        ///< requests from exactly here are the trunk's, unchallenged
  std::string context = "pstn";                 ///< where the numbers that it dials are looked up
  std::chrono::milliseconds probe_up{30'000};   ///< between OPTIONS while it answers
  std::chrono::milliseconds probe_down{2'000};  ///< between OPTIONS while it does not
  unsigned max_channels = 0;                    ///< 0: no limit
  bool trust_identity = true;                   ///< P-Asserted-Identity is believed from it and sent to it
};

struct SipSettings {
  SocketAddress udp;         ///< to bind; port 0: the kernel picks
  SocketAddress advertised;  ///< for Via, Contact; empty: the bound one. Its port 0: the bound port
  std::string realm = "tandem";
  std::string domain;      ///< host part of our From URIs; empty: the advertised host
  std::string user_agent;  ///< User-Agent and Server
  std::chrono::seconds register_min{60}, register_default{3600}, register_max{3600};
  unsigned contacts_per_device = 5;
  size_t max_message = 65535;      ///< octets; larger ones are refused by the parser
  unsigned max_sessions = 20'000;  ///< legs; beyond it 503
  std::chrono::seconds nonce_lifetime{300};
  unsigned source_rate = 200;    ///< requests a second without a valid digest, per source address
  unsigned source_burst = 1000;  ///< and how many at once
  std::vector<TrunkSettings> trunks;
};

/// Reads sip.ini. not_found when there is none; invalid with every mistake as FILE:LINE, one a line.
Result<SipSettings> read_settings(const Config& config);

/// forbidden when the bound address is not loopback while a sample secret is in force.
Result<void> check_binding(const SipSettings& settings, Directory& directory);

}  // namespace tandem
