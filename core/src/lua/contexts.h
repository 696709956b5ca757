// Contexts: the extensions of one loaded dialplan, by context, sorted so that the first that fits is the right one. Built once at load,
// then only read. Switch thread.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lua/pattern.h"
#include "tandem/result.h"

namespace tandem {

/// Where in the script something stands: "main.lua", 12.
struct ScriptPlace {
  std::string file;
  int line = 0;
  std::string to_string() const { return fmt::format("{}:{}", file, line); }
};

/// One `["_9NXXNXXXXXX"] = handler` of a context. `handler` names the Lua function; the Environment owns it.
struct Extension {
  Pattern pattern;
  int handler = 0;
  ScriptPlace place;
};

/// One `context "NAME" { ... }`. Its own extensions are asked first, then each included context in the order written.
struct Context {
  std::string name;
  ScriptPlace place;
  std::vector<Extension> extensions;  ///< sorted by Pattern's order
  size_t numbers = 0;                 ///< how many of them, at the front, are numbers without underscore
  std::vector<std::string> includes;
  std::vector<const Context*> asked;  ///< itself and all that it includes, each once, in the order in which they are asked
};

struct Match {
  const Context* context = nullptr;  ///< where it was found: the one asked, or one that it includes
  const Extension* extension = nullptr;
};

class Contexts {
 public:
  static constexpr size_t kMostExtensions = 20'000;  ///< in one context

  /// exists when the name is taken, or two extensions fit exactly the same numbers; sorts. Places are in the sentences.
  Result<void> add(Context context);
  /// Resolves the includes. not_found for an unknown one, invalid for a circle.
  Result<void> finish();

  const Context* find(std::string_view name) const;
  /// Empty when there is no such context or nothing in it fits. No allocation.
  std::optional<Match> match(std::string_view context, std::string_view number) const;
  /// Everything that fits, in the order in which it is asked: the first is match()'s, the others are what it came before.
  std::vector<Match> all_matches(std::string_view context, std::string_view number) const;
  const std::vector<std::unique_ptr<Context>>& all() const { return contexts_; }

 private:
  Result<void> walk(const Context& context, std::vector<const Context*>& path, std::vector<const Context*>& asked) const;

  std::vector<std::unique_ptr<Context>> contexts_;  ///< in the order of the script
};

}  // namespace tandem
