// A trace as a sequence diagram: as text for a console, as SVG for a document. No state.
#pragma once

#include <string>
#include <vector>

#include "trace.h"

namespace tandem {

/// One line a message: "12:34:56.789 --> 127.0.0.1:5080 INVITE sip:...  call-id".
std::string trace_line(const TracedMessage& message);
/// Us, whoever spoke first on our left, everybody else on our right; seconds since the first message at the edge.
std::string ladder_text(const std::vector<const TracedMessage*>& messages);
/// The same as a picture that needs nothing else: fonts and colours are in it. A message's text shows when the pointer rests on its arrow.
std::string ladder_svg(const std::vector<const TracedMessage*>& messages, const std::string& title);

}  // namespace tandem
