// The torture messages of RFC 4475 and RFC 5118, written from their descriptions, and what a server must make of each. Their topmost Via
// names the test's socket by ";rport", so that the answer comes back; "@T@" stands for the transport.
#pragma once

#include <string>
#include <vector>

namespace tandem::test {

struct TortureMessage {
  const char* name;     ///< as the RFC calls it
  const char* section;  ///< where it stands there
  std::string bytes;
  int status;       ///< the answer; 0: none
  int over_stream;  ///< the same over TCP; -1: the connection may be closed, because nobody knows where the message ends
};

std::vector<TortureMessage> torture_messages();

}  // namespace tandem::test
