// HistoryDesk: the CallHistory of the process, from cdr.db. Switch thread.
#pragma once

#include <memory>

#include "cdr_book.h"
#include "tandem/call_history.h"
#include "tandem/console.h"

namespace tandem {

class HistoryDesk final : public CallHistory {
 public:
  /// Both outlive it.
  HistoryDesk(CdrBook& book, Loop& loop, const CdrSettings& settings);
  void reconfigure(const CdrSettings& settings) { settings_ = settings; }
  void ask(Question question, UniqueFunction<void(Result<std::vector<HistoryEntry>>)> done) override;
  /// "cdr history USER [KIND] [last N]"
  void show(const std::vector<std::string>& args, ConsoleReply reply);

 private:
  void read(Question question, UniqueFunction<void(Result<std::vector<HistoryEntry>>)> done);
  void retire();
  WallTime oldest() const;

  CdrBook& book_;
  Loop& loop_;
  CdrSettings settings_;
  Timer timer_;
};

std::optional<HistoryKind> history_kind(std::string_view word);
/// As the console and the API show it. Strangers' names may be anything: whoever prints it sees to UTF-8.
Json history_json(const HistoryEntry& entry);

}  // namespace tandem
