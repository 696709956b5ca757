// http.get, http.post and http.escape. A request waits like a verb; when the call ends it is dropped.
#include <fmt/format.h>

#include "lua/binding.h"
#include "lua/call_script.h"
#include "lua/lua_value.h"
#include "lua/runtime.h"
#include "tandem/http_client.h"

namespace tandem {

namespace {

class Request final : public Operation {
 public:
  Request(HttpClient& client, uint64_t id) : client_(client), id_(id) {}
  ~Request() override { client_.cancel(id_); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

 private:
  HttpClient& client_;
  const uint64_t id_;
};

Error bad(std::string_view key, std::string_view must) { return {ErrorCode::invalid, fmt::format("{} must be {}", key, must)}; }

Result<void> read_headers(const Value& value, HttpRequest& request) {
  if (value.is_array() && value.empty()) return {};
  if (!value.is_object()) return bad("headers", "a table of names and values");
  for (const auto& [name, text] : value.items()) {
    if (!text.is_string()) return bad("headers." + name, "text");
    request.headers.emplace_back(name, text.get<std::string>());
  }
  return {};
}

Result<void> read_option(const std::string& key, const Value& value, HttpRequest& request) {
  if (key == "url" || key == "body") {
    if (!value.is_string()) return bad(key, "text");
    (key == "url" ? request.url : request.body) = value.get<std::string>();
    return {};
  }
  if (key == "headers") return read_headers(value, request);
  if (key == "timeout") {
    if (!value.is_number() || !(value.get<double>() > 0 && value.get<double>() <= 60)) return bad(key, "a number of seconds, at most 60");
    request.timeout = std::chrono::milliseconds(std::max<int64_t>(1, static_cast<int64_t>(value.get<double>() * 1000)));
    return {};
  }
  if (key == "max_size") {
    if (!value.is_number_integer() || value.get<int64_t>() <= 0) return bad(key, "a number of bytes");
    request.max_size = static_cast<size_t>(value.get<int64_t>());
    return {};
  }
  return Error{ErrorCode::invalid, fmt::format("there is no option \"{}\"", key)};
}

/// From the arguments of http.get or http.post: a url, or a table.
Result<HttpRequest> read_request(const char* method, const Value& arguments) {
  HttpRequest request;
  request.method = method;
  if (arguments.size() != 1) return Error{ErrorCode::invalid, "takes a url or a table"};
  if (arguments[0].is_string()) {
    request.url = arguments[0].get<std::string>();
  } else if (arguments[0].is_object()) {
    for (const auto& [key, value] : arguments[0].items()) {
      if (auto read = read_option(key, value, request); !read) return read.error();
    }
  } else {
    return Error{ErrorCode::invalid, "takes a url or a table"};
  }
  if (request.method == "GET" && !request.body.empty()) return Error{ErrorCode::invalid, "has no body: use http.post"};
  if (auto checked = check_request(request); !checked) return checked.error();
  return request;
}

Value value_of(const Result<HttpResponse>& answer) {
  if (!answer) return {{"error", answer.error().message}};
  Value headers = Value::object();
  for (const auto& [name, value] : answer->headers) headers[name] = value;  // of several the last
  return {{"status", answer->status}, {"body", answer->body}, {"headers", std::move(headers)}};
}

CallScript::Outcome request(lua_State* L, const char* method, const char* function) {
  auto* script = Runtime::of(L).running()->script;
  if (script == nullptr) return CallScript::Outcome{luaL_error(L, "%s: only in a call, which can wait for the answer", function)};
  Runtime::of(L).meter().charge(L, 1000);
  const auto arguments = arguments_from_lua(L, 1);
  if (!arguments) return CallScript::Outcome{luaL_error(L, "%s: %s", function, arguments.error().message.c_str())};
  auto read = read_request(method, *arguments);
  if (!read) return CallScript::Outcome{luaL_error(L, "%s: %s", function, read.error().message.c_str())};
  return script->wait_for(L, function, *arguments, [&](VerbDone done) -> std::unique_ptr<Operation> {
    auto* client = Runtime::of(L).services().http;
    if (client == nullptr) return done(Error{ErrorCode::unavailable, "http is not available here"}), nullptr;
    // In two parts, since a refusal must still be able to say so.
    auto report = std::make_shared<VerbDone>(std::move(done));
    const auto started = client->start(std::move(*read), [report](const Result<HttpResponse>& answer) { (*report)(value_of(answer)); });
    if (started) return std::make_unique<Request>(*client, *started);
    (*report)(value_of(started.error()));
    return nullptr;
  });
}

int http_get(lua_State* L) { return CallScript::give_way(L, request(L, "GET", "http.get")); }
int http_post(lua_State* L) { return CallScript::give_way(L, request(L, "POST", "http.post")); }

// RFC 3986, 2.3: what needs no escaping anywhere.
int http_escape(lua_State* L) {
  size_t length = 0;
  const char* data = luaL_checklstring(L, 1, &length);
  Runtime::of(L).meter().charge(L, static_cast<int64_t>(length) + 10);
  std::string escaped;
  for (const unsigned char c : std::string_view(data, length)) {
    if ((c < 128 && std::isalnum(c) != 0) || c == '-' || c == '.' || c == '_' || c == '~') {
      escaped += static_cast<char>(c);
    } else {
      escaped += fmt::format("%{:02X}", c);
    }
  }
  lua_pushlstring(L, escaped.data(), escaped.size());
  return 1;
}

constexpr Binding kFunctions[] = {
    {"get", http_get, "get(request: string|table) -> table",
     "Asks a web server and waits for its answer, while other calls go on. Takes a url, or a table of url, headers (names and values), "
     "timeout "
     "(seconds, 5 unless given, at most 60) and max_size (bytes of the answer's body, at most 65536). Returns a table of status, body and "
     "headers (names in small letters), whatever the status, or of error alone, a sentence, when there is no answer. Only http and https; "
     "certificates are verified; up to 5 redirects are followed, none from https to http. When the call ends the request is dropped.",
     "local answer = http.get{\n  url = \"http://127.0.0.1:8080/customer?number=\" .. http.escape(call.caller.number),\n  timeout = 2,\n}\n"
     "if answer.status == 200 then\n  local customer = json.decode(answer.body)\n  if customer then call.caller.name = customer.name end\n"
     "end"},
    {"post", http_post, "post(request: table) -> table", "As `http.get`, with a body to send. Redirects are not followed.",
     "local answer = http.post{\n  url = \"http://127.0.0.1:8080/calls\",\n  headers = {[\"Content-Type\"] = \"application/json\"},\n  "
     "body = "
     "json.encode{caller = call.caller.number, dialled = number},\n}\nif answer.error then call:log(\"warning\", answer.error) end"},
    {"escape", http_escape, "escape(text: string) -> string",
     "The text as it may stand in a url. What callers send (names, numbers, headers) is hostile until it has gone through here.",
     "call:log(\"http://127.0.0.1:8080/?name=\" .. http.escape(call.caller.name))"},
};

}  // namespace

const Library kHttpLibrary{"http", "Questions to web servers: a customer's name, a line of a chat.", kFunctions};

}  // namespace tandem
