#include "service.h"

#include <fmt/format.h>

#include "rows.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("mobile");
constexpr size_t kMostChanges = 1000;

}  // namespace

Result<std::unique_ptr<MobileService>> MobileService::open(const Parts& parts, const MobileSettings& settings) {
  auto database = parts.store.open("mobileconnect.db", mobile_migrations(), Durability::full);
  if (!database) return database.error();
  auto made = std::unique_ptr<MobileService>(new MobileService(parts, std::move(*database)));
  auto ready = made->prepare(settings);
  if (!ready) return ready.error();
  (*ready)();
  made->listen();
  made->forget_guests();
  return made;
}

MobileService::MobileService(const Parts& parts, std::unique_ptr<Database> database) : parts_(parts), database_(std::move(database)) {}

MobileService::~MobileService() { *alive_ = false; }

Result<Task> MobileService::prepare(const MobileSettings& settings) {
  auto rows = read_rows(database_->reader());
  if (!rows) return rows.error();
  auto book = make_book(settings, std::move(*rows));
  if (!book) return book.error();
  return Task([this, settings, book = std::move(*book)]() mutable { take(std::move(book), settings); });
}

void MobileService::take(std::unique_ptr<RemoteBook> book, const MobileSettings& settings) {
  planner_.reset();
  settings_ = settings;
  book_ = std::move(book);
  const auto calls_of = [this](const std::string& id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? size_t{0} : found->second;
  };
  planner_ = std::make_unique<Planner>(Planner::Parts{*book_, parts_.directory, settings_, ReachRules(parts_.policies), calls_of});
  kLog.line(LogLevel::notice, "{} destinations, {} access lists", book_->size(), book_->lists().size());
}

/// The rows of the ini file first: where one of the database has the same name or number, it is left out and the log says so.
Result<std::unique_ptr<RemoteBook>> MobileService::make_book(const MobileSettings& settings, StoredRows rows) {
  auto book = std::make_unique<RemoteBook>(settings.dial);
  const SaveChecks checks{*book, parts_.directory, settings};
  std::vector<std::string> complaints;
  const auto complain = [&](const std::string& place, const Result<void>& why) {
    if (!why) complaints.push_back(fmt::format("{} {}", place, why.error().message));
    return !why;
  };
  for (const auto& [person, place] : settings.people) {
    if (parts_.directory.user(person.first) == nullptr)
      complain(place, Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", person.first)});
    book->declare(person.first, person.second);
  }
  for (const auto& [user, person] : rows.people) book->set(user, person);
  for (const auto& [list, place] : settings.lists) {
    if (!complain(place, checks.list(list))) book->put(list);
  }
  for (auto& list : rows.lists) {
    if (book->list(list.name) == nullptr) {
      book->put(std::move(list));
    } else {
      kLog.line(LogLevel::warning, "the access list {} of the database is left out: mobileconnect.ini declares it", list.name);
    }
  }
  for (const auto& [declared, place] : settings.declared) {
    if (book->find(declared.user, declared.name) != nullptr) {
      complain(place, Error{ErrorCode::exists, "is there twice"});
    } else if (!complain(place, checks.destination(declared))) {
      Destination row = declared;
      if (const auto found = rows.switches.find(row.id()); found != rows.switches.end()) row.ring = found->second;
      book->put(std::move(row));
    }
  }
  if (!complaints.empty()) return config_error(complaints);
  for (const auto& sentence : rows.unreadable) kLog.line(LogLevel::error, "left out: {}", sentence);
  for (auto& row : rows.destinations) {
    const auto id = row.id(), number = row.number;
    if (book->find(row.user, row.name) != nullptr) {
      kLog.line(LogLevel::warning, "{} of the database is left out: mobileconnect.ini declares it", id);
    } else if (!book->put(std::move(row))) {
      kLog.line(LogLevel::warning, "{} of the database is left out: its number {} is another destination's", id, number);
    }
  }
  return book;
}

ReachPlan MobileService::plan(const ReachQuestion& question) { return planner_->plan(question, parts_.loop.clock().wall()); }

std::vector<Planner::Verdict> MobileService::judge(const ReachQuestion& question, std::optional<WallTime> at) const {
  return planner_->judge(question, at.value_or(parts_.loop.clock().wall()), at.has_value());
}

/// The core does not ask for a line that rejects its calls: said here for whoever wants to know why nothing would ring.
std::string MobileService::nothing_rings(const ReachQuestion& question) const {
  const bool rejects = parts_.lines != nullptr && parts_.lines->of(question.user)->dnd == DoNotDisturb::reject;
  return rejects ? "the line is not to be disturbed" : planner_->nothing_rings(question);
}

std::optional<RemoteMatch> MobileService::match(std::string_view number) {
  const auto found = settings_.partial ? book_->match_end(number, static_cast<size_t>(settings_.partial_digits)) : book_->match(number);
  if (found.destination == nullptr || found.ambiguous) return std::nullopt;
  const Destination& d = *found.destination;
  return RemoteMatch{d.user, d.id(), found.complete, d.may_call_in && mobility(d.user)};
}

MobileService::Matching MobileService::explain_match(std::string_view number) const {
  const auto digits = settings_.partial_digits;
  const auto found = settings_.partial ? book_->match_end(number, static_cast<size_t>(digits)) : book_->match(number);
  const auto dialled = as_dialled(settings_.dial, number);
  if (found.destination == nullptr)
    return {nullptr,
            settings_.partial ? fmt::format("no destination ends like {}", dialled) : fmt::format("no destination is {}", dialled)};
  if (found.ambiguous)
    return {nullptr, fmt::format("several destinations end like {}, {} one of them: nobody's", dialled, found.destination->id())};
  const Destination& d = *found.destination;
  std::string why = found.complete ? "the whole number" : fmt::format("at least its last {} digits", digits);
  if (!d.may_call_in) why += "; but calls from there are not to be taken for the person's";
  if (!mobility(d.user)) why += "; but Mobile Connect is switched off for that person";
  return {&d, std::move(why), found.complete};
}

PersonSettings MobileService::person(std::string_view user) const {
  const auto* const person = book_->person(user);
  PersonSettings set = person == nullptr ? PersonSettings{} : person->settings();
  if (!set.mobility) set.mobility = settings_.mobility;
  if (!set.voice_access) set.voice_access = settings_.voice_access;
  if (!set.pickup_wait) set.pickup_wait = settings_.pickup_wait;
  if (!set.limit) set.limit = settings_.destinations_per_user;
  return set;
}

bool MobileService::mobility(std::string_view user) const { return *person(user).mobility; }
bool MobileService::voice_access(std::string_view user) { return mobility(user) && *person(user).voice_access; }
std::chrono::milliseconds MobileService::pickup_wait(std::string_view user) { return *person(user).pickup_wait; }

std::vector<MoveTarget> MobileService::may_move_to(std::string_view user) {
  std::vector<MoveTarget> targets;
  const auto* const person = book_->person(user);
  if (person == nullptr || !mobility(user)) return targets;
  for (const auto& one : person->destinations) {
    const auto trunk = settings_.rules_of(one->trunk.empty() ? settings_.trunk : one->trunk);
    if (one->may_move)
      targets.push_back({one->id(), one->shown_label(), one->number, one->too_soon, one->too_late, trunk.too_soon_from_invite});
  }
  return targets;
}

Result<Registration> MobileService::occupy(std::string_view id) {
  const std::string key(id);
  const auto most = static_cast<size_t>(settings_.calls_per_destination);
  if (book_->find(id) == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no destination \"{}\"", id.substr(0, 100))};
  size_t& calls = calls_[key];
  if (calls >= most) return Error{ErrorCode::exhausted, fmt::format("{} has {} calls already", id, calls)};
  ++calls;
  return Registration([this, alive = std::weak_ptr<bool>(alive_), key] {
    if (alive.expired()) return;
    const auto found = calls_.find(key);
    if (found != calls_.end() && --found->second == 0) calls_.erase(found);
  });
}

/// A line that rejects its calls is not rung in place of the mobile that was called.
std::string MobileService::office_number(std::string_view number) {
  if (!settings_.reroute_to_office) return {};
  const auto found = book_->match(number);
  if (found.destination == nullptr || !mobility(found.destination->user)) return {};
  const auto user = parts_.directory.user(found.destination->user);
  if (user == nullptr) return {};
  if (parts_.lines == nullptr) return user->extension;
  if (parts_.lines->of(user->id)->dnd == DoNotDisturb::reject) return {};
  for (const auto& name : parts_.directory.devices_of(user->id)) {
    const auto device = parts_.directory.device(name);
    if (device && parts_.lines->dnd_at(*device) == DoNotDisturb::reject) return {};
  }
  return user->extension;
}

Result<void> MobileService::set_mobility(std::string_view user, bool on, UniqueFunction<void(Result<void>)> done) {
  edit_person(
      std::string(user),
      [on](PersonSettings& person) -> Result<void> {
        person.mobility = on;
        return {};
      },
      std::move(done));
  return {};
}

void MobileService::queue(Change change) {
  if (changes_.size() >= kMostChanges) return change.done(Error{ErrorCode::exhausted, "too many changes wait already"});
  changes_.push_back(std::move(change));
  if (changes_.size() == 1) next();
}

/// The first in the queue: looked at now, when all before it are in force.
void MobileService::next() {
  while (!changes_.empty()) {
    Change& change = changes_.front();
    auto sound = change.look();
    if (sound) {
      auto told = [this, alive = std::weak_ptr<bool>(alive_)](Result<void> written) {
        if (!alive.expired()) finished(std::move(written));
      };
      sound = database_->write([write = change.write](SQLite::Database& db) { return write(db); }, std::move(told), Share::existing);
      if (sound) return;
    }
    auto done = std::move(change.done);
    changes_.pop_front();
    done(std::move(sound));
  }
}

void MobileService::finished(Result<void> result) {
  Change change = std::move(changes_.front());
  if (result) change.apply();
  changes_.pop_front();
  const auto alive = std::weak_ptr<bool>(alive_);
  change.done(std::move(result));
  if (!alive.expired()) next();
}

}  // namespace tandem
