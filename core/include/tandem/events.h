// Events: facts that have happened, told on the switch thread to whoever subscribed. A module never needs another module's header.
#pragma once

#include <string_view>

#include "tandem/function.h"
#include "tandem/registration.h"

namespace tandem {

/// An event is a struct with `static constexpr std::string_view kEvent = "call.ended";`. Names are past tense and unique.
class Events {
 public:
  virtual ~Events() = default;

  /// Switch thread. Handlers run in order of subscription, inside publish(); they must not throw.
  template <class E>
  Registration subscribe(UniqueFunction<void(const E&)> handler) {
    return subscribe_raw(E::kEvent, [h = std::move(handler)](const void* e) mutable { h(*static_cast<const E*>(e)); });
  }
  template <class E>
  void publish(const E& event) {
    publish_raw(E::kEvent, &event);
  }

 protected:
  virtual Registration subscribe_raw(std::string_view event, UniqueFunction<void(const void*)> handler) = 0;
  virtual void publish_raw(std::string_view event, const void* data) = 0;
};

}  // namespace tandem
