// WebSocket frames in pieces: whatever comes, it is bounded, and cut in another way it says the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "edge/websocket.h"
#include "edge/websocket_opening.h"

namespace {

constexpr size_t kLimit = 512;

std::string told(std::string_view octets, size_t piece) {
  tandem::WebSocketReader reader(kLimit);
  std::string all;
  for (size_t at = 0; at < octets.size(); at += piece) {
    reader.feed(octets.substr(at, piece));
    std::string_view payload;
    for (auto next = reader.next(payload); next != tandem::WebSocketReader::Next::more; next = reader.next(payload)) {
      if (next == tandem::WebSocketReader::Next::broken) return all + "!" + std::string(reader.why());
      if (payload.size() > kLimit) std::abort();
      all += std::to_string(static_cast<int>(next)) + ":" + std::string(payload) + "\n";
      if (next == tandem::WebSocketReader::Next::close) return all;
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  if (told(octets, 1) != told(octets, octets.size() + 1)) std::abort();
  (void)tandem::answer_opening(octets, {});
  return 0;
}
