// Recordings: what the dialplan records, told to whoever keeps it, also when the caller has hung up in the middle. Switch thread.
#pragma once

#include <string>
#include <string_view>

#include "tandem/media.h"

namespace tandem {

/// Where recordings are: NAME is the file folder()/NAME.wav. A sound "recording:NAME" plays it. Found at the Host; provided by the core.
class Recordings {
 public:
  static constexpr std::string_view kInterface = "tandem.recordings";
  virtual ~Recordings() = default;
  virtual const std::string& folder() const = 0;  ///< absolute
};

/// call:record has begun to write a file; RecordingEnded follows, whatever becomes of the call.
struct RecordingBegan {
  static constexpr std::string_view kEvent = "recording.began";
  std::string_view call;  ///< "C-00a1f3c2b8"
  std::string_view name;
};
/// The file is whole.
struct RecordingEnded {
  static constexpr std::string_view kEvent = "recording.ended";
  std::string_view call;  ///< may have ended long ago
  std::string_view name;
  const Result<RecordingEnd>& result;
};

}  // namespace tandem
