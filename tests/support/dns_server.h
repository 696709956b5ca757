// DnsServer: a name server on loopback that says what a test has told it. A thread of its own; say() and the counters from the test's.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tandem/address.h"

namespace tandem::test {

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  const SocketAddress& address() const { return address_; }
  void a(const std::string& name, const std::string& address, uint32_t ttl = 60);
  void aaaa(const std::string& name, const std::string& address, uint32_t ttl = 60);
  void srv(const std::string& name, uint16_t priority, uint16_t weight, uint16_t port, const std::string& target, uint32_t ttl = 60);
  void naptr(const std::string& name, uint16_t order, const std::string& service, const std::string& target, uint32_t ttl = 60);
  /// Everything that has been said about `name` is taken back.
  void forget(const std::string& name);
  void silent(bool yes) { silent_ = yes; }
  size_t asked() const { return asked_; }

 private:
  struct Record {
    uint16_t type;
    uint32_t ttl;
    std::string data;
  };
  void say(const std::string& name, Record record);
  void run();
  std::string answer(const std::string& query);

  int fd_ = -1;
  SocketAddress address_;
  std::mutex mutex_;
  std::multimap<std::string, Record> records_;
  std::atomic<bool> silent_{false}, stopping_{false};
  std::atomic<size_t> asked_{0};
  std::thread thread_;
};

}  // namespace tandem::test
