// EventBus: who wants to be told what. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tandem/events.h"

namespace tandem {

/// A handler may subscribe and unsubscribe, itself too, while it is being told: it takes effect with the next event.
class EventBus final : public Events {
 private:
  struct Subscriber {
    UniqueFunction<void(const void*)> handler;
    bool gone = false;
  };
  using Subscribers = std::vector<std::shared_ptr<Subscriber>>;

  Registration subscribe_raw(std::string_view event, UniqueFunction<void(const void*)> handler) override;
  void publish_raw(std::string_view event, const void* data) override;

  std::map<std::string, Subscribers, std::less<>> subscribers_;
};

}  // namespace tandem
