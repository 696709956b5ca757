#include "voicemail.h"

#include <fmt/format.h>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"voicemail"};
constexpr std::chrono::hours kSweep{1};
constexpr std::chrono::minutes kCount{1};
constexpr std::chrono::seconds kSweepOn{1};
constexpr size_t kMostShown = 80;  // characters of a caller's number and name

std::string shortened(const std::string& text) { return text.substr(0, kMostShown); }

}  // namespace

Voicemail::Voicemail(const Parts& parts, const VoicemailSettings& settings)
    : parts_(parts), settings_(settings), sweep_timer_(parts.loop), count_timer_(parts.loop) {
  auto& events = parts_.events;
  registrations_.push_back(events.subscribe<RecordingBegan>([this](const RecordingBegan& e) { began(e); }));
  registrations_.push_back(events.subscribe<RecordingEnded>([this](const RecordingEnded& e) { ended(e); }));
  registrations_.push_back(events.subscribe<CallEnded>([this](const CallEnded& e) { call_ended(e); }));
  sweep_timer_.start(kSweepOn, [this] { sweep(); });
  count_timer_.start(std::chrono::seconds(0), [this] { count(); });
}

Voicemail::~Voicemail() { *alive_ = false; }

void Voicemail::configure(const VoicemailSettings& settings) {
  settings_ = settings;
  parts_.store.configure(settings);
}

Result<std::shared_ptr<const User>> Voicemail::owner(std::string_view user) const {
  auto found = parts_.directory.user(user);
  if (!found) return Error{ErrorCode::not_found, fmt::format("there is no user {}", user)};
  if (!settings_.enabled) return Error{ErrorCode::not_found, "voicemail is off"};
  if (!found->mailbox) return Error{ErrorCode::not_found, fmt::format("{} has no mailbox", user)};
  return found;
}

void Voicemail::take_message(const Call& call, const Party& caller, const std::string& user, bool urgent, Done<Take> done) {
  if (auto box = owner(user); !box) return done(box.error());
  Message message{.user = user,
                  .urgent = urgent,
                  .file = MessageStore::fresh_name(),
                  .number = caller.restricted ? std::string() : shortened(caller.number),
                  .name = caller.restricted ? std::string() : shortened(caller.name),
                  .call = call.id(),
                  .forwarded_by = {},
                  .at = parts_.loop.clock().wall()};
  // There before the answer is: the caller may hang up meanwhile.
  const std::string name = message.file;
  takes_[name] = {.id = 0, .call = call.id(), .user = user, .name = name};
  parts_.store.begin(std::move(message), [this, alive = alive_, name, d = std::move(done)](Result<Message> begun) mutable {
    if (!*alive) return;
    const auto it = takes_.find(name);
    if (!begun) {
      if (it != takes_.end()) takes_.erase(it);
      tally_.full += begun.error().code == ErrorCode::exhausted ? 1 : 0;
      tally_.failed += begun.error().code == ErrorCode::exhausted ? 0 : 1;
      kLog.line(LogLevel::warning, "a message cannot be left: {}", begun.error().message);
      return d(begun.error());
    }
    it->second.id = begun->id;
    if (it->second.gone) return settle(it->second);
    d(Take{begun->id, name});
  });
}

Result<Voicemail::Take> Voicemail::take_greeting(const Call& call, const std::string& user, std::string kind) {
  if (auto box = owner(user); !box) return box.error();
  if (!is_greeting(kind)) return Error{ErrorCode::invalid, "a greeting is \"unavailable\", \"busy\" or \"name\""};
  OpenTake take{.id = next_greeting_--, .call = call.id(), .user = user, .name = MessageStore::fresh_name(), .greeting = std::move(kind)};
  const Take told{take.id, take.name};
  takes_.emplace(take.name, std::move(take));
  return told;
}

Voicemail::OpenTake* Voicemail::find(const std::string& call, int64_t id) {
  for (auto& [name, take] : takes_) {
    if (take.id == id && take.call == call) return &take;
  }
  return nullptr;
}

void Voicemail::began(const RecordingBegan& e) {
  const auto it = takes_.find(std::string(e.name));
  if (it == takes_.end()) return;
  it->second.began = true;
  it->second.ended = false;
}

void Voicemail::ended(const RecordingEnded& e) {
  const auto it = takes_.find(std::string(e.name));
  if (it == takes_.end()) return;
  it->second.ended = true;
  settle(it->second);
}

void Voicemail::call_ended(const CallEnded& e) {
  std::vector<std::string> names;
  for (const auto& [name, take] : takes_) {
    if (take.call == e.record.call) names.push_back(name);
  }
  for (const auto& name : names) {
    auto& take = takes_.at(name);
    take.gone = true;
    take.settled = e.settled;
    settle(take);
  }
}

/// The script has gone and cannot say what becomes of it any more: what was said is a message, if it is long enough. A greeting is nothing.
void Voicemail::settle(OpenTake& take) {
  if (!take.gone || take.id == 0 || (take.began && !take.ended)) return;
  const OpenTake last = take;
  takes_.erase(last.name);
  if (!last.began || !last.greeting.empty()) return forget(last);
  ++tally_.interrupted;
  keep_message(last, false, [](Result<std::chrono::milliseconds>) {});
}

void Voicemail::forget(const OpenTake& take) {
  take.greeting.empty() ? parts_.store.discard(take.id, take.name) : parts_.store.discard_file(take.name);
}

void Voicemail::keep_message(const OpenTake& take, bool urgent, Done<std::chrono::milliseconds> done) {
  auto kept = [this, alive = alive_, take, d = std::move(done)](Result<Message> message) mutable {
    if (!*alive) return;
    if (!message) {
      const bool brief = message.error().code == ErrorCode::invalid || message.error().code == ErrorCode::not_found;
      ++(brief ? tally_.too_short : tally_.failed);
      kLog.call(brief ? LogLevel::info : LogLevel::error, take.call, "no message for {}: {}", take.user, message.error().message);
      forget(take);
      return d(message.error());
    }
    ++tally_.left;
    kLog.call(LogLevel::info, take.call, "message {} for {}: {} ms", message->id, take.user, message->length.count());
    changed(take.user);
    if (mail_) mail_();
    d(message->length);
  };
  parts_.store.keep(take.id, urgent, wants_mail(take.user), std::move(kept));
}

void Voicemail::keep(const std::string& call, int64_t id, bool urgent, Done<std::chrono::milliseconds> done) {
  OpenTake* const found = find(call, id);
  if (found == nullptr || !found->ended) return done(Error{ErrorCode::not_found, "nothing has been recorded under this id"});
  const OpenTake take = *found;
  takes_.erase(take.name);
  if (take.greeting.empty()) return keep_message(take, urgent, std::move(done));
  parts_.store.set_greeting(take.user, take.greeting, take.name, std::move(done));
}

void Voicemail::drop(const std::string& call, int64_t id) {
  OpenTake* const found = find(call, id);
  if (found == nullptr) return;
  const OpenTake take = *found;
  takes_.erase(take.name);
  forget(take);
}

bool Voicemail::wants_mail(const std::string& user) const {
  const auto found = parts_.directory.user(user);
  return found && !found->email.empty() && !settings_.mail.server.empty();
}

void Voicemail::changed(const std::string& user) { parts_.events.publish(MessagesChanged{user}); }

Voicemail::Done<Message> Voicemail::announcing(Done<Message> done) {
  return [this, alive = alive_, d = std::move(done)](Result<Message> message) mutable {
    if (*alive && message) changed(message->user);
    d(std::move(message));
  };
}

void Voicemail::mark(std::string user, int64_t id, MessageState state, Done<Message> done) {
  parts_.store.mark(std::move(user), id, state, announcing(std::move(done)));
}

void Voicemail::remove(std::string user, int64_t id, Done<Message> done) {
  auto removed = [this, alive = alive_, d = std::move(done)](Result<Message> message) mutable {
    if (*alive && message) ++tally_.deleted;
    d(std::move(message));
  };
  parts_.store.remove(std::move(user), id, announcing(std::move(removed)));
}

void Voicemail::forward(std::string user, int64_t id, const std::string& to, Done<Message> done) {
  if (auto box = owner(to); !box) return done(box.error());
  auto forwarded = [this, alive = alive_, d = std::move(done)](Result<Message> message) mutable {
    if (*alive && message && mail_) mail_();
    d(std::move(message));
  };
  parts_.store.forward(std::move(user), id, to, wants_mail(to), announcing(std::move(forwarded)));
}

void Voicemail::drop_greeting(std::string user, std::string kind, Done<bool> done) {
  parts_.store.drop_greeting(std::move(user), std::move(kind), std::move(done));
}

std::string Voicemail::greeting(const std::string& user, std::string_view kind) {
  auto file = parts_.store.greeting(user, kind);
  return file.empty() && kind == kGreetings[1] ? parts_.store.greeting(user, kGreetings[0]) : file;
}

std::optional<MessageCounts> Voicemail::messages(std::string_view user) {
  if (!owner(user)) return std::nullopt;
  return parts_.store.counts(user);
}

void Voicemail::sweep() {
  parts_.store.retire([this, alive = alive_](Result<std::vector<std::string>> users) {
    if (!*alive) return;
    if (!users) kLog.line(LogLevel::error, "old messages cannot be deleted: {}", users.error().message);
    const bool more = users && !users->empty();
    if (more) {
      for (const auto& user : *users) changed(user);
    }
    sweep_timer_.start(more ? Duration(kSweepOn) : Duration(kSweep), [this] { sweep(); });
  });
}

void Voicemail::count() {
  parts_.store.totals([this, alive = alive_](Result<MessageStore::Totals> totals) {
    if (!*alive) return;
    if (totals) totals_ = *totals;
    count_timer_.start(kCount, [this] { count(); });
  });
}

}  // namespace tandem
