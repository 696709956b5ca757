// Environment: one loaded dialplan: its globals, its contexts, its handlers. Running calls keep the one that they began with; when the last
// of them has ended an old one goes away. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lua/contexts.h"
#include "lua/runtime.h"

namespace tandem {

class Environment {
 public:
  /// Reads and runs FOLDER/main.lua (`path`) in fresh globals, and checks what it defined. The error's sentence begins with "FILE:LINE: "
  /// where a line is to blame. Blocks on local files: at start, on reload and in `tandem check` only.
  static Result<std::shared_ptr<const Environment>> load(std::shared_ptr<Runtime> runtime, const std::string& path);

  explicit Environment(std::shared_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {}
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const Contexts& contexts() const { return contexts_; }
  /// What `on` has asked for: by event, registry references in the order written.
  struct EventHandler {
    int handler;
    ScriptPlace place;
  };
  using EventHandlers = std::map<std::string, std::vector<EventHandler>, std::less<>>;
  const EventHandlers& event_handlers() const { return event_handlers_; }
  /// What `policy` has said, by name.
  const std::map<std::string, EventHandler, std::less<>>& policies() const { return policies_; }
  /// One sentence for people: "4 contexts with 23 extensions, from 3 files".
  std::string summary() const;

 private:
  friend class DialplanLoader;
  std::shared_ptr<Runtime> runtime_;
  Contexts contexts_;
  EventHandlers event_handlers_;
  std::map<std::string, EventHandler, std::less<>> policies_;
  std::vector<int> handlers_;  ///< registry references, released with us
  size_t files_ = 0;
};

}  // namespace tandem
