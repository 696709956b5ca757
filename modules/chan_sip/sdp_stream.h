// The lines that belong to one stream. Pure functions; any thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "tandem/media.h"

namespace tandem::sdp {

/// An m-line and the lines up to the next one.
struct Section {
  std::string_view type, port, protocol, formats;
  std::string_view lines;
};

/// What an m-line's protocol says of the stream; empty: nothing that we speak.
struct Profile {
  RtpProfile profile = RtpProfile::plain;
  bool feedback = false;
};
std::optional<Profile> profile_of(std::string_view protocol);

/// What a section's lines say of its place among the others, without a look at the rest.
struct Marks {
  std::string_view mid;
  bool bundle_only = false;
};
Marks marks_of(std::string_view lines);
/// The value of the session's first a=group:BUNDLE; empty: it has none.
std::string_view bundle_of(std::string_view session);

/// All of it. `stream`: of the kind wanted. unsupported: nothing in it that we could use; invalid: it makes no sense.
Result<void> read_stream(std::string_view session, const Section& media, MediaStream& stream);

}  // namespace tandem::sdp
