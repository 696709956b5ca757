// MailCarrier: takes a letter to the server. Switch thread; the work is done elsewhere.
#pragma once

#include "letter.h"
#include "settings.h"
#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

class MailCarrier {
 public:
  virtual ~MailCarrier() = default;
  /// One at a time. `done` runs later, on the switch thread, once at most. forbidden: the server will never take it; any other error: not
  /// now.
  virtual void carry(const MailSettings& settings, Letter letter, UniqueFunction<void(Result<void>)> done) = 0;
};

}  // namespace tandem
