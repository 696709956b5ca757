#include "support/tone.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>
#include <stdexcept>

namespace tandem::test {
namespace {

constexpr int kRate = 8000;
constexpr size_t kFrame = 160;  // 20 ms
constexpr double kLoudness = 8000;

int bind_loopback(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const auto address = SocketAddress::from("127.0.0.1", port);
  if (fd < 0 || !address || ::bind(fd, address->sa(), address->length()) != 0) {
    if (fd >= 0) ::close(fd);
    return -1;
  }
  return fd;
}

uint16_t bound_port(int fd) {
  sockaddr_in name{};
  socklen_t length = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) return 0;
  return ntohs(name.sin_port);
}

uint32_t big_endian(const uint8_t* at, int bytes) {
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

void put_big_endian(std::vector<uint8_t>& out, uint32_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint32_t little_endian(std::span<const char> data, size_t at, int bytes) {
  uint32_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(data[at + static_cast<size_t>(i)]);
  return value;
}

uint8_t compress_mu(int16_t sample) {
  const int sign = sample < 0 ? 0x80 : 0;
  const int magnitude = std::min(std::abs(static_cast<int>(sample)), 32635) + 132;
  int exponent = 7;
  while (exponent > 0 && (magnitude & (0x80 << exponent)) == 0) --exponent;
  const int mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return static_cast<uint8_t>(~(sign | exponent << 4 | mantissa));
}

int16_t expand_mu(uint8_t code) {
  const int bits = ~code & 0xff;
  const int exponent = (bits >> 4) & 7;
  const int magnitude = (((bits & 0x0f) << 3 | 0x84) << exponent) - 132;
  return static_cast<int16_t>((bits & 0x80) != 0 ? -magnitude : magnitude);
}

uint8_t compress_a(int16_t sample) {
  const int sign = sample >= 0 ? 0x80 : 0;
  const int magnitude = std::min(std::abs(static_cast<int>(sample)), 32635) >> 3;  // 12 bits
  int code = magnitude >> 1;
  for (int exponent = 1; exponent <= 7 && magnitude >= 0x20; ++exponent) {
    if (magnitude < 0x20 << exponent || exponent == 7) {
      code = exponent << 4 | ((magnitude >> exponent) & 0x0f);
      break;
    }
  }
  return static_cast<uint8_t>((sign | code) ^ 0x55);
}

int16_t expand_a(uint8_t code) {
  const int bits = code ^ 0x55;
  const int exponent = (bits >> 4) & 7;
  int magnitude = (bits & 0x0f) << 4 | 8;
  if (exponent > 0) magnitude = (magnitude | 0x100) << (exponent - 1);
  return static_cast<int16_t>((bits & 0x80) != 0 ? magnitude : -magnitude);
}

}  // namespace

uint8_t compress(Law law, int16_t sample) { return law == Law::mu ? compress_mu(sample) : compress_a(sample); }
int16_t expand(Law law, uint8_t code) { return law == Law::mu ? expand_mu(code) : expand_a(code); }

double amplitude_at(std::span<const int16_t> samples, int rate, double hertz) {
  if (samples.empty()) return 0;
  const double coefficient = 2 * std::cos(2 * std::numbers::pi * hertz / rate);
  double before = 0, previous = 0;
  for (const int16_t sample : samples) {
    const double now = sample + coefficient * previous - before;
    before = previous;
    previous = now;
  }
  const double power = previous * previous + before * before - coefficient * previous * before;
  return 2 * std::sqrt(std::max(power, 0.0)) / static_cast<double>(samples.size());
}

Measured measure(std::span<const int16_t> samples, int rate) {
  Measured best;
  for (double hertz = 100; hertz <= 3400; hertz += 10) {
    const double amplitude = amplitude_at(samples, rate, hertz);
    if (amplitude > best.amplitude) best = {hertz, amplitude, 0};
  }
  double energy = 0;
  for (const int16_t sample : samples) energy += static_cast<double>(sample) * sample;
  if (energy > 0) best.purity = best.amplitude * best.amplitude / 2 * static_cast<double>(samples.size()) / energy;
  return best;
}

std::optional<Wave> read_wave(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> data{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (data.size() < 44 || std::memcmp(data.data(), "RIFF", 4) != 0 || std::memcmp(&data[8], "WAVE", 4) != 0) return std::nullopt;
  Wave wave;
  size_t channels = 1;  // the first one is read
  for (size_t at = 12; at + 8 <= data.size();) {
    const size_t length = little_endian(data, at + 4, 4);
    const size_t body = at + 8;
    if (std::memcmp(&data[at], "fmt ", 4) == 0 && body + 16 <= data.size()) {
      channels = little_endian(data, body + 2, 2);
      const bool pcm16 = little_endian(data, body, 2) == 1 && channels != 0 && little_endian(data, body + 14, 2) == 16;
      if (!pcm16) return std::nullopt;
      wave.rate = static_cast<int>(little_endian(data, body + 4, 4));
    }
    if (std::memcmp(&data[at], "data", 4) == 0) {
      const size_t end = std::min(data.size(), body + length);
      for (size_t i = body; i + 1 < end; i += 2 * channels) wave.samples.push_back(static_cast<int16_t>(little_endian(data, i, 2)));
      break;
    }
    at = body + length + length % 2;
  }
  if (wave.rate == 0) return std::nullopt;
  return wave;
}

RtpEnd::RtpEnd() {
  static std::atomic<uint32_t> next_ssrc{0x51000000u + static_cast<uint32_t>(::getpid())};
  ssrc_ = next_ssrc += 7919;
  for (int attempt = 0; attempt < 200; ++attempt) {
    rtp_ = bind_loopback(0);
    if (rtp_ < 0) continue;
    port_ = bound_port(rtp_);
    rtcp_ = port_ % 2 == 0 ? bind_loopback(static_cast<uint16_t>(port_ + 1)) : -1;
    if (rtcp_ >= 0) return;
    ::close(rtp_);
  }
  throw std::runtime_error("no free pair of UDP ports on 127.0.0.1");
}

RtpEnd::~RtpEnd() {
  ::close(rtp_);
  ::close(rtcp_);
}

void RtpEnd::send_packet(uint8_t type, bool marker, uint32_t timestamp, std::span<const uint8_t> payload) {
  std::vector<uint8_t> packet{0x80, static_cast<uint8_t>(type | (marker ? 0x80 : 0))};
  put_big_endian(packet, sequence_++, 2);
  put_big_endian(packet, timestamp, 4);
  put_big_endian(packet, ssrc_, 4);
  packet.insert(packet.end(), payload.begin(), payload.end());
  if (seal && !seal(packet)) return;
  send_raw(packet);
}

void RtpEnd::send_raw(std::span<const uint8_t> bytes, bool rtcp) {
  SocketAddress to = remote;
  if (to.empty()) return;
  if (rtcp) to.set_port(static_cast<uint16_t>(to.port() + 1));
  (void)!::sendto(rtcp ? rtcp_ : rtp_, bytes.data(), bytes.size(), 0, to.sa(), to.length());
}

void RtpEnd::send_frame() {
  if (tone <= 0) return;
  std::vector<uint8_t> payload;
  for (size_t i = 0; i < kFrame; ++i) {
    payload.push_back(compress(law, static_cast<int16_t>(kLoudness * std::sin(phase_))));
    phase_ = std::fmod(phase_ + 2 * std::numbers::pi * tone / kRate, 2 * std::numbers::pi);
  }
  send_packet(payload_type, sequence_ == 1000, timestamp_, payload);
  timestamp_ += kFrame;
}

void RtpEnd::send_event(uint8_t event_payload_type, uint8_t digit, uint16_t duration, bool end) {
  std::vector<uint8_t> payload{digit, static_cast<uint8_t>((end ? 0x80 : 0) | 10)};
  put_big_endian(payload, duration, 2);
  send_packet(event_payload_type, duration == kFrame, timestamp_, payload);
}

void RtpEnd::receive() {
  uint8_t buffer[2048];
  for (;;) {
    sockaddr_in source{};
    socklen_t length = sizeof source;
    ssize_t n = ::recvfrom(rtp_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&source), &length);
    if (n < 0) break;
    if (unseal) {
      std::vector<uint8_t> opened(buffer, buffer + n);
      if (!unseal(opened)) continue;
      std::copy(opened.begin(), opened.end(), buffer);
      n = static_cast<ssize_t>(opened.size());
    }
    last_source_ = SocketAddress(reinterpret_cast<sockaddr*>(&source), length);
    if (n < 12) continue;
    RtpPacket packet{static_cast<uint8_t>(buffer[1] & 0x7f),
                     (buffer[1] & 0x80) != 0,
                     static_cast<uint16_t>(big_endian(buffer + 2, 2)),
                     big_endian(buffer + 4, 4),
                     big_endian(buffer + 8, 4),
                     {buffer + 12, buffer + n}};
    if (packet.payload_type == 0 || packet.payload_type == 8) {
      const Law of = packet.payload_type == 0 ? Law::mu : Law::a;
      for (const uint8_t code : packet.payload) heard_.push_back(expand(of, code));
    }
    packets_.push_back(std::move(packet));
  }
  while (::recv(rtcp_, buffer, sizeof buffer, 0) >= 0) ++rtcp_packets_;
}

void RtpEnd::forget() {
  receive();
  heard_.clear();
  packets_.clear();
  rtcp_packets_ = 0;
}

void talk(std::initializer_list<RtpEnd*> ends, std::chrono::milliseconds how_long) {
  using Time = std::chrono::steady_clock;
  const auto finish = Time::now() + how_long;
  for (auto next = Time::now(); next < finish;) {
    for (RtpEnd* end : ends) end->send_frame();
    next += std::chrono::milliseconds(20);
    for (auto now = Time::now(); now < next; now = Time::now()) {
      std::vector<pollfd> polled;
      for (const RtpEnd* end : ends) polled.push_back({end->rtp_, POLLIN, 0});
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now);
      (void)::poll(polled.data(), polled.size(), static_cast<int>(left.count()));
      for (RtpEnd* end : ends) end->receive();
    }
  }
}

}  // namespace tandem::test
