#include "base/hep.h"

#include <netinet/in.h>

#include <cstring>

namespace tandem {
namespace {

/// The chunks of vendor 0 that we write, by their numbers.
enum Chunk : uint16_t {
  family = 1,
  protocol = 2,
  source_v4 = 3,
  destination_v4 = 4,
  source_v6 = 5,
  destination_v6 = 6,
  source_port = 7,
  destination_port = 8,
  seconds = 9,
  microseconds = 10,
  kind = 11,
  agent = 12,
  key = 14,
  payload = 15,
  correlation = 17,
};

constexpr uint8_t kFamilyV4 = 2, kFamilyV6 = 10;
constexpr size_t kHead = 6;
constexpr size_t kMostCorrelation = 256;

class Writer {
 public:
  void octets(std::string_view text) { packet_ += text; }
  template <class T>
  void number(T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) packet_ += static_cast<char>(value >> shift & 0xff);
  }
  void chunk(Chunk type, std::string_view content) {
    number(uint16_t{0});  // vendor: none
    number(static_cast<uint16_t>(type));
    number(static_cast<uint16_t>(content.size() + kHead));
    octets(content);
  }
  template <class T>
  void chunk_number(Chunk type, T value) {
    number(uint16_t{0});
    number(static_cast<uint16_t>(type));
    number(static_cast<uint16_t>(sizeof(T) + kHead));
    number(value);
  }
  /// Writes the length of all that is there.
  std::string take() {
    packet_[4] = static_cast<char>(packet_.size() >> 8 & 0xff);
    packet_[5] = static_cast<char>(packet_.size() & 0xff);
    return std::move(packet_);
  }

 private:
  std::string packet_;
};

bool is_v4(const SocketAddress& address) { return address.family() == AF_INET; }

/// The address in network order; one of the other family as an IPv6 address that maps it.
std::string raw_address(const SocketAddress& address, bool v4) {
  if (v4) {
    sockaddr_in in{};
    if (is_v4(address)) std::memcpy(&in, address.sa(), sizeof in);
    return {reinterpret_cast<const char*>(&in.sin_addr), sizeof in.sin_addr};
  }
  sockaddr_in6 in6{};
  if (is_v4(address)) {
    const auto inner = raw_address(address, true);
    in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(&in6.sin6_addr.s6_addr[12], inner.data(), inner.size());
  } else if (address.family() == AF_INET6) {
    std::memcpy(&in6, address.sa(), sizeof in6);
  }
  return {reinterpret_cast<const char*>(&in6.sin6_addr), sizeof in6.sin6_addr};
}

}  // namespace

std::string hep_packet(const CapturedMessage& message, const HepIdentity& identity) {
  const bool v4 = is_v4(message.from) && is_v4(message.to);
  const auto since = message.when.time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  Writer packet;
  packet.octets(std::string_view("HEP3\0\0", 6));
  packet.chunk_number(family, v4 ? kFamilyV4 : kFamilyV6);
  packet.chunk_number(protocol, static_cast<uint8_t>(message.stream ? IPPROTO_TCP : IPPROTO_UDP));
  packet.chunk(v4 ? source_v4 : source_v6, raw_address(message.from, v4));
  packet.chunk(v4 ? destination_v4 : destination_v6, raw_address(message.to, v4));
  packet.chunk_number(source_port, message.from.port());
  packet.chunk_number(destination_port, message.to.port());
  packet.chunk_number(seconds, static_cast<uint32_t>(whole.count()));
  packet.chunk_number(microseconds, static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(since - whole).count()));
  packet.chunk_number(kind, static_cast<uint8_t>(message.kind));
  packet.chunk_number(agent, identity.capture_id);
  if (!identity.password.empty()) packet.chunk(key, identity.password);
  if (!message.correlation.empty()) packet.chunk(correlation, message.correlation.substr(0, kMostCorrelation));
  packet.chunk(payload, message.payload.substr(0, kMostHepPayload));
  return packet.take();
}

}  // namespace tandem
