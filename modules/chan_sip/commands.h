// The console's `sip ...` verbs about registrations, settings and traces. Switch thread.
#pragma once

#include <vector>

#include "registrar.h"
#include "settings.h"
#include "trace.h"

namespace tandem {

/// What the verbs show; everything outlives the Registrations.
struct SipCommands {
  Console& console;
  Loop& loop;
  Directory& directory;
  Stack& stack;
  Registrar& registrar;
  Trace& trace;
  const SipSettings& settings;  ///< those in force: re-read at every command
};

/// sip show peers, registrations, settings, ladder; sip debug on, off. exists when one of them is taken.
Result<std::vector<Registration>> add_sip_commands(SipCommands what);

}  // namespace tandem
