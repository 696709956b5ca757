// Doors: TLS, WS and WSS as sip.ini has them, opened at the edge in front of our stack. Switch thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "settings.h"
#include "stack.h"
#include "tandem/edge.h"

namespace tandem {

class Doors {
 public:
  struct Door {
    std::string section;
    EdgeListenerSettings settings;
    std::unique_ptr<EdgeListener> listener;
  };

  /// Opens what `settings` says. io: a port is taken; invalid: a certificate is no good.
  static Result<Doors> open(Edge* edge, const SipSettings& settings, Stack& stack);

  /// Reads certificates and limits of `next` anew. The task takes them in force; what has to wait for the next start is added to
  /// `at_start`.
  Result<Task> prepare(const SipSettings& next, std::vector<std::string>& at_start);
  const std::vector<Door>& all() const { return doors_; }

 private:
  std::vector<Door> doors_;
};

/// For `check`: are certificates and ciphers usable?
Result<void> check_doors(const SipSettings& settings);

}  // namespace tandem
