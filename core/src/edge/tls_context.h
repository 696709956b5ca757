// TlsContext: what a door needs to do TLS, read from files once and used for every connection. Made on any thread, used on the edge thread.
// A reload makes another; connections keep the one that they began with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "edge/openssl.h"
#include "tandem/clock.h"
#include "tandem/edge.h"

namespace tandem {

/// What is shown about one certificate of a door.
struct ServedCertificate {
  std::string file, subject;
  std::vector<std::string> names;
  WallTime ends;
};

class TlsContext {
 public:
  /// invalid: what is wrong with which file. `session_name` keeps the sessions of one door out of another.
  static Result<std::shared_ptr<TlsContext>> make(const TlsSettings& settings, const std::string& session_name);
  /// For connections that we make. invalid: what is wrong with which file.
  static Result<std::shared_ptr<TlsContext>> make(const EdgeDialSettings& settings);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// A server's end of a connection over `descriptor`; null: no memory.
  SslPtr accept(int descriptor) const;
  /// A client's end of one; null: no memory.
  SslPtr connect(int descriptor) const;
  /// Why the far end that we have connected to is not who it should be; empty: it is.
  std::string stranger(const SSL* ssl) const;
  /// Its client's certificate, if there is one, leads to client_ca.
  static bool trusts(const SSL* ssl);
  const std::vector<ServedCertificate>& served() const { return served_; }

 private:
  /// One set of names: an RSA and an EC certificate may share it.
  struct Identity {
    std::vector<std::string> names;
    SslContextPtr context;
  };
  TlsContext() = default;
  Result<void> add(const TlsSettings& settings, const TlsSettings::Chain& chain, const std::string& session_name);
  static int choose(SSL* ssl, int* alert, void* self);

  std::string server_name_;  ///< of a connection that we make
  bool verify_ = false;
  std::vector<Identity> identities_;  ///< the first is the default
  std::vector<ServedCertificate> served_;
};

}  // namespace tandem
