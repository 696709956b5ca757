// CallGate: how a module says that no new calls should be taken now. Found at the Host; provided by the core. Switch thread.
#pragma once

#include <string>
#include <string_view>

#include "tandem/function.h"
#include "tandem/registration.h"

namespace tandem {

class CallGate {
 public:
  static constexpr std::string_view kInterface = "tandem.call_gate";
  virtual ~CallGate() = default;
  /// `why` is asked before each new call, so it must be cheap: a sentence refuses the call (503 at a SIP endpoint), empty lets it in.
  /// Emergency calls and those that are up already are not asked about.
  virtual Registration refuse_while(UniqueFunction<std::string()> why) = 0;
};

}  // namespace tandem
