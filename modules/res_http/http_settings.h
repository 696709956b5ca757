// What configs/http.ini says. Switch thread.
#pragma once

#include <string>
#include <vector>

#include "connection_book.h"
#include "tandem/config.h"
#include "web_request.h"

namespace tandem {

struct ListenerSettings {
  bool enabled = true;
  SocketAddress address;
  unsigned threads = 1;
  std::string url;  ///< how clients reach it, when that is not the address; empty: made of the address
};

/// An application that may use the API.
struct ApiUserSettings {
  std::string name;
  std::string secret;               ///< Argon2id, as "http hash" makes it; empty: tokens alone
  std::vector<std::string> tokens;  ///< SHA-256 of bearer tokens, hex digits
  std::vector<std::string> rights;
};

struct HttpSettings {
  ListenerSettings phone, api, files;  ///< http-phone, http-api, http-files
  ConnectionLimits connections;
  RequestLimits request;
  std::string metrics_right;  ///< that /metrics asks for; empty: none
  std::vector<ApiUserSettings> users;
  /// True when a user has the secret of the sample office.
  bool sample_secret() const;
};

/// The defaults when there is no http.ini; invalid with every complaint, one a line.
Result<HttpSettings> read_http_settings(const Config& config);

/// The hash of "kiosk-demo" that http.ini ships with: while it is in force, loopback alone is served.
inline constexpr std::string_view kSampleHash =
    "$argon2id$v=19$m=8192,t=2,p=1$4lFcBMvHzfrRYYgVkXpTAg$tqPAvI+VIQgXmsGlzuau5qJM9xvqUgj5E8T9XdlCMFw";

}  // namespace tandem
