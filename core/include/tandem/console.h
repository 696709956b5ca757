// Console: the verbs that an admin types, over a UNIX socket in the state folder; every verb has a table form and a JSON form.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tandem/function.h"
#include "tandem/registration.h"
#include "tandem/result.h"

namespace tandem {

using Json = nlohmann::ordered_json;

/// The answer to one command. Array of objects: a table (columns in the order of the first row's keys). Object: key and value a line.
/// String: printed as it is. `--json` prints the value itself, so one handler serves both forms.
using ConsoleReply = UniqueFunction<void(Result<Json>)>;

struct ConsoleCommand {
  std::string words;      ///< "sip show peers"
  std::string arguments;  ///< "[NAME]" for help; empty: takes none, and any given is refused before the handler
  std::string help;       ///< one sentence
  /// Switch thread. `args` are the words after the verb (quotes removed, --json taken out). Must call `reply` once, now or later.
  UniqueFunction<void(const std::vector<std::string>& args, ConsoleReply reply)> run;
  /// Switch thread. What the next argument may be, for Tab; `args` are the whole words before it. Null: the words of `arguments` that are
  /// in lower case. At once and without waiting; the console filters by what is typed already, and shows the first hundred.
  UniqueFunction<std::vector<std::string>(const std::vector<std::string>& args)> complete = {};
};

class Console {
 public:
  virtual ~Console() = default;
  /// Switch thread. The longest matching words win. exists: words are taken.
  virtual Result<Registration> add(ConsoleCommand command) = 0;
  /// Switch thread. Lines for whoever watches `topic` ("sip debug"): printed on every console that has given a verb which begins with it
  /// and is still open (`tandem -r`, or `tandem -x ... --follow`).
  virtual void publish(std::string_view topic, std::string_view line) = 0;
  virtual bool watched(std::string_view topic) const = 0;
};

}  // namespace tandem
