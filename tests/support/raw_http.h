// RawHttp: a web client that sends exactly the octets it is told to, good or bad, and reads answers. Test's thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "tandem/address.h"

namespace tandem::test {

struct HttpAnswer {
  int status = 0;
  std::multimap<std::string, std::string> headers;  ///< names in small letters
  std::string body;
  std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
};

class RawHttp {
 public:
  using Time = std::chrono::milliseconds;

  explicit RawHttp(const SocketAddress& server);
  ~RawHttp();
  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;

  void send(const std::string& octets);
  /// No more will be sent.
  void shut();
  /// The next answer, whole (Content-Length, chunked, or until the end); nothing when the connection ends or the time is over before. To
  /// HEAD there is no body.
  std::optional<HttpAnswer> receive(bool head = false, Time limit = std::chrono::seconds(5));
  /// The next octets of a body that does not end, until `text` is among them.
  bool receive_until(const std::string& text, Time limit = std::chrono::seconds(5));
  /// True when the server ends the connection within the limit.
  bool ends(Time limit = std::chrono::seconds(5));

  /// One request with Host, and its answer. Throws when there is none.
  HttpAnswer ask(const std::string& method, const std::string& target, const std::string& headers = {}, const std::string& body = {});

 private:
  bool more(std::chrono::steady_clock::time_point end);

  int socket_ = -1;
  std::string read_;
  bool ended_ = false;
};

}  // namespace tandem::test
