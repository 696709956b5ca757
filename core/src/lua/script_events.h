// ScriptEvents: the dialplan among the events. What scripts publish is told after they have let go of the thread; what is told anywhere
// reaches the handlers (`on`) of the dialplan in force. Switch thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lua/lua_api.h"
#include "tandem/events.h"
#include "tandem/verb.h"

namespace tandem {

class Environment;
class Runtime;

class ScriptEvents {
 public:
  static constexpr size_t kMostWaiting = 256;  ///< events that have been published and not told yet
  static constexpr int kDeepest = 4;           ///< handlers that publish in answer to handlers that publish ...

  explicit ScriptEvents(Runtime& runtime);
  ~ScriptEvents();
  ScriptEvents(const ScriptEvents&) = delete;
  ScriptEvents& operator=(const ScriptEvents&) = delete;

  /// For events.publish. May raise in Lua.
  void publish(lua_State* L, std::string name, Value data, std::string call);
  /// From now on the handlers of this dialplan are told, instead of those of the last.
  void use(std::shared_ptr<const Environment> environment);

 private:
  template <class E>
  void heed();
  bool wanted(std::string_view name) const;
  /// Hands the event to the handlers once the stack is empty: whoever told it may be in the middle of something.
  void tell_later(std::string name, Value data, int depth);
  void tell(const std::string& name, const Value& data);
  void run_handler(int handler, const Value& data, const std::string& place);

  Runtime& runtime_;
  std::shared_ptr<const Environment> environment_;
  std::vector<Registration> subscriptions_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< deferred tasks may outlive us
  size_t waiting_ = 0;
  int depth_ = 0;         ///< of the event being told
  std::set<int> failed_;  ///< handlers that have had their line in the log
};

}  // namespace tandem
