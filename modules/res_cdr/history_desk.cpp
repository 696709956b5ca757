#include "history_desk.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "history_report.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"cdr"};
constexpr std::chrono::hours kRetire{1};
constexpr std::chrono::seconds kRetireOn{1};
constexpr const char* kUsage = "usage: cdr history USER [placed|received|missed|declined|answered-elsewhere] [last N]";

std::string utc(WallTime at) { return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(at))); }

}  // namespace

std::optional<HistoryKind> history_kind(std::string_view word) {
  for (const auto kind : {HistoryKind::placed, HistoryKind::received, HistoryKind::missed, HistoryKind::declined, HistoryKind::elsewhere}) {
    if (to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

Json history_json(const HistoryEntry& entry) {
  return {{"call", entry.call},
          {"kind", to_string(entry.kind)},
          {"answered", entry.answered},
          {"number", entry.number},
          {"name", entry.name},
          {"at", utc(entry.at)},
          {"seconds", static_cast<double>(entry.talked.count()) / 1000},
          {"place", entry.place}};
}

HistoryDesk::HistoryDesk(CdrBook& book, Loop& loop, const CdrSettings& settings)
    : book_(book), loop_(loop), settings_(settings), timer_(loop) {
  timer_.start(kRetireOn, [this] { retire(); });
}

WallTime HistoryDesk::oldest() const { return loop_.clock().wall() - std::chrono::hours(24) * settings_.history_days; }

void HistoryDesk::ask(Question question, UniqueFunction<void(Result<std::vector<HistoryEntry>>)> done) {
  question.most = std::clamp<int64_t>(question.most, 1, settings_.history_calls);
  book_.when_written([this, q = std::move(question), d = std::move(done)]() mutable { read(std::move(q), std::move(d)); });
}

void HistoryDesk::read(Question question, UniqueFunction<void(Result<std::vector<HistoryEntry>>)> done) {
  auto found = std::make_shared<std::vector<HistoryEntry>>();
  auto to = std::make_shared<UniqueFunction<void(Result<std::vector<HistoryEntry>>)>>(std::move(done));
  auto query = [q = std::move(question), found, since = oldest()](SQLite::Database& db) -> Result<void> {
    *found = read_history(db, q, since);
    return {};
  };
  auto finished = [found, to](Result<void> read) {
    if (!read) return (*to)(read.error());
    (*to)(std::move(*found));
  };
  if (auto asked = book_.database().read(std::move(query), std::move(finished)); !asked) (*to)(asked.error());
}

void HistoryDesk::show(const std::vector<std::string>& args, ConsoleReply reply) {
  Question question{.user = args.empty() ? "" : args[0], .kind = {}, .before = {}, .most = 20};
  bool good = !args.empty();
  for (size_t i = 1; good && i < args.size(); ++i) {
    if (args[i] == "last" && i + 1 < args.size()) {
      const auto& text = args[++i];
      const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), question.most);
      good = fault == std::errc() && end == text.data() + text.size() && question.most > 0;
    } else {
      question.kind = history_kind(args[i]);
      good = question.kind.has_value();
    }
  }
  if (!good) return reply(Error{ErrorCode::invalid, kUsage});
  ask(std::move(question), [r = std::move(reply)](Result<std::vector<HistoryEntry>> found) mutable {
    if (!found) return r(found.error());
    Json rows = Json::array();
    for (const auto& entry : *found) {
      const Json row = history_json(entry);
      rows.push_back(Json::parse(row.dump(-1, ' ', false, Json::error_handler_t::replace)));
    }
    r(std::move(rows));
  });
}

void HistoryDesk::retire() {
  auto gone = std::make_shared<int64_t>(0);
  auto change = [gone, before = oldest()](SQLite::Database& db) -> Result<void> {
    *gone = retire_history(db, before);
    return {};
  };
  auto done = [this, gone](Result<void> retired) {
    if (!retired) kLog.line(LogLevel::error, "old histories cannot be deleted: {}", retired.error().message);
    timer_.start(retired && *gone > 0 ? Duration(kRetireOn) : Duration(kRetire), [this] { retire(); });
  };
  if (!book_.database().write(std::move(change), std::move(done), Share::new_work)) timer_.start(kRetire, [this] { retire(); });
}

}  // namespace tandem
