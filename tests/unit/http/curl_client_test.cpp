// The HTTP client against a real server on loopback: answers, bounds, redirects, cancelling; and what may be logged of a url.
#include "http/curl_client.h"

#include <gtest/gtest.h>

#include "support/fake_loop.h"
#include "support/http_server.h"

namespace tandem::test {
namespace {

class Http : public testing::Test {
 protected:
  Result<HttpResponse> ask(HttpRequest request) {
    std::optional<Result<HttpResponse>> answer;
    auto started = client_.start(std::move(request), [&](Result<HttpResponse> result) { answer.emplace(std::move(result)); });
    if (!started) return started.error();
    EXPECT_TRUE(loop_.run_until([&] { return answer.has_value(); }));
    EXPECT_EQ(client_.under_way(), 0U);
    return answer ? std::move(*answer) : Error{};
  }
  Result<HttpResponse> get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return ask(std::move(request));
  }

  FakeLoop loop_;
  CurlClient client_{loop_};
};

TEST_F(Http, GetAndPost) {
  const HttpServer server([](const std::string&) { return HttpServer::ok("hello", "X-Thing:  some value \r\n"); });
  HttpRequest request;
  request.url = server.url("/a?b=c");
  request.headers = {{"X-Ours", "1"}};
  const auto got = ask(request);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "hello");
  EXPECT_NE(std::find(got->headers.begin(), got->headers.end(), std::pair<std::string, std::string>("x-thing", "some value")),
            got->headers.end());
  request.method = "POST";
  request.body = std::string("a\0b", 3);
  ASSERT_TRUE(ask(request));
  EXPECT_EQ(server.requests().at(0).rfind("GET /a?b=c HTTP/1.1\r\n", 0), 0U);
  EXPECT_NE(server.requests().at(0).find("X-Ours: 1\r\n"), std::string::npos);
  EXPECT_EQ(server.requests().at(1).rfind("POST /a?b=c HTTP/1.1\r\n", 0), 0U);
  EXPECT_TRUE(server.requests().at(1).ends_with(std::string("\r\n\r\na\0b", 7)));
}

TEST_F(Http, AnErrorStatusIsAnAnswer) {
  const HttpServer server([](const std::string&) { return std::string("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"); });
  EXPECT_EQ(get(server.url())->status, 503);
}

TEST_F(Http, AnAnswerThatIsTooLargeIsNotTaken) {
  for (const bool announced : {true, false}) {
    const HttpServer server([announced](const std::string&) {
      const std::string body(100'000, 'x');
      return announced ? HttpServer::ok(body) : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body;
    });
    EXPECT_EQ(get(server.url()).error().code, ErrorCode::exhausted);
    HttpRequest small;
    small.url = server.url();
    small.max_size = 10;
    EXPECT_EQ(ask(small).error().message, "the answer is larger than max_size");
  }
}

TEST_F(Http, AServerThatDoesNotAnswerIsATimeout) {
  const HttpServer server([](const std::string&) { return std::string(); });
  HttpRequest request;
  request.url = server.url();
  request.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(ask(request).error().code, ErrorCode::timeout);
}

TEST_F(Http, NobodyThere) {
  std::string url;
  {
    const HttpServer gone([](const std::string&) { return std::string(); });
    url = gone.url();
  }
  EXPECT_EQ(get(url).error().code, ErrorCode::unavailable);
}

TEST_F(Http, RedirectsAreFollowedBoundedAndOnlyToTheWeb) {
  std::string target;
  const HttpServer server([&](const std::string& request) {
    if (request.rfind("GET /end", 0) == 0) return HttpServer::ok("there");
    return "HTTP/1.1 302 Moved\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " + target + "\r\n\r\n";
  });
  target = "/end";
  EXPECT_EQ(get(server.url())->body, "there");
  target = "/again";
  EXPECT_EQ(get(server.url()).error().message, "too many redirects");
  target = "file:///etc/passwd";
  EXPECT_FALSE(get(server.url()));
  HttpRequest post;
  post.method = "POST";
  post.url = server.url();
  target = "/end";
  EXPECT_EQ(ask(post)->status, 302);
}

TEST_F(Http, ACancelledRequestNeverReports) {
  const HttpServer server([](const std::string&) { return std::string(); });
  HttpRequest request;
  request.url = server.url();
  const auto id = client_.start(request, [](const Result<HttpResponse>&) { FAIL(); });
  ASSERT_TRUE(loop_.run_until([&] { return !server.requests().empty(); }));
  client_.cancel(*id);
  client_.cancel(*id);
  client_.cancel(12345);
  EXPECT_EQ(client_.under_way(), 0U);
  loop_.settle();
}

TEST_F(Http, RequestsUnderWayAreBounded) {
  const HttpServer server([](const std::string&) { return std::string(); });
  HttpRequest request;
  request.url = server.url();
  for (size_t i = 0; i < CurlClient::kMostRequests; ++i) ASSERT_TRUE(client_.start(request, [](const Result<HttpResponse>&) {}));
  EXPECT_EQ(client_.start(request, [](const Result<HttpResponse>&) {}).error().code, ErrorCode::exhausted);
}

TEST_F(Http, WhatIsNoRequestDoesNotLeave) {
  const auto refused = [&](auto change) {
    HttpRequest request;
    request.url = "http://127.0.0.1:1/";
    change(request);
    const auto checked = check_request(request);
    EXPECT_FALSE(checked);
    return !checked && client_.start(request, [](const Result<HttpResponse>&) {}).error().code == ErrorCode::invalid;
  };
  for (const auto* url : {"", "file:///etc/passwd", "gopher://x/", "http://", "ftp://x", "http://a/ b", "http://a/\r\nX: y", "127.0.0.1"}) {
    EXPECT_TRUE(refused([&](HttpRequest& r) { r.url = url; })) << url;
  }
  EXPECT_TRUE(refused([](HttpRequest& r) { r.method = "DELETE"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers = {{"A", "b\r\nC: d"}}; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers = {{"A: b\r\nC", "d"}}; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers = {{"", "d"}}; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers.assign(100, {"A", "b"}); }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.body = std::string(100'000, 'x'); }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.timeout = std::chrono::hours(1); }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.max_size = 1'000'000; }));
}

TEST(HttpUrl, CredentialsAndQueriesAreNotLogged) {
  EXPECT_EQ(loggable_url("https://user:secret@crm.example:8443/a/b?key=abc#x"), "https://crm.example:8443/a/b");
  EXPECT_EQ(loggable_url("http://a@b@crm.example"), "http://crm.example");
  EXPECT_EQ(loggable_url("http://crm.example/a@b?c"), "http://crm.example/a@b");
  EXPECT_EQ(loggable_url("http://crm.example?token=x@y"), "http://crm.example");
  EXPECT_EQ(loggable_url("nonsense"), "a url");
}

}  // namespace
}  // namespace tandem::test
