#include "message_door.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>

namespace tandem {
namespace {

constexpr const char* kRight = "voicemail";
constexpr const char* kWave = "audio/wav";

std::string utc(WallTime at) { return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(at))); }

/// Numbers and names are strangers': JSON is UTF-8, which Reply::json sees to.
Json message_json(const Message& m) {
  Json row{{"id", m.id},
           {"state", to_string(m.state)},
           {"urgent", m.urgent},
           {"number", m.number},
           {"name", m.name},
           {"at", utc(m.at)},
           {"seconds", static_cast<double>(m.length.count()) / 1000},
           {"call", m.call},
           {"audio", fmt::format("/api/v1/users/{}/messages/{}/audio", m.user, m.id)}};
  if (!m.forwarded_by.empty()) row["forwarded_by"] = m.forwarded_by;
  return row;
}

/// 0 where it is no number: no message has that id.
int64_t id_of(const http::Request& request) {
  const std::string text = request.part("message");
  int64_t id = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  return fault == std::errc() && end == text.data() + text.size() ? id : 0;
}

/// The one text field of a body; the error has been answered when there is none.
std::optional<std::string> only_field(const http::Request& request, const char* key, http::Reply& reply) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (body.is_object() && body.size() == 1 && body.contains(key) && body[key].is_string() &&
      body[key].get_ref<const std::string&>().size() <= 128)
    return body[key].get<std::string>();
  reply.json(Error{ErrorCode::invalid, fmt::format("the body must be a JSON object with \"{}\", a text, and nothing else", key)});
  return std::nullopt;
}

MessageStore::Done<Message> answering(http::Reply reply) {
  return [r = std::move(reply)](Result<Message> message) mutable { message ? r.json(message_json(*message)) : r.json(message.error()); };
}

Json operation(const char* summary, std::initializer_list<const char*> query = {}, const char* body = nullptr) {
  return http::operation("Voicemail", summary, query, body == nullptr ? Json() : http::text_fields({body}));
}

}  // namespace

const MessageDoor::Entry MessageDoor::kEntries[] = {
    {"GET", "/api/v1/users/{user}/messages", &MessageDoor::list,
     [] { return operation("The voice messages in a person's box, urgent ones first, then the oldest", {"state"}); }},
    {"GET", "/api/v1/users/{user}/messages/{message}", &MessageDoor::one, [] { return operation("One voice message"); }},
    {"GET", "/api/v1/users/{user}/messages/{message}/audio", &MessageDoor::audio,
     [] { return operation("Its sound (audio/wav), whole or a Range of it"); }},
    {"PATCH", "/api/v1/users/{user}/messages/{message}", &MessageDoor::mark,
     [] { return operation("Make a voice message \"new\", \"heard\" or \"saved\"", {}, "state"); }},
    {"DELETE", "/api/v1/users/{user}/messages/{message}", &MessageDoor::remove, [] { return operation("Delete a voice message"); }},
    {"POST", "/api/v1/users/{user}/messages/{message}/forward", &MessageDoor::forward,
     [] { return operation("Put a copy of a voice message into another person's box", {}, "to"); }},
    {"GET", "/api/v1/users/{user}/greetings/{kind}/audio", &MessageDoor::greeting,
     [] { return operation("A person's own greeting (audio/wav): \"unavailable\", \"busy\" or \"name\""); }},
    {"DELETE", "/api/v1/users/{user}/greetings/{kind}", &MessageDoor::drop_greeting,
     [] { return operation("Delete a person's own greeting; the spoken one is heard again"); }},
};

Result<std::vector<Registration>> MessageDoor::open() { return http::open_routes<MessageDoor>(server_, *this, kEntries, kRight); }

void MessageDoor::list(http::Request request, http::Reply reply) {
  const std::string user = request.part("user");
  const std::string* const word = http::find(request.query, "state");
  const auto state = word == nullptr ? std::nullopt : message_state(*word);
  if (word != nullptr && !state) return reply.json(Error{ErrorCode::invalid, "a state is new, heard or saved"});
  if (auto box = voicemail_.owner(user); !box) return reply.json(box.error());
  // A box holds at most so many: no pages are needed.
  auto listed = [user, counts = voicemail_.store().counts(user), r = std::move(reply)](Result<std::vector<Message>> found) mutable {
    if (!found) return r.json(found.error());
    Json rows = Json::array();
    for (const auto& message : *found) rows.push_back(message_json(message));
    r.json({{"user", user}, {"new", counts.fresh}, {"old", counts.heard}, {"messages", std::move(rows)}});
  };
  voicemail_.store().list(user, state, voicemail_.settings().max_messages, std::move(listed));
}

void MessageDoor::one(http::Request request, http::Reply reply) {
  voicemail_.store().find(request.part("user"), id_of(request), answering(std::move(reply)));
}

void MessageDoor::audio(http::Request request, http::Reply reply) {
  voicemail_.store().find(request.part("user"), id_of(request), [this, r = std::move(reply)](Result<Message> message) mutable {
    if (!message) return r.json(message.error());
    const std::string name = fmt::format("attachment; filename=\"message-{}.wav\"", message->id);
    r.send(http::File{.path = voicemail_.store().path_of(message->file), .type = kWave, .headers = {{"Content-Disposition", name}}});
  });
}

void MessageDoor::mark(http::Request request, http::Reply reply) {
  const auto word = only_field(request, "state", reply);
  if (!word) return;
  const auto state = message_state(*word);
  if (!state) return reply.json(Error{ErrorCode::invalid, "a state is new, heard or saved"});
  voicemail_.mark(request.part("user"), id_of(request), *state, answering(std::move(reply)));
}

void MessageDoor::remove(http::Request request, http::Reply reply) {
  voicemail_.remove(request.part("user"), id_of(request), answering(std::move(reply)));
}

void MessageDoor::forward(http::Request request, http::Reply reply) {
  const auto to = only_field(request, "to", reply);
  if (to) voicemail_.forward(request.part("user"), id_of(request), *to, answering(std::move(reply)));
}

void MessageDoor::greeting(http::Request request, http::Reply reply) {
  const std::string kind = request.part("kind");
  const std::string file = is_greeting(kind) ? voicemail_.store().greeting(request.part("user"), kind) : "";
  if (file.empty()) return reply.json(Error{ErrorCode::not_found, "no such greeting has been recorded"});
  reply.send(http::File{.path = voicemail_.store().path_of(file), .type = kWave});
}

void MessageDoor::drop_greeting(http::Request request, http::Reply reply) {
  voicemail_.drop_greeting(request.part("user"), request.part("kind"), [r = std::move(reply)](Result<bool> gone) mutable {
    if (!gone) return r.json(gone.error());
    *gone ? r.json(Json::object()) : r.json(Error{ErrorCode::not_found, "no such greeting has been recorded"});
  });
}

}  // namespace tandem
