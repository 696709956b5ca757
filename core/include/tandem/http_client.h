// HttpClient: requests to other people's web servers. Found at the Host; provided by the core. Switch thread; the work is done elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  static constexpr std::chrono::milliseconds kLongestTime{std::chrono::minutes(1)};
  static constexpr size_t kMostBytes = 64 * 1024;  ///< of a body, either way

  std::string method = "GET";  ///< or "POST"
  std::string url;             ///< http or https; may hold credentials, so it never goes into a log as it is
  HttpHeaders headers;
  std::string body;
  std::chrono::milliseconds timeout{std::chrono::seconds(5)};  ///< from start to the last byte, redirects included
  size_t max_size = kMostBytes;                                ///< of the answer's body
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  ///< names in small letters; bounded in number and length
  std::string body;
};

class HttpClient {
 public:
  static constexpr std::string_view kInterface = "tandem.http_client";
  using Done = UniqueFunction<void(Result<HttpResponse>)>;

  virtual ~HttpClient() = default;
  /// `done` runs later, on the switch thread, once at most: with what the server said, whatever its status, or why there is no answer.
  /// invalid: the request is not one; exhausted: too many are under way. Returns a number for cancel().
  virtual Result<uint64_t> start(HttpRequest request, Done done) = 0;
  /// `done` does not run after this. Unknown numbers are ignored.
  virtual void cancel(uint64_t id) = 0;
};

/// invalid with a sentence: the method, the scheme, characters that would break out of a header, sizes.
Result<void> check_request(const HttpRequest& request);
/// "https://crm.example/customer" of "https://user:secret@crm.example/customer?key=abc": what may be logged.
std::string loggable_url(const std::string& url);

}  // namespace tandem
