// Edge: the thread that ends TLS and WebSockets. Inward it speaks plain bytes over loopback connections, one for each client.
//
// Who serves SIP or HTTP listens on a loopback port of its own and asks the Edge to open a door in front of it. The connections that then
// come in have a source address out of 127.0.1.0/24 and up; peer() tells who is behind one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/address.h"
#include "tandem/config.h"
#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

/// What is spoken at a door. ws alone is not encrypted.
enum class EdgeKind : uint8_t { tls, ws, wss, https };
/// "TLS", "WS", "WSS", "HTTPS": the first three also name the transport in a Via.
std::string_view to_string(EdgeKind kind);

/// What a client's certificate says. A value; any thread.
struct EdgeCertificate {
  std::string subject, issuer;     ///< "CN=SEP001122334455,O=Example" (RFC 2253)
  std::string common_name;         ///< of the subject; empty: it has none, or one that holds more than text
  std::vector<std::string> names;  ///< its subjectAltNames: "dns:phone.example", "ip:192.0.2.1", "uri:sip:jane@example"
  std::string serial;              ///< hexadecimal
  std::string fingerprint;         ///< SHA-256 of the certificate, hexadecimal in lower case
  bool trusted = false;            ///< it leads to client_ca. Else it only proves that the client holds this key
};

/// Who is at the far end of a client's connection. A value; any thread.
struct EdgePeer {
  uint64_t id = 0;       ///< never used again
  std::string listener;  ///< the door's name
  EdgeKind kind = EdgeKind::tls;
  SocketAddress address;                               ///< the client
  SocketAddress door;                                  ///< the address of ours that it came to
  std::string version, cipher;                         ///< "TLSv1.3", "TLS_AES_256_GCM_SHA384"; empty without TLS
  std::string server_name;                             ///< that it asked for (SNI); empty: none
  bool dialled = false;                                ///< we have connected to it (Edge::dial), and it is who it should be
  std::shared_ptr<const EdgeCertificate> certificate;  ///< null: it has shown none
};

enum class TlsVersion : uint8_t { tls10, tls11, tls12, tls13 };
enum class ClientCertificates : uint8_t { none, optional, required };

/// How a door does TLS.
struct TlsSettings {
  /// PEM files: the certificate with what it needs up to its root, and its key. The first is for clients that ask for no name that another
  /// has. Two for the same names, one RSA and one EC, serve old and new clients. None: Tandem's own (STATE/tls), made when missing.
  struct Chain {
    std::string certificate, key;
  };
  std::vector<Chain> chains;
  TlsVersion minimum = TlsVersion::tls12;  ///< below tls12 also what OpenSSL calls security level 0, without which TLS 1.0 does not work
  std::string ciphers;                     ///< OpenSSL's words, up to TLS 1.2; empty: OpenSSL's choice for `minimum`
  std::string suites;                      ///< the same for TLS 1.3
  /// optional: asked for, and handed inward whatever it is worth (see EdgeCertificate::trusted). required: trusted, or no connection.
  ClientCertificates client = ClientCertificates::none;
  std::string client_ca;  ///< PEM file; required needs one
};

/// Reads the keys certificate, key, minimum_version, ciphers, cipher_suites, client_certificate, client_ca of a section. Complaints go to
/// the reader. File names are relative to the file that names them.
TlsSettings read_tls_settings(SectionReader& reader, const ConfigSection& section, const Config& config);

struct EdgeLimits {
  unsigned connections = 10'000;
  unsigned connections_per_source = 500;        ///< an IPv4 address, an IPv6 /64
  unsigned handshakes_per_source = 500;         ///< that have begun and are not over
  std::chrono::milliseconds handshake{10'000};  ///< for TLS and the WebSocket's opening together
  std::chrono::milliseconds message{10'000};    ///< SIP: for a message that has begun to be whole
  std::chrono::milliseconds unread{20'000};     ///< a client that does not take what we send is sent away
  size_t message_size = 65'535;                 ///< SIP: octets; larger: sent away
  std::chrono::seconds keep_alive{30};          ///< WebSocket pings, and what we recommend (RFC 6223); 0: neither
};

struct EdgeListenerSettings {
  std::string name;  ///< for logs and --report ("sip-tls")
  EdgeKind kind = EdgeKind::tls;
  SocketAddress address;  ///< port 0: the kernel picks
  SocketAddress inward;   ///< a loopback TCP listener
  TlsSettings tls;        ///< not for ws
  EdgeLimits limits;
  std::vector<std::string> names;    ///< host names and addresses by which clients know us, for Tandem's own certificate
  std::vector<std::string> origins;  ///< WebSocket: the Origins that browsers may come from; empty: any
  std::string sent_by;               ///< SIP: "host:port" in the Via of requests to clients, in place of the inward one
};

/// An open door. Destroying it closes it and sends its clients away. Switch thread.
class EdgeListener {
 public:
  virtual ~EdgeListener() = default;
  virtual SocketAddress bound() const = 0;
  /// Reads and judges certificates and the rest of `settings` anew. The task takes them in force: connections that stand go on undisturbed.
  /// Name, kind and addresses stay as they are.
  virtual Result<Task> prepare(EdgeListenerSettings settings) = 0;
};

/// A connection that we make, over TLS, and make again when it has gone: to a carrier.
struct EdgeDialSettings {
  std::string name;         ///< EdgePeer::listener of what comes in by it
  SocketAddress address;    ///< where it leads
  SocketAddress inward;     ///< a loopback TCP listener: what the far end says comes in there, and what is said to it goes out there
  std::string server_name;  ///< the far end's certificate must be for this name or address (RFC 5922)
  bool verify = true;       ///< no: anybody is believed, which is encryption without knowing for whom
  std::string ca;           ///< PEM file; empty: the authorities that the system trusts
  TlsSettings::Chain own;   ///< shown to a far end that asks; empty: nothing
  TlsVersion minimum = TlsVersion::tls12;
  std::string sent_by;  ///< "host:port" in the Via of requests
};

/// Destroying it ends the connection. Switch thread.
class EdgeOutlet {
 public:
  virtual ~EdgeOutlet() = default;
};

class Edge {
 public:
  static constexpr std::string_view kInterface = "edge";
  virtual ~Edge() = default;
  /// Switch thread. io: the port is taken; invalid: a certificate or cipher list is no good, with the file's name. Reads files: at start
  /// and reload only.
  virtual Result<std::unique_ptr<EdgeListener>> open(EdgeListenerSettings settings) = 0;
  /// Switch thread. invalid: a file is no good, with its name. Whether the far end answers shows later.
  virtual Result<std::unique_ptr<EdgeOutlet>> dial(EdgeDialSettings settings) = 0;
  /// Reads the files that dial() would, for `check`.
  static Result<void> check(const EdgeDialSettings& settings);
  /// Reads certificates and ciphers as open() would, for `check`.
  static Result<void> check(const TlsSettings& settings);
  /// Any thread: who is behind the loopback connection that comes from `inner`. Null: nobody, so refuse it.
  virtual std::shared_ptr<const EdgePeer> peer(const SocketAddress& inner) const = 0;
  /// Any thread: send this client away.
  virtual void disconnect(uint64_t id) = 0;
};

}  // namespace tandem
