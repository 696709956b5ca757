// flood [SECONDS [RATE]]: one source sends REGISTER, INVITE, OPTIONS and SUBSCRIBE without a password, RATE a second (20 000), for SECONDS
// (10), while ten phones at another address go on calling the echo test. Says what they noticed, and what the server's memory did. Ends
// with 1 when a call failed, when the slowest tenth took more than 250 ms to be answered, or when memory grew by more than 64 MiB.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "../scenario/office.h"

namespace tandem::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPhones = 10;
constexpr double kSlowest = 250;           // ms, for the slowest tenth
constexpr size_t kMostGrowth = 64U << 20;  // octets

size_t memory_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

/// What one phone does: the echo test, over and over, each call a moment long.
class Caller {
 public:
  Caller(const TandemProcess& tandem, const char* device) : phone_(tandem, device) {}
  void run(const std::atomic<bool>& stop) {
    while (!stop) {
      try {
        call();
      } catch (const std::exception& error) {
        ++failed_;
        std::cerr << error.what() << "\n";
      }
    }
  }
  std::vector<double> answers() const { return answers_; }
  int failed() const { return failed_; }

 private:
  void call() {
    auto dialog = phone_.call("600", phone_.offer());
    const auto asked = Clock::now();
    phone_.answered(dialog);
    answers_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - asked).count());
    phone_.bye(dialog);
  }
  Phone phone_;
  std::vector<double> answers_;
  int failed_ = 0;
};

class Flood {
 public:
  Flood(const SocketAddress& server, unsigned rate) : server_(server), rate_(rate), fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    const SocketAddress source = *SocketAddress::from("127.0.0.66", 0);
    if (::bind(fd_, source.sa(), source.length()) != 0) throw std::runtime_error("127.0.0.66 is not ours");
  }
  ~Flood() { ::close(fd_); }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  void run(const std::atomic<bool>& stop) {
    const auto start = Clock::now();
    while (!stop) {
      const double due = std::chrono::duration<double>(Clock::now() - start).count() * rate_;
      while (static_cast<double>(sent_) < due && !stop) send();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  uint64_t sent() const { return sent_; }

 private:
  void send() {
    static constexpr std::array<const char*, 4> kMethods{"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE"};
    const char* const method = kMethods[sent_ % kMethods.size()];
    const std::string bytes = fmt::format(
        "{0} sip:{1}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.66;rport;branch=z9hG4bKflood{2}\r\nMax-Forwards: 70\r\n"
        "From: <sip:{1}@127.0.0.1>;tag=f{2}\r\nTo: <sip:{1}@127.0.0.1>\r\nCall-ID: flood{2}\r\nCSeq: 1 {0}\r\n"
        "Contact: <sip:{1}@127.0.0.66>\r\nEvent: presence\r\nContent-Length: 0\r\n\r\n",
        method, 10'000 + sent_ % 9'000, sent_);
    (void)::sendto(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT, server_.sa(), server_.length());
    ++sent_;
  }
  SocketAddress server_;
  unsigned rate_;
  int fd_;
  uint64_t sent_ = 0;
};

double share(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))];
}

struct Noticed {
  std::vector<double> answers;
  int failed = 0;
  void show(const char* when) const {
    std::cout << fmt::format("{}: {} calls, {} failed; answered after {:.1f} ms (half), {:.1f} ms (nine tenths), {:.1f} ms (all)\n", when,
                             answers.size(), failed, share(answers, 0.5), share(answers, 0.9), share(answers, 1));
  }
};

Noticed callers_for(const TandemProcess& tandem, std::chrono::seconds length) {
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < kPhones; ++i) callers.push_back(std::make_unique<Caller>(tandem, i % 2 == 0 ? kJohn : kJane));
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (auto& caller : callers) threads.emplace_back([&] { caller->run(stop); });
  std::this_thread::sleep_for(length);
  stop = true;
  for (auto& thread : threads) thread.join();
  Noticed noticed;
  for (const auto& caller : callers) {
    const auto more = caller->answers();
    noticed.answers.insert(noticed.answers.end(), more.begin(), more.end());
    noticed.failed += caller->failed();
  }
  return noticed;
}

int run(std::chrono::seconds length, unsigned rate) {
  SipPeer gateway(SocketAddress(), "pstn");
  const TandemProcess tandem({"sip/pstn/address=" + gateway.local().to_string(), "sip/general/limit_loopback=yes"});
  const Noticed before = callers_for(tandem, std::chrono::seconds(3));
  before.show("before");
  const size_t memory = memory_of(tandem.pid());
  Flood flood(tandem.sip(), rate);
  std::atomic<bool> stop{false};
  std::thread sender([&] { flood.run(stop); });
  const Noticed during = callers_for(tandem, length);
  stop = true;
  sender.join();
  during.show("during");
  const size_t grown = memory_of(tandem.pid()) - std::min(memory, memory_of(tandem.pid()));
  std::cout << fmt::format("{} requests sent, {:.0f} a second; the server's memory {:.1f} MiB, grown by {:.1f} MiB\n", flood.sent(),
                           static_cast<double>(flood.sent()) / static_cast<double>(length.count()), static_cast<double>(memory) / (1 << 20),
                           static_cast<double>(grown) / (1 << 20));
  const bool fine = !during.answers.empty() && during.failed == 0 && share(during.answers, 0.9) <= kSlowest && grown <= kMostGrowth;
  std::cout << (fine ? "undisturbed\n" : "disturbed\n");
  return fine ? 0 : 1;
}

}  // namespace
}  // namespace tandem::test

int main(int argc, char** argv) {
  const int length = argc > 1 ? std::atoi(argv[1]) : 10, rate = argc > 2 ? std::atoi(argv[2]) : 20'000;
  if (length < 1 || rate < 1) {
    std::cerr << "usage: flood [SECONDS [RATE]]\n";
    return 2;
  }
  return tandem::test::run(std::chrono::seconds(length), static_cast<unsigned>(rate));
}
