// HttpServer: the one web server of the process as modules see it (res_http provides it). Routes on named listeners, requests as values,
// answers whenever they are ready. Everything on the switch thread where nothing else is said.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/address.h"
#include "tandem/console.h"
#include "tandem/function.h"
#include "tandem/registration.h"
#include "tandem/result.h"

namespace tandem {

namespace http {

/// In the order in which they came; names may repeat.
using Fields = std::vector<std::pair<std::string, std::string>>;
/// The first value of that name; null when there is none.
inline const std::string* find(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

/// What the TLS edge found out about the client's certificate.
struct Certificate {
  std::string subject, issuer;     ///< "CN=SEP001122334455,O=Example"
  std::string common_name;         ///< of the subject
  std::vector<std::string> names;  ///< its subjectAltNames: "dns:phone.example"
  std::string serial;              ///< hexadecimal
  std::string fingerprint;         ///< SHA-256, hexadecimal in small letters
  bool verified = false;           ///< by an authority that the listener trusts; else it only proves that the client holds this key
};

/// An application that may use the API: a section with "type = user" in http.ini.
struct User {
  std::string name;                 ///< "hotel-kiosk"
  std::vector<std::string> rights;  ///< "extension-mobility"
  bool may(std::string_view right) const {
    for (const auto& one : rights) {
      if (one == right) return true;
    }
    return false;
  }
};

struct Request {
  std::string id;        ///< "H-00000012", for log lines
  std::string listener;  ///< "http-phone", also when it came by https-phone
  std::string method;    ///< "GET" (also for HEAD), "POST", ...
  std::string path;      ///< "/emapp/login", decoded; never has an empty part, "." or ".."
  Fields captured;       ///< what stood for the {names} of the route
  Fields query;          ///< decoded
  Fields headers;        ///< names in small letters
  Fields form;           ///< of a body in application/x-www-form-urlencoded, decoded
  std::string body;      ///< as it came, whatever its type
  SocketAddress peer;    ///< of the client, also behind the TLS edge
  bool https = false;
  std::optional<Certificate> certificate;
  std::optional<User> user;  ///< who asks; set for routes with a `right`

  const std::string* header(std::string_view small_letters) const { return find(headers, small_letters); }
  /// What stood for {name} in the route's path; empty when it has no such part.
  std::string part(std::string_view name) const {
    const std::string* const found = find(captured, name);
    return found == nullptr ? std::string() : *found;
  }
  /// A value of the form, or of the query when the form has none: phones send the same fields by GET and by POST.
  const std::string* field(std::string_view name) const {
    const std::string* const sent = find(form, name);
    return sent != nullptr ? sent : find(query, name);
  }
};

struct Response {
  int status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
  Fields headers = {};    ///< further ones
  std::string etag = {};  ///< without quotes; If-None-Match is then answered with 304 by the server
};

/// A file of the disk, opened and read on the listener's thread: Range, ETag and Last-Modified are the server's affair, a missing file is
/// 404.
struct File {
  std::string path;
  std::string type = "application/octet-stream";
  Fields headers = {};
};

/// The server's side of one request. Modules use Reply and Stream. Any thread.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void answer(Response response) = 0;
  virtual void answer(File file) = 0;
  virtual void begin(Response head) = 0;
  virtual bool write(std::string piece) = 0;
  virtual void end() = 0;
  virtual void when_gone(Task task) = 0;
};

/// A body that comes in pieces: events, or a document that a worker writes. Move-only; destroying it ends the body. Any thread.
class Stream {
 public:
  explicit Stream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Stream(Stream&&) = default;
  Stream& operator=(Stream&& other) noexcept {
    end();
    exchange_ = std::move(other.exchange_);
    return *this;
  }
  ~Stream() { end(); }

  /// False: the client is gone, or so slow that what waits for it has reached the bound; the connection is then cut.
  bool write(std::string piece) { return exchange_ && exchange_->write(std::move(piece)); }
  /// One event of text/event-stream.
  bool event(std::string_view name, const Json& data) {
    return write("event: " + std::string(name) + "\ndata: " + data.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n\n");
  }
  /// `task` runs on the switch thread when the client has gone, once at most. Clients of events that leave without a word are found out by
  /// the comment that the server sends every some seconds.
  void when_gone(Task task) { exchange_->when_gone(std::move(task)); }
  void end() {
    if (exchange_) std::exchange(exchange_, nullptr)->end();
  }

 private:
  std::shared_ptr<Exchange> exchange_;
};

/// The answer to one request, now or later. Move-only. Dropped without an answer: 500. After the time limit the client has had its 503, and
/// an answer goes nowhere. May be moved to a worker and used there: any thread.
class Reply {
 public:
  explicit Reply(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Reply(Reply&&) = default;
  Reply& operator=(Reply&& other) noexcept {
    drop();
    exchange_ = std::move(other.exchange_);
    return *this;
  }
  ~Reply() { drop(); }

  void send(Response response) { take()->answer(std::move(response)); }
  void send(File file) { take()->answer(std::move(file)); }
  void send(int status, std::string text) { send(Response{.status = status, .body = std::move(text)}); }
  void json(const Json& value, int status = 200) {
    send(Response{.status = status, .body = value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", .type = "application/json"});
  }
  /// {"error": sentence} with the status that fits the code.
  void json(const Error& error);
  /// Sends the head; the body follows in pieces. Type "text/event-stream" for events.
  Stream stream(Response head) {
    auto exchange = take();
    exchange->begin(std::move(head));
    return Stream(std::move(exchange));
  }

 private:
  std::shared_ptr<Exchange> take() { return std::exchange(exchange_, nullptr); }
  void drop() {
    if (exchange_) take()->answer(Response{.status = 500, .body = "no answer was made\n"});
  }
  std::shared_ptr<Exchange> exchange_;
};

using Handler = UniqueFunction<void(Request request, Reply reply)>;

struct Route {
  std::string listener;      ///< "http-phone", "http-api", "http-files"; TLS of the same kind comes with it
  std::string method;        ///< "GET" (serves HEAD too), "POST", "PUT", "PATCH", "DELETE"
  std::string path;          ///< "/api/v1/devices/{device}"; a last part {name...} takes all the rest. A fixed part wins over a {name}
  Handler run;               ///< must not wait
  std::string right = {};    ///< ask for an application user with this right first (401, 403); empty: open to everybody
  size_t most_body = 65536;  ///< larger ones: 413
  bool log_query = false;    ///< the access log may show the query; say so only where no secret can be in it
  Json api = {};             ///< the operation object of the OpenAPI document (summary, parameters ...), for listener http-api
};

/// 404 for not_found, 403 for forbidden, ...
int status_of(ErrorCode code);

}  // namespace http

class HttpServer {
 public:
  static constexpr std::string_view kInterface = "http_server";
  virtual ~HttpServer() = default;

  /// exists: method and pattern are taken; not_found: no such listener; invalid: a pattern that is none. While the Registration is being
  /// undone, requests that the handler has not answered yet are not touched: their Replies still work.
  virtual Result<Registration> route(http::Route route) = 0;
  /// Is this the secret of that application user, and what may it do? For protocols that carry both in the body. forbidden: no, whatever
  /// the reason; exhausted: too many such questions wait. `done` runs later, on the switch thread.
  virtual void verify(std::string user, std::string secret, const SocketAddress& peer, UniqueFunction<void(Result<http::User>)> done) = 0;
  /// "http://192.0.2.1:8080", no slash at the end: how clients reach that listener. Empty: it is not served.
  virtual std::string url(std::string_view listener) const = 0;
};

}  // namespace tandem
