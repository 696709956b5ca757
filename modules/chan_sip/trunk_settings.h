// What a [NAME] with `type = trunk` in configs/sip.ini says. Values; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint_settings.h"
#include "number_rules.h"
#include "tandem/config.h"

namespace tandem {

/// How requests go to a trunk. automatic: TCP for those that fill more than a datagram should (RFC 3261 18.1.1).
enum class TrunkTransport : uint8_t { udp, tcp, automatic, tls };

/// Of a trunk over TLS: one connection to each gateway, made by us and kept.
struct TrunkTls {
  std::string name;  ///< the gateway's certificate must be for it; empty: the name among `peers`, `domain`, or its address
  bool verify = true;
  std::string ca, certificate, key;  ///< PEM files; empty: the system's authorities, and no certificate of ours
  friend bool operator==(const TrunkTls&, const TrunkTls&) = default;
};

/// One gateway of a trunk: "192.0.2.1:5060", or a name that DNS leads to one or several.
struct PeerSettings {
  SocketAddress address;  ///< empty: `host` is a name
  std::string host;
  uint16_t port = 0;                  ///< of a name; 0: DNS says it (NAPTR, SRV), or 5060
  unsigned priority = 0, weight = 1;  ///< as in RFC 2782: the lowest priority first; by weight among equals
  friend bool operator==(const PeerSettings&, const PeerSettings&) = default;
};

/// Gateways that are known by their addresses, and by nothing else.
struct TrunkSettings {
  std::string name;
  SocketAddress address;                        ///< the first gateway with a numeric one: requests from exactly there are the trunk's
  std::string context = "pstn";                 ///< where the numbers that it dials are looked up
  std::chrono::milliseconds probe_up{30'000};   ///< between OPTIONS while it answers
  std::chrono::milliseconds probe_down{2'000};  ///< between OPTIONS while it does not
  unsigned max_channels = 0;                    ///< 0: no limit
  bool trust_identity = true;                   ///< identity headers are believed from it, and restricted callers are named to it
  TrunkTransport transport = TrunkTransport::udp;
  EndpointSettings endpoint = {};
  TrunkTls tls = {};
  std::vector<PeerSettings> peers = {};       ///< all of them; empty: `address` alone
  std::chrono::milliseconds patience{1'500};  ///< for a first answer, before the next gateway is tried
  std::string domain = {};                    ///< host part of the URIs that are called there; empty: the gateway's address
  std::string user = {}, password = {};       ///< for gateways that ask for a digest
  bool registers = false;                     ///< we register there
  std::string contact_user = {};              ///< by what we want to be called; empty: `user`
  std::chrono::seconds expires{3600};         ///< of that registration
  NumberRules send_numbers = {}, called_numbers = {}, caller_numbers = {};
  friend bool operator==(const TrunkSettings&, const TrunkSettings&) = default;
};

TrunkSettings read_trunk(const Config& config, const ConfigSection& section, const std::vector<TrunkSettings>& others,
                         std::vector<std::string>& errors);

}  // namespace tandem
