// Facts of X.509 certificates as values. Pure functions; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "edge/openssl.h"
#include "tandem/clock.h"
#include "tandem/edge.h"
#include "tandem/result.h"

namespace tandem {

/// Null when there is no certificate. `trusted` as given.
std::shared_ptr<const EdgeCertificate> describe_certificate(X509* certificate, bool trusted);

/// The host names and addresses that it is for: its subjectAltNames ("dns:" and "ip:"), else its common name as a "dns:".
std::vector<std::string> certificate_names(X509* certificate);
/// A server name of a client fits "dns:phones.example" and "dns:*.example" (one label).
bool name_fits(const std::string& certificate_name, std::string_view server_name);

/// Whether this is the certificate of `name`, a host name, a SIP domain or an address (RFC 5922 7.1): by its sip URIs, where it has any,
/// else by its DNS names ("*.example" for one label too, which carriers use), else by its common name.
bool is_certificate_of(const EdgeCertificate& certificate, std::string_view name);

WallTime certificate_ends(X509* certificate);

/// The first certificate in a PEM file.
Result<X509Ptr> read_certificate(const std::string& path);

}  // namespace tandem
