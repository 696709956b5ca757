// CommandTable: the console's verbs, how a typed line finds its verb, and help. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/console.h"

namespace tandem {

class CommandTable {
 public:
  CommandTable();

  /// exists when the words are taken; invalid when there are none.
  Result<Registration> add(ConsoleCommand command);

  /// Runs the verb with the longest match at the front of `words`; the rest are its arguments. Calls `reply` exactly once, now or later,
  /// also with what went wrong: not_found names the nearest verbs, internal when a handler threw or forgot to answer.
  void run(const std::vector<std::string>& words, ConsoleReply reply);

  /// What may follow `words` and begins with `typed`: the next word of a verb, or an argument as the verb's `complete` says. Sorted, at
  /// most kMostCandidates.
  std::vector<std::string> complete(const std::vector<std::string>& words, std::string_view typed) const;
  static constexpr size_t kMostCandidates = 100;

  /// Every verb with its arguments and sentence, or those that begin with `words`. not_found as in run().
  Result<Json> help(const std::vector<std::string>& words) const;

 private:
  struct Match {
    std::shared_ptr<ConsoleCommand> command;  // null: none
    size_t words = 0;
  };
  Match match(const std::vector<std::string>& words) const;
  Error unknown(const std::vector<std::string>& words) const;
  static std::set<std::string> arguments(ConsoleCommand& command, const std::vector<std::string>& args);

  std::map<std::string, std::shared_ptr<ConsoleCommand>, std::less<>> commands_;
  std::vector<Registration> own_;
};

}  // namespace tandem
