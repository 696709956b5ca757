#include "host/event_bus.h"

namespace tandem {

Registration EventBus::subscribe_raw(std::string_view event, UniqueFunction<void(const void*)> handler) {
  const auto subscriber = std::make_shared<Subscriber>();
  subscriber->handler = std::move(handler);
  const std::string name(event);  // the view may point into a module that is gone when this is undone
  subscribers_[name].push_back(subscriber);
  return Registration([this, name, subscriber] {
    subscriber->gone = true;
    auto& all = subscribers_[name];
    std::erase(all, subscriber);
    if (all.empty()) subscribers_.erase(name);
  });
}

void EventBus::publish_raw(std::string_view event, const void* data) {
  const auto it = subscribers_.find(event);
  if (it == subscribers_.end()) return;
  const Subscribers told = it->second;
  for (const auto& subscriber : told) {
    if (!subscriber->gone) subscriber->handler(data);
  }
}

}  // namespace tandem
