#include "dns_answer.h"

#include <ares.h>

#include <cstring>
#include <memory>
#include <optional>

namespace tandem {
namespace {

constexpr size_t kHeader = 12, kMostRecords = 256;

/// Reads forward and stops for good at the first octet that is not there.
class Reader {
 public:
  Reader(const unsigned char* bytes, size_t length) : bytes_(bytes), length_(length) {}
  bool sound() const { return sound_; }
  size_t at() const { return at_; }
  void jump(size_t to) {
    at_ = to;
    sound_ = sound_ && to <= length_;
  }
  uint16_t two() {
    if (!has(2)) return 0;
    const auto value = static_cast<uint16_t>(bytes_[at_] << 8 | bytes_[at_ + 1]);
    at_ += 2;
    return value;
  }
  uint32_t four() {
    const uint32_t high = two();
    return high << 16 | two();
  }
  const unsigned char* raw(size_t count) {
    if (!has(count)) return nullptr;
    const unsigned char* const here = bytes_ + at_;
    at_ += count;
    return here;
  }
  std::string text() {  // a character-string of RFC 1035
    const unsigned char* const size = raw(1);
    const unsigned char* const here = size != nullptr ? raw(*size) : nullptr;
    return here != nullptr ? std::string(reinterpret_cast<const char*>(here), *size) : std::string();
  }
  std::string name() {
    char* expanded = nullptr;
    long encoded = 0;
    const bool good =
        sound_ && at_ < length_ && ares_expand_name(bytes_ + at_, bytes_, static_cast<int>(length_), &expanded, &encoded) == ARES_SUCCESS;
    if (!good) {
      sound_ = false;
      return {};
    }
    std::string value(expanded);
    ares_free_string(expanded);
    at_ += static_cast<size_t>(encoded);
    return value;
  }

 private:
  bool has(size_t count) {
    sound_ = sound_ && length_ - at_ >= count;
    return sound_;
  }
  const unsigned char* bytes_;
  size_t length_, at_ = 0;
  bool sound_ = true;
};

void read_address(Reader& reader, DnsRecord& record) {
  if (record.type == DnsType::a) {
    sockaddr_in v4 = {};
    v4.sin_family = AF_INET;
    if (const auto* octets = reader.raw(4)) std::memcpy(&v4.sin_addr, octets, 4);
    record.address = SocketAddress(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  } else {
    sockaddr_in6 v6 = {};
    v6.sin6_family = AF_INET6;
    if (const auto* octets = reader.raw(16)) std::memcpy(&v6.sin6_addr, octets, 16);
    record.address = SocketAddress(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
}

void read_data(Reader& reader, DnsRecord& record) {
  switch (record.type) {
    case DnsType::a:
    case DnsType::aaaa:
      return read_address(reader, record);
    case DnsType::srv:
      record.priority = reader.two();
      record.weight = reader.two();
      record.port = reader.two();
      record.target = reader.name();
      return;
    case DnsType::naptr:
      record.priority = reader.two();
      record.weight = reader.two();
      record.flags = reader.text();
      record.service = reader.text();
      (void)reader.text();  // a regular expression, which RFC 3263 does not use
      record.target = reader.name();
      return;
  }
}

}  // namespace

Result<std::vector<DnsRecord>> read_dns_answer(const unsigned char* bytes, size_t length, DnsType wanted) {
  const Error broken{ErrorCode::invalid, "the name server's answer cannot be read"};
  if (length < kHeader || length > 65'535) return broken;
  Reader reader(bytes, length);
  reader.jump(4);
  const unsigned questions = reader.two(), answers = reader.two();
  reader.jump(kHeader);
  if (questions > 4 || answers > kMostRecords) return broken;
  for (unsigned i = 0; i < questions && reader.sound(); ++i) {
    (void)reader.name();
    reader.jump(reader.at() + 4);
  }
  std::vector<DnsRecord> records;
  for (unsigned i = 0; i < answers && reader.sound(); ++i) {
    (void)reader.name();
    DnsRecord record;
    const uint16_t type = reader.two(), net = reader.two();
    record.ttl = reader.four();
    const uint16_t size = reader.two();
    const size_t end = reader.at() + size;
    if (reader.sound() && type == static_cast<uint16_t>(wanted) && net == 1) {
      record.type = wanted;
      read_data(reader, record);
      if (reader.at() > end) return broken;
      if (reader.sound()) records.push_back(std::move(record));
    }
    reader.jump(end);
  }
  if (!reader.sound()) return broken;
  return records;
}

}  // namespace tandem
