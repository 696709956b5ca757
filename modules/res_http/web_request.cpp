#include "web_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "http_text.h"

namespace tandem {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

size_t count(const http::Fields& fields, std::string_view name) {
  return static_cast<size_t>(std::ranges::count(fields, name, &std::pair<std::string, std::string>::first));
}

}  // namespace

http::Response refusal_of(std::string_view listener, int status, const std::string& sentence, http::Fields headers) {
  http::Response response{.status = status, .headers = std::move(headers)};
  if (listener == "http-api") {
    response.type = "application/json";
    response.body = Json{{"error", sentence}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    response.body = sentence + "\n";
  }
  return response;
}

void WebRequest::refuse(int with, std::string sentence, http::Fields headers) {
  if (!refusal) refusal = refusal_of(request.listener, with, sentence, std::move(headers));
}

void WebRequest::begin(MHD_Connection* connection, std::string_view listener, const RequestLimits& limits, const RouteBoard& routes) {
  begun = true;
  request.listener = std::string(listener);
  request.peer = line->peer;
  request.https = line->https;
  request.certificate = line->certificate;
  if (line->refused) {
    close = true;
    return refuse(503, "too many connections", {{"Retry-After", "5"}});
  }
  if (target.size() > limits.target) {
    close = true;
    return refuse(414, "the target is too long");
  }
  read_headers(connection, limits);
  check_length();
  if (!refusal) choose_route(listener, routes);
  // What is too long to be read and forgotten is not read.
  const auto* const length = request.header("content-length");
  const bool expects = request.header("expect") != nullptr;
  if (refusal && (expects || (length != nullptr && (length->size() > 5 || std::stoul(*length) > kMostForgotten)))) close = true;
}

void WebRequest::read_headers(MHD_Connection* connection, const RequestLimits& limits) {
  struct Gathered {
    http::Fields* fields;
    size_t size = 0;
    bool broken = false;
  } gathered{&request.headers};
  const auto gather = [](void* to, MHD_ValueKind, const char* name, size_t name_size, const char* value, size_t value_size) {
    auto& into = *static_cast<Gathered*>(to);
    const std::string_view key(name, name_size);
    const std::string_view text(value == nullptr ? "" : value, value == nullptr ? 0 : value_size);
    into.size += key.size() + text.size();
    into.broken = into.broken || !is_token(key) || !is_header_text(text);
    into.fields->emplace_back(in_small_letters(key), text);
    return MHD_YES;
  };
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, gather, &gathered);
  if (gathered.size > limits.headers || request.headers.size() > limits.header_count) {
    close = true;
    refuse(431, "the headers are too long, or too many");
  } else if (gathered.broken) {
    close = true;
    refuse(400, "a header is broken");
  }
}

// Two opinions about where a request ends are how one is smuggled past another server.
void WebRequest::check_length() {
  const auto* const length = request.header("content-length");
  const auto* const coding = request.header("transfer-encoding");
  if (count(request.headers, "content-length") > 1 || count(request.headers, "host") > 1 || (length != nullptr && coding != nullptr)) {
    close = true;
    return refuse(400, "Content-Length, Transfer-Encoding or Host is there twice, or contradicts another");
  }
  if (length != nullptr && (length->empty() || !std::ranges::all_of(*length, [](char c) { return c >= '0' && c <= '9'; }))) {
    close = true;
    return refuse(400, "Content-Length is no number");
  }
  if (coding != nullptr && in_small_letters(*coding) != "chunked") {
    close = true;
    return refuse(501, "a transfer encoding other than chunked");
  }
  if (const auto* const expect = request.header("expect"); expect != nullptr && in_small_letters(*expect) != "100-continue") {
    close = true;
    return refuse(417, "an expectation that is not known");
  }
  // Without a length a body is empty; a type says that none was meant to be.
  if (length == nullptr && coding == nullptr && request.header("content-type") != nullptr && method.starts_with('P')) {
    refuse(411, "a body needs a length");
  }
}

void WebRequest::choose_route(std::string_view listener, const RouteBoard& routes) {
  if (std::ranges::find(kMethods, method) == kMethods.end()) {
    return refuse(501, "a method that is not known here");
  }
  auto read_target_ = read_target(target);
  if (!read_target_) return refuse(400, read_target_.error().message);
  request.path = std::move(read_target_->path);
  request.query = std::move(read_target_->query);
  request.method = method == "HEAD" ? "GET" : method;
  table = routes.table();
  auto match = table->match(listener, method, request.path);
  if (match.allow.empty()) return refuse(404, "there is nothing at this address");
  if (method == "OPTIONS") {
    refusal = http::Response{.status = 204, .headers = {{"Allow", match.allow + ", OPTIONS"}}};
    return;
  }
  if (match.route == nullptr) return refuse(405, "this address knows other methods", {{"Allow", match.allow}});
  route = match.route;
  request.captured = std::move(match.captured);
  const auto* const length = request.header("content-length");
  if (length != nullptr && (length->size() > 18 || std::stoull(*length) > route->most_body)) {
    refuse(413, fmt::format("more than {} octets", route->most_body));
  }
}

bool WebRequest::take(std::string_view piece) {
  read += piece.size();
  if (!refusal && read > route->most_body) {
    refuse(413, fmt::format("more than {} octets", route->most_body));
    request.body.clear();
    close = true;
  }
  if (!refusal) request.body.append(piece);
  return !refusal || read <= (route == nullptr ? 0 : route->most_body) + kMostForgotten;
}

void WebRequest::complete() {
  if (refusal) return;
  const auto* const type = request.header("content-type");
  if (type == nullptr || !in_small_letters(*type).starts_with("application/x-www-form-urlencoded")) return;
  std::string_view text = request.body;
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);  // as some phones end it
  auto form = read_form(text);
  if (!form) return refuse(400, "the form is broken, or has too many fields");
  request.form = std::move(*form);
}

}  // namespace tandem
