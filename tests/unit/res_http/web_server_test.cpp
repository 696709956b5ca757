#include "web_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "api_document.h"
#include "support/fake_loop.h"
#include "support/raw_http.h"
#include "support/tandem_process.h"

namespace tandem::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

/// A server with one listener, its switch thread turned by the test, and a client on a thread of its own where both must run.
class WebServerTest : public testing::Test {
 protected:
  void SetUp() override { open({}); }
  void open(ConnectionLimits limits) {
    server_ = std::make_unique<WebServer>(loop_);
    settings_.connections = limits;
    settings_.users = {
        {.name = "kiosk", .secret = hash_secret("open sesame"), .tokens = {digest_of_token("the-token")}, .rights = {"doors"}}};
    for (const char* const name : {"http-api", "http-files"}) {
      auto made = server_->listen({.name = name, .serves = name, .address = *SocketAddress::parse("127.0.0.1:0"), .limits = limits}, "");
      ASSERT_TRUE(made) << made.error().message;
      if (address_.empty()) address_ = (*made)->bound();
    }
    server_->configure(settings_);
  }
  void add(http::Route route) {
    if (route.listener.empty()) route.listener = "http-api";
    auto added = server_->route(std::move(route));
    ASSERT_TRUE(added) << added.error().message;
    routes_.push_back(std::move(*added));
  }
  void add_hello() {
    add({.method = "GET", .path = "/hello", .run = [](http::Request, http::Reply reply) { reply.send(200, "hello"); }});
  }
  /// What the client does, while the switch thread turns.
  template <class Talk>
  auto while_serving(Talk talk) {
    auto done = std::async(std::launch::async, std::move(talk));
    EXPECT_TRUE(loop_.run_until([&] { return done.wait_for(seconds(0)) == std::future_status::ready; }));
    return done.get();
  }
  HttpAnswer ask(const std::string& method, const std::string& target, const std::string& headers = {}, const std::string& body = {}) {
    return while_serving([&] { return RawHttp(address_).ask(method, target, headers, body); });
  }
  std::optional<HttpAnswer> send(const std::string& octets) {
    return while_serving([&] {
      RawHttp client(address_);
      client.send(octets);
      return client.receive();
    });
  }
  int status(const std::string& octets) {
    const auto answer = send(octets);
    return answer ? answer->status : 0;
  }

  FakeLoop loop_;
  HttpSettings settings_;
  std::unique_ptr<WebServer> server_;
  SocketAddress address_;
  std::vector<Registration> routes_;  ///< undone before the server
};

TEST_F(WebServerTest, GivesTheHandlerTheWholeRequest) {
  http::Request got;
  add({.method = "POST", .path = "/people/{who}/do/{rest...}", .run = [&](http::Request request, http::Reply reply) {
         got = std::move(request);
         reply.send(201, "done");
       }});
  const auto answer = ask("POST", "/people/j%C3%B6rg/do/a/b?x=1&y=a+b", "X-One: two\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                          "pin=12%2B3&n=");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(got.path, "/people/j\xC3\xB6rg/do/a/b");
  EXPECT_EQ(got.captured, (http::Fields{{"who", "j\xC3\xB6rg"}, {"rest", "a/b"}}));
  EXPECT_EQ(got.query, (http::Fields{{"x", "1"}, {"y", "a b"}}));
  EXPECT_EQ(got.form, (http::Fields{{"pin", "12+3"}, {"n", ""}}));
  EXPECT_EQ(*got.header("x-one"), "two");
  EXPECT_EQ(*got.field("y"), "a b");
  EXPECT_EQ(got.body, "pin=12%2B3&n=");
  EXPECT_EQ(got.peer.host(), "127.0.0.1");
  EXPECT_FALSE(got.https);
  EXPECT_THAT(got.id, testing::StartsWith("H-"));
}

TEST_F(WebServerTest, RefusesWithTheRightStatus) {
  add_hello();
  add({.method = "POST",
       .path = "/hello",
       .run = [](http::Request request, http::Reply reply) { reply.send(200, request.body); },
       .most_body = 10});
  EXPECT_EQ(ask("GET", "/nothing").status, 404);
  const auto other = ask("DELETE", "/hello");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(other.header("allow"), "GET, HEAD, POST");
  EXPECT_EQ(ask("OPTIONS", "/hello").header("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(ask("BREW", "/hello").status, 501);
  EXPECT_EQ(ask("GET", "/../etc/passwd").status, 400);
  EXPECT_EQ(ask("GET", "/%2e%2e/etc/passwd").status, 400);
  EXPECT_EQ(ask("GET", "/%zz").status, 400);
  EXPECT_EQ(ask("GET", "/hello%00").status, 400);
  EXPECT_EQ(ask("GET", "/hello?" + std::string(5000, 'q')).status, 414);
  EXPECT_EQ(ask("GET", "/hello", "X: " + std::string(20000, 'h') + "\r\n").status, 431);
  EXPECT_EQ(ask("GET", "/hello", "X: " + std::string(200'000, 'h') + "\r\n").status, 431);
  EXPECT_EQ(ask("POST", "/hello", "", "12345678901").status, 413);
  EXPECT_EQ(ask("POST", "/hello", "", "1234567890").status, 200);
  EXPECT_EQ(ask("POST", "/hello", "Content-Type: text/plain\r\n").status, 411);
  EXPECT_EQ(ask("POST", "/hello").status, 200);
  EXPECT_EQ(ask("POST", "/hello", "Content-Type: application/x-www-form-urlencoded\r\n", "a=%zz").status, 400);
  EXPECT_EQ(ask("GET", "/hello", "Expect: a miracle\r\n").status, 417);
}

TEST_F(WebServerTest, AmbiguousOrBrokenRequestsAreRefusedAndTheConnectionEnds) {
  add_hello();
  EXPECT_EQ(status("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), 400);
  EXPECT_EQ(status("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello"), 400);
  EXPECT_EQ(status("POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(status("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /hello HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /hello HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /hello HTTP/3.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status("nonsense\r\n\r\n"), 0);
  EXPECT_EQ(ask("GET", "/hello").status, 200);  // and it goes on
}

TEST_F(WebServerTest, KeepsTheConnectionAndReadsChunks) {
  add_hello();
  add({.method = "POST",
       .path = "/echo",
       .run = [](http::Request request, http::Reply reply) { reply.send(200, request.body); },
       .most_body = 20});
  while_serving([&] {
    RawHttp client(address_);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ask("GET", "/hello").body, "hello");
    EXPECT_EQ(client.ask("GET", "/nothing", "", "a body that nobody wants").status, 404);
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive()->body, "hello world");
    // Pipelined.
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.receive()->body, "hello");
    const auto head = client.receive(true);
    EXPECT_EQ(head->header("content-length"), "5");
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n19\r\n" + std::string(25, 'x') + "\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 413);
    return 0;
  });
}

TEST_F(WebServerTest, ARefusedUploadWithoutEndIsCut) {
  add({.method = "POST",
       .path = "/echo",
       .run = [](http::Request request, http::Reply reply) { reply.send(200, request.body); },
       .most_body = 20});
  while_serving([&] {
    RawHttp client(address_);
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; ++i) client.send("1000\r\n" + std::string(4096, 'x') + "\r\n");
    EXPECT_TRUE(client.ends());
    RawHttp told(address_);
    told.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    EXPECT_EQ(told.receive()->status, 413);
    EXPECT_TRUE(told.ends());
    return 0;
  });
}

TEST_F(WebServerTest, AnswersLaterAndFromAnotherThread) {
  std::optional<http::Reply> kept;
  add({.method = "GET", .path = "/later", .run = [&](http::Request, http::Reply reply) { kept.emplace(std::move(reply)); }});
  RawHttp client(address_);
  client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(loop_.run_until([&] { return kept.has_value(); }));
  std::thread([&] { std::move(*kept).send(200, "at last"); }).join();
  EXPECT_EQ(client.receive()->body, "at last");
}

TEST_F(WebServerTest, ADroppedReplyIs500AndASlowOne503) {
  std::optional<http::Reply> kept;
  add({.method = "GET", .path = "/dropped", .run = [](http::Request, http::Reply) {}});
  add({.method = "GET", .path = "/slow", .run = [&](http::Request, http::Reply reply) { kept.emplace(std::move(reply)); }});
  EXPECT_EQ(ask("GET", "/dropped").status, 500);
  RawHttp client(address_);
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(loop_.run_until([&] { return kept.has_value(); }));
  loop_.advance(seconds(31));
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 503);
  EXPECT_FALSE(answer->header("retry-after").empty());
  kept->send(200, "too late");
  EXPECT_EQ(server_->timed_out(), 1u);
}

TEST_F(WebServerTest, StreamsEventsUntilTheClientGoes) {
  std::optional<http::Stream> stream;
  bool gone = false;
  add({.method = "GET", .path = "/events", .run = [&](http::Request, http::Reply reply) {
         stream.emplace(reply.stream({.type = "text/event-stream"}));
         stream->when_gone([&] { gone = true; });
         stream->event("first", {{"n", 1}});
       }});
  auto client = std::make_unique<RawHttp>(address_);
  client->send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(loop_.run_until([&] { return stream.has_value(); }));
  EXPECT_TRUE(client->receive_until("event: first\ndata: {\"n\":1}\n\n"));
  EXPECT_TRUE(stream->event("second", "x"));
  EXPECT_TRUE(client->receive_until("data: \"x\"\n\n"));
  loop_.advance(seconds(16));
  EXPECT_TRUE(client->receive_until(":\n\n"));
  client.reset();
  EXPECT_TRUE(loop_.run_until([&] { return stream->write(":\n\n"), gone; }));
  EXPECT_FALSE(stream->write("x"));
}

TEST_F(WebServerTest, AStreamEndsWhenItIsDroppedAndAReaderThatSleepsIsCut) {
  std::optional<http::Stream> stream;
  add({.method = "GET", .path = "/report", .run = [&](http::Request, http::Reply reply) {
         stream.emplace(reply.stream({.type = "text/csv"}));
       }});
  RawHttp client(address_);
  client.send("GET /report HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(loop_.run_until([&] { return stream.has_value(); }));
  stream->write("a,b\n");
  stream->write("1,2\n");
  stream.reset();
  EXPECT_EQ(client.receive()->body, "a,b\n1,2\n");

  RawHttp sleeper(address_);
  sleeper.send("GET /report HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(loop_.run_until([&] { return stream.has_value(); }));
  EXPECT_TRUE(loop_.run_until([&] { return !stream->write(std::string(60'000, 'x')); }));
}

TEST_F(WebServerTest, ServesFilesInParts) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/phone.cnf";
  std::ofstream(path) << "0123456789";
  add({.method = "GET", .path = "/{name}", .run = [&](http::Request request, http::Reply reply) {
         reply.send(http::File{folder.path() + "/" + *http::find(request.captured, "name"), "text/xml"});
       }});
  const auto whole = ask("GET", "/phone.cnf");
  EXPECT_EQ(whole.body, "0123456789");
  EXPECT_EQ(whole.header("content-type"), "text/xml");
  const auto part = ask("GET", "/phone.cnf", "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.header("content-range"), "bytes 2-4/10");
  const auto beyond = ask("GET", "/phone.cnf", "Range: bytes=10-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */10");
  EXPECT_EQ(ask("GET", "/phone.cnf", "If-None-Match: " + whole.header("etag") + "\r\n").status, 304);
  EXPECT_EQ(ask("GET", "/phone.cnf", "If-Modified-Since: " + whole.header("last-modified") + "\r\n").status, 304);
  EXPECT_EQ(ask("GET", "/phone.cnf", "Range: bytes=2-4\r\nIf-Range: \"another\"\r\n").status, 200);
  EXPECT_EQ(ask("HEAD", "/phone.cnf").header("content-length"), "10");
  EXPECT_EQ(ask("GET", "/missing").status, 404);
  std::filesystem::create_directory(folder.path() + "/folder");
  EXPECT_EQ(ask("GET", "/folder").status, 404);
}

TEST_F(WebServerTest, AnUnchangedDocumentIs304) {
  add({.method = "GET", .path = "/page", .run = [](http::Request, http::Reply reply) { reply.send({.body = "page", .etag = "v1"}); }});
  EXPECT_EQ(ask("GET", "/page").header("etag"), "\"v1\"");
  EXPECT_EQ(ask("GET", "/page", "If-None-Match: \"v0\", W/\"v1\"\r\n").status, 304);
  EXPECT_EQ(ask("GET", "/page", "If-None-Match: \"v0\"\r\n").status, 200);
}

TEST_F(WebServerTest, RoutesComeAndGo) {
  add_hello();
  EXPECT_EQ(server_->route({.listener = "http-api", .method = "GET", .path = "/hello"}).error().code, ErrorCode::exists);
  EXPECT_EQ(server_->route({.listener = "http-none", .method = "GET", .path = "/x"}).error().code, ErrorCode::not_found);
  EXPECT_EQ(server_->route({.listener = "http-api", .method = "GET", .path = "x"}).error().code, ErrorCode::invalid);
  EXPECT_EQ(server_->route({.listener = "http-api", .method = "HEAD", .path = "/x"}).error().code, ErrorCode::invalid);
  EXPECT_EQ(ask("GET", "/hello").status, 200);
  routes_.clear();
  EXPECT_EQ(ask("GET", "/hello").status, 404);
}

TEST_F(WebServerTest, ARightIsAskedFor) {
  std::string user;
  add({.method = "GET",
       .path = "/door",
       .run =
           [&](http::Request request, http::Reply reply) {
             user = request.user->name;
             reply.send(200, "open");
           },
       .right = "doors"});
  add({.method = "GET", .path = "/vault", .run = [](http::Request, http::Reply reply) { reply.send(200, "open"); }, .right = "vaults"});
  const auto basic = [](const std::string& base64) { return "Authorization: Basic " + base64 + "\r\n"; };
  const std::string right = basic("a2lvc2s6b3BlbiBzZXNhbWU="), wrong = basic("a2lvc2s6b3BlbiBiYXJsZXk=");
  const auto challenge = ask("GET", "/door");
  EXPECT_EQ(challenge.status, 401);
  EXPECT_THAT(challenge.header("www-authenticate"), HasSubstr("Basic"));
  EXPECT_EQ(ask("GET", "/door", right).status, 200);
  EXPECT_EQ(user, "kiosk");
  EXPECT_EQ(ask("GET", "/vault", right).status, 403);
  EXPECT_EQ(ask("GET", "/door", "Authorization: Bearer the-token\r\n").status, 200);
  EXPECT_EQ(ask("GET", "/door", basic("a2lvc2s6dGhlLXRva2Vu")).status, 200) << "a token as the secret";
  EXPECT_EQ(ask("GET", "/door", "Authorization: Bearer the-other\r\n").status, 401);
  for (int guess = 0; guess < 5; ++guess) EXPECT_EQ(ask("GET", "/door", wrong).status, 401);
  EXPECT_EQ(ask("GET", "/door", wrong).status, 429);
  EXPECT_EQ(ask("GET", "/door", right).status, 200) << "who is right is not delayed by who guesses";
  loop_.advance(seconds(1));
  EXPECT_EQ(ask("GET", "/door", wrong).status, 401);
}

TEST_F(WebServerTest, VerifiesASecretFromABody) {
  std::optional<bool> found;
  server_->verify("kiosk", "open sesame", address_, [&](Result<http::User> user) { found = static_cast<bool>(user); });
  ASSERT_TRUE(loop_.run_until([&] { return found.has_value(); }));
  EXPECT_TRUE(*found);
  found.reset();
  server_->verify("nobody", "open sesame", address_, [&](Result<http::User> user) { found = static_cast<bool>(user); });
  ASSERT_TRUE(loop_.run_until([&] { return found.has_value(); }));
  EXPECT_FALSE(*found);
}

TEST_F(WebServerTest, ConnectionsAreBounded) {
  ConnectionLimits limits;
  limits.per_source = 3;
  server_.reset();
  address_ = {};
  open(limits);
  add_hello();
  while_serving([&] {
    RawHttp a(address_), b(address_);
    EXPECT_EQ(a.ask("GET", "/hello").status, 200);
    EXPECT_EQ(b.ask("GET", "/hello").status, 200);
    {
      RawHttp c(address_);
      EXPECT_EQ(c.ask("GET", "/hello").status, 200);
      RawHttp d(address_);
      EXPECT_EQ(d.ask("GET", "/hello").status, 503);
      EXPECT_TRUE(d.ends());
    }
    return 0;
  });
  EXPECT_TRUE(loop_.run_until([&] { return server_->listeners()[0]->counts().connections.open == 0; }));
  EXPECT_EQ(ask("GET", "/hello").status, 200);
}

TEST_F(WebServerTest, SlowClientsAreCut) {
  ConnectionLimits limits;
  limits.idle = std::chrono::milliseconds(1);
  limits.request = std::chrono::milliseconds(1);
  server_.reset();
  address_ = {};
  open(limits);
  RawHttp head(address_);
  head.send("GET /hello HTTP/1.1\r\nHo");
  EXPECT_TRUE(loop_.run_until([&] { return server_->listeners()[0]->counts().connections.open == 1; }));
  EXPECT_TRUE(loop_.run_until([&] {
    loop_.advance(seconds(1));  // a sweep
    return server_->listeners()[0]->counts().connections.open == 0;
  }));
  EXPECT_TRUE(head.ends());
}

TEST_F(WebServerTest, WhoWaitsIsAnsweredWhenTheServerEnds) {
  std::optional<http::Reply> kept;
  std::optional<http::Stream> stream;
  add({.method = "GET", .path = "/slow", .run = [&](http::Request, http::Reply reply) { kept.emplace(std::move(reply)); }});
  add({.method = "GET", .path = "/events", .run = [&](http::Request, http::Reply reply) {
         stream.emplace(reply.stream({.type = "text/event-stream"}));
       }});
  RawHttp one(address_), other(address_);
  one.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  other.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(loop_.run_until([&] { return kept && stream; }));
  routes_.clear();
  server_.reset();
  EXPECT_TRUE(one.ends());
  EXPECT_TRUE(other.ends());
  EXPECT_FALSE(stream->write("x"));
  kept.reset();
  stream.reset();
}

TEST_F(WebServerTest, TheDocumentIsMadeOfTheRoutes) {
  add({.method = "GET",
       .path = "/api/v1/devices/{device}",
       .run = [](http::Request, http::Reply) {},
       .right = "doors",
       .api = {{"summary", "One device"}}});
  add({.method = "GET", .path = "/secret", .run = [](http::Request, http::Reply) {}});
  const Json document = api_document(*server_);
  EXPECT_EQ(document["paths"].size(), 1u);
  const Json& get = document["paths"]["/api/v1/devices/{device}"]["get"];
  EXPECT_EQ(get["summary"], "One device");
  EXPECT_EQ(get["parameters"][0]["name"], "device");
  EXPECT_TRUE(get["responses"].contains("403"));
}

}  // namespace
}  // namespace tandem::test
