#include "lua/script_events.h"

#include <fmt/format.h>

#include <utility>

#include "lua/environment.h"
#include "lua/event_values.h"
#include "lua/lua_value.h"
#include "lua/runtime.h"
#include "tandem/log.h"
#include "tandem/loop.h"
#include "tandem/named_event.h"
#include "tandem/records.h"
#include "tandem/sessions.h"

namespace tandem {

namespace {

constexpr Log kLog{"dialplan"};

Value data_of(const CallStarted& event) { return call_value(event.record); }
Value data_of(const CallEnded& event) { return call_value(event.record); }
Value data_of(const SessionBegan& event) { return session_value(event.session); }
Value data_of(const SessionEnded& event) {
  Value data = session_value(event.session);
  data["why"] = event.why, data["by_hand"] = event.by_hand;
  return data;
}
Value data_of(const DeviceProfileChanged& event) {
  return {
      {"device", event.device}, {"profile", event.profile}, {"user", event.user}, {"previous", event.previous}, {"version", event.version}};
}

}  // namespace

ScriptEvents::ScriptEvents(Runtime& runtime) : runtime_(runtime) {
  if (runtime_.services().events == nullptr) return;
  heed<CallStarted>();
  heed<CallEnded>();
  heed<SessionBegan>();
  heed<SessionEnded>();
  heed<DeviceProfileChanged>();
  subscriptions_.push_back(runtime_.services().events->subscribe<NamedEvent>([this](const NamedEvent& event) {
    if (wanted(event.name)) tell_later(std::string(event.name), event.data, depth_);
  }));
}

ScriptEvents::~ScriptEvents() { *alive_ = false; }

template <class E>
void ScriptEvents::heed() {
  subscriptions_.push_back(runtime_.services().events->subscribe<E>([this](const E& event) {
    if (wanted(E::kEvent)) tell_later(std::string(E::kEvent), data_of(event), 0);
  }));
}

void ScriptEvents::use(std::shared_ptr<const Environment> environment) {
  environment_ = std::move(environment);
  failed_.clear();
}

bool ScriptEvents::wanted(std::string_view name) const {
  return environment_ != nullptr && environment_->event_handlers().find(name) != environment_->event_handlers().end();
}

void ScriptEvents::publish(lua_State* L, std::string name, Value data, std::string call) {
  auto* events = runtime_.services().events;
  if (events == nullptr) return;
  if (waiting_ >= kMostWaiting) luaL_error(L, "events.publish: %d events are waiting already", static_cast<int>(kMostWaiting));
  if (depth_ >= kDeepest) luaL_error(L, "events.publish: events cause one another without end");
  ++waiting_;
  runtime_.services().loop->defer(
      [this, alive = alive_, events, n = std::move(name), d = std::move(data), c = std::move(call), depth = depth_ + 1] {
        if (!*alive) return;
        --waiting_;
        const int before = std::exchange(depth_, depth);
        events->publish(NamedEvent{n, d, c});
        depth_ = before;
      });
}

void ScriptEvents::tell_later(std::string name, Value data, int depth) {
  if (waiting_ >= kMostWaiting) return kLog.line(LogLevel::warning, "event {} not told: {} are waiting already", name, kMostWaiting);
  ++waiting_;
  runtime_.services().loop->defer([this, alive = alive_, n = std::move(name), d = std::move(data), depth] {
    if (!*alive) return;
    --waiting_;
    const int before = std::exchange(depth_, depth);
    tell(n, d);
    depth_ = before;
  });
}

void ScriptEvents::tell(const std::string& name, const Value& data) {
  const auto environment = environment_;  // a handler may bring about a reload
  const auto handlers = environment->event_handlers().find(name);
  if (handlers == environment->event_handlers().end()) return;
  for (const auto& [handler, place] : handlers->second) run_handler(handler, data, fmt::format("{} ({})", name, place.to_string()));
}

void ScriptEvents::run_handler(int handler, const Value& data, const std::string& place) {
  Run run(runtime_.main(), nullptr, nullptr);
  lua_State* L = run.thread;
  lua_rawgeti(L, LUA_REGISTRYINDEX, handler);
  const int status = runtime_.resume_with(run, kCallBounds, data);
  if (status == LUA_OK) return;
  const std::string sentence = error_sentence(L, -1);
  runtime_.close(run);
  if (failed_.insert(handler).second) {
    kLog.line(LogLevel::error, "handler of {}: {} (further failures of it are not logged)", place, sentence);
  }
}

}  // namespace tandem
