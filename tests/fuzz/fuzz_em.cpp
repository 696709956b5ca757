// Documents of the Extension Mobility API, as anybody may send them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "doors/em_document.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = tandem::parse_em_request(text);
  if (parsed.code != tandem::MobilityCode::done) return 0;
  const auto& request = parsed.request;
  const bool bounded =
      request.devices.size() <= tandem::kEmNames && request.users.size() <= tandem::kEmNames && !request.application.empty();
  if (!bounded) std::abort();
  return 0;
}
