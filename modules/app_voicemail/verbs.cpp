#include "verbs.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

constexpr int64_t kMostListed = 100;
constexpr const char* kNames[] = {"mailbox",       "take_message", "take_greeting", "keep_recording", "drop_recording",
                                  "drop_greeting", "messages",     "mark_message",  "forward_message"};

/// Where a verb's result goes, once. When the call has ended meanwhile nobody is told, and the call must not be touched.
class Answer {
 public:
  explicit Answer(std::weak_ptr<VerbDone> to) : to_(std::move(to)) {}
  bool wanted() const {
    const auto done = to_.lock();
    return done && *done;
  }
  void operator()(Result<Value> value) {
    const auto done = to_.lock();
    if (!done || !*done) return;
    VerbDone report = std::move(*done);  // the script destroys the operation
    *done = nullptr;
    report(std::move(value));
  }

 private:
  std::weak_ptr<VerbDone> to_;
};

/// The verb while the store works; destroyed when the call ends.
class Waiting final : public Operation {
 public:
  explicit Waiting(VerbDone done) : done_(std::make_shared<VerbDone>(std::move(done))) {}
  ~Waiting() override { *done_ = nullptr; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  bool told() const { return !*done_; }
  Answer answer() const { return Answer(done_); }

 private:
  std::shared_ptr<VerbDone> done_;
};

/// The one table that these verbs take, read field by field. What is wrong is said once, in the end.
class Fields {
 public:
  Fields(std::string_view verb, const Value& args) : verb_(verb) {
    if (args.size() == 1 && args[0].is_object()) {
      table_ = args[0];
    } else {
      fail("takes a table of named fields");
    }
  }
  std::string text(const char* key, bool needed = true) {
    const Value* const found = find(key, needed);
    if (found == nullptr) return {};
    if (!found->is_string() || found->get_ref<const std::string&>().size() > 128) fail(fmt::format("{} must be text", key));
    return found->is_string() ? found->get<std::string>() : std::string();
  }
  int64_t number(const char* key) {
    const Value* const found = find(key, true);
    if (found == nullptr) return 0;
    if (!found->is_number_integer()) fail(fmt::format("{} must be a number", key));
    return found->is_number_integer() ? found->get<int64_t>() : 0;
  }
  bool flag(const char* key) {
    const Value* const found = find(key, false);
    if (found != nullptr && !found->is_boolean()) fail(fmt::format("{} must be true or false", key));
    return found != nullptr && found->is_boolean() && found->get<bool>();
  }
  Result<void> finish() {
    for (const auto& [key, value] : table_.items()) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) fail(fmt::format("there is no field \"{}\"", key));
    }
    if (!fault_.empty()) return Error{ErrorCode::invalid, fault_};
    return {};
  }

 private:
  const Value* find(const char* key, bool needed) {
    known_.emplace_back(key);
    const auto it = table_.find(key);
    if (it != table_.end()) return &*it;
    if (needed) fail(fmt::format("needs {}", key));
    return nullptr;
  }
  void fail(std::string why) {
    if (fault_.empty()) fault_ = fmt::format("{}: {}", verb_, why);
  }
  std::string_view verb_;
  Value table_ = Value::object();
  std::vector<std::string> known_;
  std::string fault_;
};

/// Reads its fields, then answers now or later.
using Body = void (*)(Voicemail&, Call&, Fields&, Answer);

std::unique_ptr<Operation> start(Voicemail& voicemail, const char* name, Body body, Call& call, const Value& args, VerbDone done) {
  auto waiting = std::make_unique<Waiting>(std::move(done));
  Fields fields(name, args);
  body(voicemail, call, fields, waiting->answer());
  return waiting->told() ? nullptr : std::unique_ptr<Operation>(std::move(waiting));
}

double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

/// What the script tells apart; the sentence is in the log and in the call's record.
Value refusal(Call& call, const Error& why) {
  call.explain("voicemail: " + why.message);
  const bool none = why.code == ErrorCode::not_found, full = why.code == ErrorCode::exhausted;
  return {{"outcome", none ? "no-mailbox" : full ? "full" : "failed"}, {"text", why.message}};
}

std::string sound(const std::string& file) { return "recording:" + file; }

void mailbox(Voicemail& voicemail, Call& /*call*/, Fields& fields, Answer answer) {
  const std::string user = fields.text("user");
  if (auto good = fields.finish(); !good) return answer(good.error());
  if (!voicemail.owner(user)) return answer(Value());
  const auto counts = voicemail.messages(user).value_or(MessageCounts{});
  Value box{{"new", counts.fresh}, {"old", counts.heard}, {"urgent", counts.urgent_fresh}, {"ask_pin", voicemail.settings().ask_pin}};
  for (const auto kind : kGreetings) {
    if (const auto file = voicemail.store().greeting(user, kind); !file.empty()) box[std::string(kind)] = sound(file);
  }
  answer(std::move(box));
}

void take_message(Voicemail& voicemail, Call& call, Fields& fields, Answer answer) {
  const std::string user = fields.text("user");
  const bool busy = fields.flag("busy"), urgent = fields.flag("urgent");
  if (auto good = fields.finish(); !good) return answer(good.error());
  auto taken = [&voicemail, &call, user, busy, a = std::move(answer)](Result<Voicemail::Take> take) mutable {
    if (!a.wanted()) return;
    if (!take) return a(refusal(call, take.error()));
    const auto& settings = voicemail.settings();
    Value told{{"outcome", "record"}, {"id", take->id}, {"name", take->name}, {"max", seconds(settings.max_length)}};
    if (settings.silence.count() > 0) told["silence"] = seconds(settings.silence);
    if (const auto file = voicemail.greeting(user, busy ? "busy" : "unavailable"); !file.empty()) told["greeting"] = sound(file);
    if (const auto file = voicemail.greeting(user, "name"); !file.empty()) told["person"] = sound(file);
    if (const auto file = voicemail.greeting(user, "name"); !file.empty()) told["person"] = sound(file);
    call.explain(fmt::format("voicemail: a message for {}", user));
    a(std::move(told));
  };
  voicemail.take_message(call, call.caller_identity(), user, urgent, std::move(taken));
}

void take_greeting(Voicemail& voicemail, Call& call, Fields& fields, Answer answer) {
  const std::string user = fields.text("user"), kind = fields.text("kind");
  if (auto good = fields.finish(); !good) return answer(good.error());
  const auto take = voicemail.take_greeting(call, user, kind);
  if (!take) return take.error().code == ErrorCode::invalid ? answer(take.error()) : answer(refusal(call, take.error()));
  answer(Value{{"outcome", "record"}, {"id", take->id}, {"name", take->name}, {"max", seconds(voicemail.settings().max_greeting)}});
}

void keep_recording(Voicemail& voicemail, Call& call, Fields& fields, Answer answer) {
  const int64_t id = fields.number("id");
  const bool urgent = fields.flag("urgent");
  if (auto good = fields.finish(); !good) return answer(good.error());
  auto kept = [a = std::move(answer)](Result<std::chrono::milliseconds> length) mutable {
    if (length) return a(Value{{"outcome", "saved"}, {"seconds", seconds(*length)}});
    const bool brief = length.error().code == ErrorCode::invalid || length.error().code == ErrorCode::not_found;
    a(Value{{"outcome", brief ? "too-short" : "failed"}, {"text", length.error().message}});
  };
  voicemail.keep(call.id(), id, urgent, std::move(kept));
}

void drop_recording(Voicemail& voicemail, Call& call, Fields& fields, Answer answer) {
  const int64_t id = fields.number("id");
  if (auto good = fields.finish(); !good) return answer(good.error());
  voicemail.drop(call.id(), id);
  answer(Value());
}

void drop_greeting(Voicemail& voicemail, Call& /*call*/, Fields& fields, Answer answer) {
  const std::string user = fields.text("user"), kind = fields.text("kind");
  if (auto good = fields.finish(); !good) return answer(good.error());
  voicemail.drop_greeting(user, kind, [a = std::move(answer)](Result<bool> gone) mutable {
    if (!gone) return a(gone.error());
    a(Value(*gone));
  });
}

Value row_of(const Message& message) {
  Value row{{"id", message.id},
            {"sound", sound(message.file)},
            {"number", message.number},
            {"name", message.name},
            {"at", std::chrono::system_clock::to_time_t(message.at)},
            {"seconds", seconds(message.length)},
            {"state", std::string(to_string(message.state))},
            {"urgent", message.urgent}};
  if (!message.forwarded_by.empty()) row["forwarded_by"] = message.forwarded_by;
  return row;
}

void messages(Voicemail& voicemail, Call& /*call*/, Fields& fields, Answer answer) {
  const std::string user = fields.text("user"), word = fields.text("state", false);
  const auto state = message_state(word);
  auto good = fields.finish();
  if (good && !word.empty() && !state) good = Error{ErrorCode::invalid, "messages: a state is \"new\", \"heard\" or \"saved\""};
  if (!good) return answer(good.error());
  voicemail.store().list(user, state, kMostListed, [a = std::move(answer)](Result<std::vector<Message>> found) mutable {
    if (!found) return a(found.error());
    Value rows = Value::array();
    for (const auto& message : *found) rows.push_back(row_of(message));
    a(std::move(rows));
  });
}

/// True, or false where there is no such message (any more).
MessageStore::Done<Message> yes_or_no(Answer answer) {
  return [a = std::move(answer)](Result<Message> message) mutable {
    if (!message && message.error().code != ErrorCode::not_found) return a(message.error());
    a(Value(static_cast<bool>(message)));
  };
}

void mark_message(Voicemail& voicemail, Call& /*call*/, Fields& fields, Answer answer) {
  const std::string user = fields.text("user"), word = fields.text("state");
  const int64_t id = fields.number("id");
  const auto state = message_state(word);
  auto good = fields.finish();
  if (good && !state && word != "deleted") {
    good = Error{ErrorCode::invalid, "mark_message: a state is \"new\", \"heard\", \"saved\" or \"deleted\""};
  }
  if (!good) return answer(good.error());
  state ? voicemail.mark(user, id, *state, yes_or_no(std::move(answer))) : voicemail.remove(user, id, yes_or_no(std::move(answer)));
}

void forward_message(Voicemail& voicemail, Call& call, Fields& fields, Answer answer) {
  const std::string user = fields.text("user"), to = fields.text("to");
  const int64_t id = fields.number("id");
  if (auto good = fields.finish(); !good) return answer(good.error());
  voicemail.forward(user, id, to, [&call, a = std::move(answer)](Result<Message> message) mutable {
    if (a.wanted()) a(message ? Value{{"outcome", "done"}} : refusal(call, message.error()));
  });
}

struct Entry {
  const char* name;
  const char* signature;
  const char* help;
  Body body;
  Value imagined;  ///< what a trace goes on with
  const char* example;
};

std::vector<Entry> entries() {
  return {
      {"mailbox", "mailbox{user = id} -> box",
       "A person's voice mailbox: a table of new, old and urgent (numbers of messages), ask_pin (whether a PIN is wanted at the person's "
       "own "
       "phone) and the own greetings, unavailable and busy, as sounds; nil where there is no mailbox.",
       mailbox, Value{{"new", 0}, {"old", 0}, {"urgent", 0}, {"ask_pin", true}},
       "local box = call.user and call:mailbox { user = call.user.id }\nif box and box.new > 0 then call:play(\"prompts/new-messages\") "
       "end"},
      {"take_message", "take_message{user = id, busy = false, urgent = false} -> take",
       "A place for a message to that person, from this caller. The result's outcome is \"record\", with id, name, max and silence as "
       "call:record wants them, greeting, the person's own for a line that is busy or not answered, and person, the name as its owner "
       "speaks "
       "it (nil where nothing was recorded); or \"no-mailbox\", \"full\" or \"failed\". What is then recorded under that name becomes a "
       "message by keep_recording, and by itself "
       "if "
       "the caller hangs up in the middle and it is long enough.",
       take_message, Value{{"outcome", "record"}, {"id", 1}, {"name", "voicemail/trace"}, {"max", 180}},
       "local take = call:take_message { user = \"jane.white\" }\n"
       "if take.outcome == \"record\" then\n"
       "  call:record { take.name, max = take.max, silence = take.silence }\n"
       "  call:keep_recording { id = take.id }\n"
       "end"},
      {"take_greeting", "take_greeting{user = id, kind = \"unavailable\"} -> take",
       "As take_message, for that person's own greeting: \"unavailable\", \"busy\" for when the line is, or \"name\". It takes the place "
       "of the old "
       "one "
       "at keep_recording.",
       take_greeting, Value{{"outcome", "record"}, {"id", -1}, {"name", "voicemail/trace"}, {"max", 60}},
       "local take = call:take_greeting { user = \"jane.white\", kind = \"busy\" }\n"
       "call:record { take.name, max = take.max }\n"
       "call:keep_recording { id = take.id }"},
      {"keep_recording", "keep_recording{id = number, urgent = false} -> result",
       "Puts what was recorded where it belongs; it is on the disk when this returns. Outcome \"saved\" with seconds, \"too-short\", or "
       "\"failed\" with text.",
       keep_recording, Value{{"outcome", "saved"}, {"seconds", 5}},
       "local take = call:take_message { user = \"jane.white\", urgent = true }\n"
       "call:record { take.name }\n"
       "if call:keep_recording { id = take.id }.outcome == \"saved\" then call:play(\"prompts/message-saved\") end"},
      {"drop_recording", "drop_recording{id = number}", "Throws away what was recorded, and the place for it.", drop_recording, Value(),
       "local take = call:take_message { user = \"jane.white\" }\ncall:drop_recording { id = take.id }"},
      {"drop_greeting", "drop_greeting{user = id, kind = \"unavailable\"} -> gone",
       "Deletes a person's own greeting, so that the spoken one is heard again. False where there was none.", drop_greeting, Value(true),
       "call:drop_greeting { user = \"jane.white\", kind = \"busy\" }"},
      {"messages", "messages{user = id, state = none} -> list",
       "The messages in a person's box, urgent ones first, then the oldest; at most 100. Each is a table of id, sound (for call:play), "
       "number "
       "and name of the caller, at (seconds since 1970), seconds, state (\"new\", \"heard\" or \"saved\"), urgent, and forwarded_by.",
       messages, Value::array(),
       "for _, message in ipairs(call:messages { user = \"jane.white\", state = \"new\" }) do call:play(message.sound) end"},
      {"mark_message", "mark_message{user = id, id = number, state = word} -> found",
       "Makes a message \"new\", \"heard\", \"saved\" or \"deleted\". False where there is no such message any more.", mark_message,
       Value(true), "call:mark_message { user = \"jane.white\", id = 12, state = \"saved\" }"},
      {"forward_message", "forward_message{user = id, id = number, to = id} -> result",
       "Puts a copy of a message into another person's box. Outcome \"done\", \"no-mailbox\" (also where there is no such message), "
       "\"full\" "
       "or \"failed\".",
       forward_message, Value{{"outcome", "done"}}, "call:forward_message { user = \"jane.white\", id = 12, to = \"john.doe\" }"},
  };
}

}  // namespace

Result<void> add_voicemail_verbs(Host& host, Voicemail& voicemail, std::vector<Registration>& registrations) {
  for (auto& entry : entries()) {
    Verb verb{
        .name = entry.name,
        .signature = entry.signature,
        .help = entry.help,
        .start = [&voicemail, name = entry.name, body = entry.body](
                     Call& call, const Value& args, VerbDone done) { return start(voicemail, name, body, call, args, std::move(done)); },
        .dry_run = [name = entry.name, imagined = entry.imagined](Call&, const Value& args) -> std::pair<std::string, Value> {
          const std::string list = args.dump();
          return {fmt::format("{}({})", name, list.substr(1, list.size() - 2)), imagined};
        },
        .example = entry.example};
    auto added = host.add_verb(std::move(verb));
    if (!added) return added.error();
    registrations.push_back(std::move(*added));
  }
  return {};
}

size_t uses_of_voicemail_verbs(Host& host) {
  size_t uses = 0;
  for (const char* const name : kNames) uses += host.uses_of_verb(name);
  return uses;
}

}  // namespace tandem
