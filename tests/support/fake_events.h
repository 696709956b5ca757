// FakeEvents: an event bus without a host; it also keeps the names of what was published.
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <vector>

#include "tandem/events.h"

namespace tandem::test {

class FakeEvents final : public Events {
 public:
  std::vector<std::string> published_;

 private:
  struct Subscriber {
    std::string event;
    UniqueFunction<void(const void*)> handler;
  };

  Registration subscribe_raw(std::string_view event, UniqueFunction<void(const void*)> handler) override {
    const auto it = subscribers_.insert(subscribers_.end(), {std::string(event), std::move(handler)});
    return Registration([this, it] { subscribers_.erase(it); });
  }
  void publish_raw(std::string_view event, const void* data) override {
    published_.emplace_back(event);
    for (auto& subscriber : subscribers_) {
      if (subscriber.event == event) subscriber.handler(data);
    }
  }

  std::list<Subscriber> subscribers_;
};

}  // namespace tandem::test
