#include "sofia_libc.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tandem {
namespace {

/// Counts all, keeps what fits.
struct Sink {
  char* to;
  size_t room;  ///< without the end
  size_t length = 0;

  void put(const char* text, size_t count) {
    if (length < room) std::memcpy(to + length, text, std::min(count, room - length));
    length += count;
  }
  void fill(char c, size_t count) {
    for (; count > 0; --count) put(&c, 1);
  }
};

/// A va_list that functions can hand on, whatever type it is on this machine.
struct Values {
  va_list list;
};

/// One conversion of a format: what stands between % and its letter.
struct Conversion {
  bool zeros = false;
  int width = 0, precision = -1;
  int longs = 0;  ///< l, ll; z and t are as long as l here
  char letter = '\0';
};

int number(const char*& at) {
  int value = 0;
  for (; *at >= '0' && *at <= '9' && value < 1000; ++at) value = 10 * value + (*at - '0');
  return value;
}

const char* read(const char* at, Conversion& one, Values& values) {
  if (*at == '0') one.zeros = true, ++at;
  one.width = number(at);
  if (*at == '.') {
    ++at;
    if (*at == '*') {
      one.precision = va_arg(values.list, int);
      ++at;
    } else {
      one.precision = number(at);
    }
  }
  for (; *at == 'l' || *at == 'z' || *at == 't'; ++at) ++one.longs;
  one.letter = *at;
  return at + 1;
}

void put_number(Sink& sink, const Conversion& one, uint64_t value, bool negative) {
  char digits[24];
  char* const begin = digits + 1;
  char* end = std::to_chars(begin, digits + sizeof digits, value, one.letter == 'x' ? 16 : 10).ptr;
  const char* first = begin;
  if (negative) *(digits) = '-', first = digits;
  const auto count = static_cast<size_t>(end - first);
  const size_t pad = std::max(static_cast<size_t>(one.width), count) - count;
  if (one.zeros && negative) sink.put(first++, 1);
  sink.fill(one.zeros ? '0' : ' ', pad);
  sink.put(first, static_cast<size_t>(end - first));
}

/// False: not one of ours.
bool put(Sink& sink, const Conversion& one, Values& values) {
  switch (one.letter) {
    case '%':
      if (one.width > 0 || one.precision >= 0) return false;
      sink.put("%", 1);
      return true;
    case 'c': {
      if (one.width > 0) return false;
      const char c = static_cast<char>(va_arg(values.list, int));
      sink.put(&c, 1);
      return true;
    }
    case 's': {
      if (one.width > 0 || one.longs > 0) return false;
      const char* const text = va_arg(values.list, const char*);
      if (text == nullptr) return false;
      sink.put(text, one.precision < 0 ? std::strlen(text) : strnlen(text, static_cast<size_t>(one.precision)));
      return true;
    }
    case 'u':
    case 'x':
      if (one.precision >= 0) return false;
      put_number(sink, one, one.longs > 0 ? va_arg(values.list, unsigned long) : va_arg(values.list, unsigned), false);
      return true;
    case 'd':
    case 'i': {
      if (one.precision >= 0) return false;
      const long value = one.longs > 0 ? va_arg(values.list, long) : va_arg(values.list, int);
      put_number(sink, one, value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), value < 0);
      return true;
    }
    default:
      return false;
  }
}

/// In one piece, as the C library makes its own.
struct Answer {
  addrinfo info;
  sockaddr_in address;
};

}  // namespace

int format_plain(char* to, size_t room, const char* format, va_list values) {
  Values mine;
  va_copy(mine.list, values);
  Sink sink{to, room > 0 ? room - 1 : 0};
  bool known = true;
  for (const char* at = format; *at != '\0' && known;) {
    const char* const percent = strchrnul(at, '%');
    sink.put(at, static_cast<size_t>(percent - at));
    at = percent;
    if (*at == '\0') break;
    if (at[1] == 's') {  // most are
      at += 2;
      const char* const text = va_arg(mine.list, const char*);
      known = text != nullptr;
      if (known) sink.put(text, std::strlen(text));
      continue;
    }
    Conversion one;
    at = read(at + 1, one, mine);
    known = put(sink, one, mine);
  }
  va_end(mine.list);
  if (!known) return std::vsnprintf(to, std::min<size_t>(room, INT_MAX), format, values);
  if (room > 0) to[std::min(sink.length, room - 1)] = '\0';
  return static_cast<int>(sink.length);
}

const char* dotted(const in_addr& address, char (&to)[16]) {
  unsigned char octets[4];
  std::memcpy(octets, &address, sizeof octets);
  char* at = to;
  for (const unsigned char octet : octets) {
    if (at != to) *at++ = '.';
    at = std::to_chars(at, to + sizeof to - 1, octet).ptr;
  }
  *at = '\0';
  return to;
}

addrinfo* numeric_answer(const char* node, const char* service, const addrinfo* hints) {
  constexpr int kHarmless = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  if (node == nullptr || hints == nullptr || hints->ai_socktype == 0 || (hints->ai_flags & ~kHarmless) != 0) return nullptr;
  if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET) return nullptr;
  const bool udp = hints->ai_socktype == SOCK_DGRAM;
  const int protocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
  if ((!udp && hints->ai_socktype != SOCK_STREAM) || (hints->ai_protocol != 0 && hints->ai_protocol != protocol)) return nullptr;
  uint16_t port = 0;
  if (service != nullptr) {
    const char* const end = service + std::strlen(service);
    const auto [stop, error] = std::from_chars(service, end, port);
    if (error != std::errc() || stop != end || stop == service) return nullptr;
  }
  in_addr address{};
  if (inet_pton(AF_INET, node, &address) != 1) return nullptr;
  auto* const answer = static_cast<Answer*>(std::calloc(1, sizeof(Answer)));
  if (answer == nullptr) return nullptr;
  answer->address.sin_family = AF_INET;
  answer->address.sin_port = htons(port);
  answer->address.sin_addr = address;
  answer->info.ai_flags = hints->ai_flags;
  answer->info.ai_family = AF_INET;
  answer->info.ai_socktype = hints->ai_socktype;
  answer->info.ai_protocol = protocol;
  answer->info.ai_addrlen = sizeof(sockaddr_in);
  answer->info.ai_addr = reinterpret_cast<sockaddr*>(&answer->address);
  return &answer->info;
}

bool is_numeric_answer(const addrinfo& info) {
  return info.ai_next == nullptr && info.ai_canonname == nullptr && info.ai_family == AF_INET &&
         reinterpret_cast<const char*>(info.ai_addr) == reinterpret_cast<const char*>(&info) + offsetof(Answer, address);
}

}  // namespace tandem
