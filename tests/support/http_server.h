// HttpServer: a web server for tests on a loopback port that the kernel picks; one connection at a time, one answer each, on a thread of
// its own.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tandem::test {

class HttpServer {
 public:
  /// What is sent back, whole, for a request (head and body as received). Empty: nothing is sent, and the connection stays open until the
  /// client or the test closes it.
  using Answer = std::function<std::string(const std::string& request)>;

  explicit HttpServer(Answer answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path = "/") const;
  std::vector<std::string> requests() const;

  static std::string ok(const std::string& body, const std::string& headers = {});

 private:
  void serve();
  void serve_one(int connection);

  const Answer answer_;
  int listener_ = -1;
  int stop_ = -1;  ///< an eventfd
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace tandem::test
