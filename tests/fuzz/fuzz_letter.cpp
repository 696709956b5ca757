// Mail about messages whose callers call themselves anything, and moments as anybody may ask for them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "history_door.h"
#include "letter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t half = size / 2;
  tandem::Message message;
  message.number = text.substr(0, half);
  message.name = text.substr(half);
  const tandem::User user{"jane.white", "Jane White", "11002", "national", ""};
  const auto letter = tandem::compose({}, message, user, "x.wav");
  for (const auto& header : letter.headers) {
    // One line each, and of ASCII alone.
    if (header.size() > 1000 || header.find_first_of("\r\n") != std::string::npos) std::abort();
    for (const unsigned char c : header) {
      if (c >= 128) std::abort();
    }
  }
  (void)tandem::utc_moment(text);
  return 0;
}
