// What lamps are told: dialog-info (RFC 4235), PIDF with activities (RFC 3863, 4480), message summaries (RFC 3842). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "line_states.h"
#include "tandem/messages.h"

namespace tandem {

/// When a watcher is told who the other party of a call is.
enum class ShowParties : uint8_t { never, ringing, always };

inline constexpr const char* kDialogInfo = "application/dialog-info+xml";
inline constexpr const char* kPidf = "application/pidf+xml";
inline constexpr const char* kCpimPidf = "application/cpim-pidf+xml";
inline constexpr const char* kMessageSummary = "application/simple-message-summary";

/// `entity`: "sip:11002@192.0.2.1"; other parties are named at the same host. The full state, whatever was told before. Of a call that
/// rings the dialog's own name is told too, so that it can be picked up (RFC 3891); to a phone of the same person (`own`) also that of a
/// call which may be taken up from elsewhere.
std::string dialog_info(std::string_view entity, unsigned version, const std::vector<const Line*>& lines, ShowParties parties,
                        bool own = false);

std::string pidf(std::string_view entity, const std::vector<const Line*>& lines);

/// `account`: the address that the phone's message key dials; empty: none is said.
std::string message_summary(const MessageCounts& counts, std::string_view account);

/// `text` for inside an XML element or attribute; what no XML may hold is left out.
std::string xml_text(std::string_view text);

}  // namespace tandem
