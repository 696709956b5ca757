// What Sofia-SIP gets instead of the C library's printf, getaddrinfo and inet_ntop where it is linked as an archive
// (cmake/Libraries.cmake): a call asks fifty times for a few words and numbers in a row, the C library goes through a stream for each. Any
// thread.
#pragma once

#include <netdb.h>
#include <netinet/in.h>

#include <cstdarg>
#include <cstddef>

namespace tandem {

/// As vsnprintf: the same octets, the same length. What it does not know (floats, signs, widths of text) the C library writes.
int format_plain(char* to, size_t room, const char* format, va_list values);

/// "192.0.2.1" of an address; 16 octets always suffice.
const char* dotted(const in_addr& address, char (&to)[16]);

/// The answer to getaddrinfo for a numeric IPv4 address and port and one type of socket; null: ask the C library. free() takes it back.
addrinfo* numeric_answer(const char* node, const char* service, const addrinfo* hints);
bool is_numeric_answer(const addrinfo& info);

}  // namespace tandem
