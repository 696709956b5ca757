// res_cdr: keeps a record of every call in cdr.db and shows it on the console.
#include "tandem/module.h"

#include <fmt/format.h>

#include "cdr_book.h"
#include "cdr_report.h"
#include "cdr_settings.h"
#include "history_desk.h"
#include "tandem/call_gate.h"

namespace tandem {
namespace {

/// Switch thread.
class CdrModule final : public Module {
 public:
  explicit CdrModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_cdr_settings(config);
    return settings ? Result<void>() : settings.error();
  }

  Result<void> start() override {
    auto settings = read_cdr_settings(host_.config());
    if (!settings) return settings.error();
    settings_ = *settings;
    if (!settings_.enabled) return {};
    auto book = CdrBook::open(host_.store(), host_.loop(), settings_);
    if (!book) return book.error();
    book_ = std::move(*book);
    registrations_.push_back(host_.events().subscribe<CallStarted>([this](const CallStarted& e) { book_->started(e.record); }));
    registrations_.push_back(host_.events().subscribe<CallEnded>([this](const CallEnded& e) { book_->ended(e.record, e.settled); }));
    if (auto* const gate = host_.find<CallGate>()) registrations_.push_back(gate->refuse_while([this] { return book_->refusal(); }));
    book_->tell_histories([&directory = host_.directory()](const CallRecord& record) { return histories_of(record, directory); });
    history_ = std::make_unique<HistoryDesk>(*book_, host_.loop(), settings_);
    registrations_.push_back(host_.provide<CallHistory>(*history_));
    add_metrics();
    return add_commands();
  }

  Result<ReloadPlan> reload() override {
    auto settings = read_cdr_settings(host_.config());
    if (!settings) return settings.error();
    ReloadPlan plan;
    if (settings->enabled != settings_.enabled) plan.at_start = {"cdr/cdr/enabled"};
    settings->enabled = settings_.enabled;
    plan.apply = [this, next = *settings] {
      settings_ = next;
      if (book_) book_->reconfigure(settings_);
      if (history_) history_->reconfigure(settings_);
    };
    return plan;
  }

  std::string in_use() override {
    const size_t open = book_ ? book_->status().open : 0;
    return open == 0 ? "" : fmt::format("{} calls are being recorded", open);
  }

 private:
  Result<void> add_commands() {
    ConsoleCommand show{
        "cdr show", "[call ID] [today] [last N] [since TIME] [until TIME] [user NAME] [endpoint NAME] [number NUMBER] [disposition WORD]",
        "Call records, oldest first; one call with its legs and decisions.",
        [this](const std::vector<std::string>& args, ConsoleReply reply) { this->show(args, std::move(reply)); }};
    ConsoleCommand status{"cdr status", "", "How many records wait for the disk, are written, or could not be.",
                          [this](const std::vector<std::string>&, ConsoleReply reply) { reply(this->status()); }};
    ConsoleCommand history{"cdr history", "USER [placed|received|missed|declined|answered-elsewhere] [last N]",
                           "A person's calls, the latest first, whichever phone they were made at or taken with.",
                           [this](const std::vector<std::string>& args, ConsoleReply reply) { history_->show(args, std::move(reply)); }};
    for (auto* command : {&show, &status, &history}) {
      auto added = host_.console().add(std::move(*command));
      if (!added) return added.error();
      registrations_.push_back(std::move(*added));
    }
    return {};
  }

  void add_metrics() {
    auto& metrics = host_.metrics();
    registrations_.push_back(metrics.gauge("tandem_cdr_waiting", "Call records that wait for the disk",
                                           Metrics::Read([this] { return static_cast<double>(book_->status().waiting); })));
    registrations_.push_back(metrics.counter("tandem_cdr_written_total", "Call records that are on the disk",
                                             Metrics::Read([this] { return static_cast<double>(book_->status().written); })));
    registrations_.push_back(metrics.counter("tandem_cdr_lost_total", "Call records that could not be written, and are lost",
                                             Metrics::Read([this] { return static_cast<double>(book_->status().lost); })));
  }

  /// Whatever ended before the question is in the answer.
  void show(const std::vector<std::string>& args, ConsoleReply reply) {
    auto question = parse_cdr_question(args, host_.loop().clock().wall());
    if (!question) return reply(question.error());
    book_->when_written([this, q = std::move(*question), r = std::move(reply)]() mutable { ask(std::move(q), std::move(r)); });
  }

  void ask(CdrQuestion question, ConsoleReply reply) {
    // Written by the worker, then read here: one after the other.
    auto answer = std::make_shared<Json>();
    auto to = std::make_shared<ConsoleReply>(std::move(reply));
    auto query = [question = std::move(question), answer](SQLite::Database& db) -> Result<void> {
      auto found = answer_cdr_question(db, question);
      if (!found) return found.error();
      *answer = std::move(*found);
      return {};
    };
    auto done = [answer, to](Result<void> result) {
      if (!result) return (*to)(result.error());
      (*to)(std::move(*answer));
    };
    if (auto asked = book_->database().read(std::move(query), std::move(done)); !asked) (*to)(asked.error());
  }

  Json status() const {
    const auto s = book_->status();
    return {{"open_calls", s.open},           {"waiting", s.waiting},   {"written", s.written},
            {"failed_writes", s.failed},      {"lost", s.lost},         {"error", s.error},
            {"closed_as_crashed", s.crashed}, {"csv_lost", s.csv_lost}, {"csv_error", s.csv_error}};
  }

  Host& host_;
  CdrSettings settings_;
  std::unique_ptr<CdrBook> book_;
  std::unique_ptr<HistoryDesk> history_;
  std::vector<Registration> registrations_;  ///< destroyed first: nobody calls a book that is gone
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("res_cdr", "Call records in SQLite", "", tandem::CdrModule);
