// Where the linker's --wrap sends Sofia-SIP's calls (as Debian compiles it, so with the checking forms of printf). Linked only where it is
// asked for.
#include <cstdlib>
#include <cstring>

#include "sofia_libc.h"

// The linker makes these names.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

int __real_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result);
void __real_freeaddrinfo(addrinfo* info);
const char* __real_inet_ntop(int family, const void* address, char* to, socklen_t size);

int __wrap___vsnprintf_chk(char* to, size_t room, int /*flag*/, size_t size, const char* format, va_list values) {
  if (size < room) std::abort();
  return tandem::format_plain(to, room, format, values);
}

int __wrap___snprintf_chk(char* to, size_t room, int /*flag*/, size_t size, const char* format, ...) {
  if (size < room) std::abort();
  va_list values;
  va_start(values, format);
  const int length = tandem::format_plain(to, room, format, values);
  va_end(values);
  return length;
}

// Where the compiler does not know the size it says SIZE_MAX.
int __wrap___sprintf_chk(char* to, int /*flag*/, size_t size, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const int length = tandem::format_plain(to, size, format, values);
  va_end(values);
  if (length >= 0 && static_cast<size_t>(length) >= size) std::abort();
  return length;
}

const char* __wrap_inet_ntop(int family, const void* address, char* to, socklen_t size) {
  char text[INET_ADDRSTRLEN];
  if (family != AF_INET || size < sizeof text) return __real_inet_ntop(family, address, to, size);
  in_addr v4{};
  std::memcpy(&v4, address, sizeof v4);
  return std::strcpy(to, tandem::dotted(v4, text));
}

int __wrap_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  addrinfo* const answer = tandem::numeric_answer(node, service, hints);
  if (answer == nullptr) return __real_getaddrinfo(node, service, hints, result);
  *result = answer;
  return 0;
}

void __wrap_freeaddrinfo(addrinfo* info) {
  if (info == nullptr || !tandem::is_numeric_answer(*info)) return __real_freeaddrinfo(info);
  std::free(info);
}
}
// NOLINTEND(bugprone-reserved-identifier)
