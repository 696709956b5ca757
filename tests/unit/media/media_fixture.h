// What the media tests stand on: phones that are plain sockets, a clock that threads may share, and a barrier for orders.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "media/codecs.h"
#include "media/descriptor.h"
#include "media/media_threads.h"
#include "media/rtp.h"
#include "support/fake_loop.h"

namespace tandem::test {

using Bytes = std::vector<uint8_t>;

/// FakeClock for code whose threads read it while the test moves it.
class SharedClock final : public Clock {
 public:
  Instant now() const override { return Instant(Duration(now_.load())); }
  WallTime wall() const override { return WallTime(); }
  void advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<Duration::rep> now_{Duration(std::chrono::hours(1)).count()};
};

/// A FakeLoop that says how many posts there have been, so that a test can wait for one without running it. Each order of a test is a
/// callback of its own: what waits for its end follows at once.
class CountingLoop final : public Loop {
 public:
  explicit CountingLoop(FakeLoop& loop) : loop_(loop) {}
  Clock& clock() override { return loop_.clock(); }
  bool post(Task task, Share share) override {
    const bool posted = loop_.post(std::move(task), share);
    ++posts_;
    return posted;
  }
  double pressure() const override { return loop_.pressure(); }
  Registration watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) override {
    return loop_.watch(fd, events, std::move(ready));
  }
  Registration attach(LoopSource& source) override { return loop_.attach(source); }
  void defer(Task task) override { task(); }
  uint64_t arm(Instant when, UniqueFunction<void()> fire) override { return loop_.arm(when, std::move(fire)); }
  void disarm(uint64_t id) override { loop_.disarm(id); }
  size_t posts() const { return posts_; }

 private:
  FakeLoop& loop_;
  std::atomic<size_t> posts_{0};
};

/// True as soon as `done` is; false when it was not within ten seconds of real time, which only a failure takes.
template <class Done>
bool eventually(Done done, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

/// A packet of one stream; the sequence number is in the payload too, because that of the header is another one when it leaves.
inline Bytes rtp(uint8_t type, uint16_t sequence, bool marker = false, size_t payload = 160) {
  Bytes packet(std::max<size_t>(14, 12 + payload), 0xd5);
  packet[0] = 0x80;
  packet[1] = static_cast<uint8_t>(type | (marker ? 0x80 : 0));
  write_16(&packet[2], sequence);
  write_32(&packet[4], 160U * sequence);
  write_32(&packet[8], 0);
  write_16(&packet[12], sequence);
  packet.resize(12 + payload);
  return packet;
}

/// What stays the same on the way: payload number and payload.
inline Bytes sound(const Bytes& packet) {
  if (packet.size() < 12) return {};
  Bytes kept(packet.begin() + 11, packet.end());
  kept[0] = packet[1] & 0x7f;
  return kept;
}

/// A receiver report without blocks.
inline Bytes rtcp() { return {0x80, 201, 0, 1, 0, 0, 0, 9}; }

class UdpSocket {
 public:
  explicit UdpSocket(const std::string& host = "127.0.0.1") {
    const auto any = SocketAddress::from(host, 0);
    fd_ = Descriptor(::socket(any->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::bind(fd_.get(), any->sa(), any->length()) != 0) ADD_FAILURE() << "bind";
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &length);
    address_ = SocketAddress(reinterpret_cast<sockaddr*>(&bound), length);
  }
  const SocketAddress& address() const { return address_; }
  bool send(const Bytes& packet, const SocketAddress& to) const {
    return ::sendto(fd_.get(), packet.data(), packet.size(), 0, to.sa(), to.length()) == static_cast<ssize_t>(packet.size());
  }
  /// The next packet; empty when none comes within `limit`.
  Bytes receive(std::chrono::milliseconds limit = std::chrono::seconds(10)) const {
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(limit.count())) <= 0) return {};
    Bytes packet(4096);
    const ssize_t n = ::recv(fd_.get(), packet.data(), packet.size(), 0);
    packet.resize(n < 0 ? 0 : static_cast<size_t>(n));
    return packet;
  }
  /// Whether nothing is waiting now.
  bool idle() const { return receive(std::chrono::milliseconds(0)).empty(); }
  void close() { fd_.reset(); }

 private:
  Descriptor fd_;
  SocketAddress address_;
};

struct Phone {
  UdpSocket rtp, rtcp;
};

inline Codec codec(std::string name, uint8_t number, uint32_t rate = 8000) {
  return Codec{.name = std::move(name), .payload_type = number, .clock_rate = rate, .fmtp = {}};
}
inline MediaDescription description(std::vector<Codec> codecs) {
  MediaDescription media;
  media.codecs = std::move(codecs);
  return media;
}
/// PCMU, PCMA and telephone-event under their usual numbers.
inline MediaDescription usual() { return description(default_codecs()); }
inline void agree(MediaPort& port, const MediaDescription& both = usual()) { port.set_formats(both, both); }

/// A loopback address that no other test process has: its RTP ports are then its own, and packets that a test of another process still
/// sends at a port it has closed cannot land here. All of 127.0.0.0/8 is loopback, process ids have at most 22 bits.
inline std::string own_host() {
  const auto pid = static_cast<uint32_t>(::getpid());
  const auto part = [&](unsigned shift, unsigned mask) { return std::to_string((pid >> shift) & mask); };
  return "127." + std::to_string(128 + ((pid >> 16) & 63)) + "." + part(8, 255) + "." + part(0, 255);
}

class MediaFixture : public ::testing::Test {
 protected:
  explicit MediaFixture(unsigned threads = 1) {
    settings.address = *SocketAddress::from(own_host(), 0);
    settings.first_port = 10000;
    settings.last_port = 19999;
    settings.threads = threads;
    settings.reuse_delay = std::chrono::milliseconds(0);
    settings.tick = std::chrono::milliseconds(2);
  }

  void start() {
    auto opened = MediaThreads::open(settings, counting_loop, clock);
    ASSERT_TRUE(opened) << opened.error().message;
    engine = std::move(*opened);
  }

  std::unique_ptr<MediaPort> open(uint64_t affinity = 0) {
    auto port = engine->open(affinity);
    EXPECT_TRUE(port) << port.error().message;
    return port ? std::move(*port) : nullptr;
  }
  /// One that has agreed on the usual formats.
  std::unique_ptr<MediaPort> agreed() {
    auto port = open();
    agree(*port);
    return port;
  }

  /// Returns after the media thread has carried out every order given so far: orders keep their order, so a port that is seen to work is
  /// the proof.
  void barrier(uint64_t affinity = 0) {
    const UdpSocket probe;
    const auto port = open(affinity);
    port->set_remote(probe.address(), SocketAddress(), false);
    port->relay_to(nullptr);
    ASSERT_TRUE(eventually([&] {
      loop.advance(std::chrono::milliseconds(5));  // lets orders that found the mailbox full try again
      probe.send(rtp(0, 0), port->local_rtp());
      return port->counts().received_packets > 0;
    }));
  }

  /// Two ports that relay to each other, each facing a phone.
  struct Pair {
    std::unique_ptr<MediaPort> a, b;
  };
  Pair join(const Phone& a, const Phone& b, const MediaDescription& with_a = usual(), const MediaDescription& with_b = usual()) {
    Pair pair{open(), open()};
    pair.a->set_remote(a.rtp.address(), a.rtcp.address(), false);
    pair.b->set_remote(b.rtp.address(), b.rtcp.address(), false);
    agree(*pair.a, with_a);
    agree(*pair.b, with_b);
    pair.a->relay_to(pair.b.get());
    pair.b->relay_to(pair.a.get());
    barrier();
    return pair;
  }

  MediaSettings settings;
  FakeLoop loop;
  CountingLoop counting_loop{loop};
  SharedClock clock;
  std::unique_ptr<MediaThreads> engine;
};

}  // namespace tandem::test
