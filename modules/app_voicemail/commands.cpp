#include "commands.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>

namespace tandem {
namespace {

using Args = std::vector<std::string>;
constexpr int64_t kMostRows = 1000;

std::string when(WallTime time) { return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(time))); }
double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }
Error usage(std::string_view text) { return {ErrorCode::invalid, fmt::format("usage: {}", text)}; }

std::optional<int64_t> number(const std::string& text) {
  int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Json row_of(const Message& m) {
  return {{"id", m.id},
          {"state", to_string(m.state)},
          {"urgent", m.urgent},
          {"when", when(m.at)},
          {"number", m.number},
          {"name", m.name},
          {"seconds", seconds(m.length)},
          {"call", m.call},
          {"forwarded_by", m.forwarded_by},
          {"file", m.file}};
}

void boxes(Voicemail& voicemail, const Args& args, ConsoleReply reply) {
  if (args.size() > 1) return reply(usage("voicemail show boxes [AFTER]"));
  voicemail.store().boxes(args.empty() ? "" : args[0], kMostRows,
                          [r = std::move(reply)](Result<std::vector<MessageStore::Box>> found) mutable {
                            if (!found) return r(found.error());
                            Json rows = Json::array();
                            for (const auto& box : *found) {
                              rows.push_back({{"user", box.user},
                                              {"new", box.fresh},
                                              {"heard", box.heard},
                                              {"saved", box.saved},
                                              {"urgent", box.urgent},
                                              {"seconds", seconds(box.length)}});
                            }
                            r(std::move(rows));
                          });
}

void messages(Voicemail& voicemail, const Args& args, ConsoleReply reply) {
  const auto state = args.size() == 2 ? message_state(args[1]) : std::nullopt;
  if (args.empty() || args.size() > 2 || (args.size() == 2 && !state))
    return reply(usage("voicemail show messages USER [new|heard|saved]"));
  if (auto box = voicemail.owner(args[0]); !box) return reply(box.error());
  voicemail.store().list(args[0], state, kMostRows, [r = std::move(reply)](Result<std::vector<Message>> found) mutable {
    if (!found) return r(found.error());
    Json rows = Json::array();
    for (const auto& message : *found) rows.push_back(row_of(message));
    r(std::move(rows));
  });
}

void letters(Voicemail& voicemail, const Args& /*args*/, ConsoleReply reply) {
  voicemail.store().letters(kMostRows, [r = std::move(reply)](Result<std::vector<MessageStore::Waiting>> found) mutable {
    if (!found) return r(found.error());
    Json rows = Json::array();
    for (const auto& one : *found) {
      rows.push_back({{"message", one.message},
                      {"user", one.user},
                      {"tries", one.tries},
                      {"next", one.due ? when(*one.due) : std::string("given up")},
                      {"error", one.error}});
    }
    r(std::move(rows));
  });
}

void status(Voicemail& voicemail, const Args& /*args*/, ConsoleReply reply) {
  const auto& tally = voicemail.tally();
  const auto& swept = voicemail.store().swept();
  voicemail.store().totals([&tally, &swept, &voicemail, r = std::move(reply)](Result<MessageStore::Totals> totals) mutable {
    if (!totals) return r(totals.error());
    r(Json{{"messages", totals->messages},
           {"new", totals->fresh},
           {"being_left", voicemail.open_takes()},
           {"mail_waiting", totals->letters},
           {"mail_given_up", totals->given_up},
           {"left", tally.left},
           {"left_by_hanging_up", tally.interrupted},
           {"too_short", tally.too_short},
           {"box_full", tally.full},
           {"failed", tally.failed},
           {"deleted", tally.deleted},
           {"recovered_at_start", swept.recovered},
           {"lost_files", swept.rows},
           {"stray_files", swept.files}});
  });
}

void remove(Voicemail& voicemail, const Args& args, ConsoleReply reply) {
  const auto id = args.size() == 2 ? number(args[1]) : std::nullopt;
  if (!id) return reply(usage("voicemail delete USER MESSAGE"));
  voicemail.remove(args[0], *id, [r = std::move(reply)](Result<Message> message) mutable {
    if (!message) return r(message.error());
    r(Json(fmt::format("message {} of {} is deleted", message->id, message->user)));
  });
}

void drop_greeting(Voicemail& voicemail, const Args& args, ConsoleReply reply) {
  if (args.size() != 2 || !is_greeting(args[1])) return reply(usage("voicemail drop greeting USER unavailable|busy|name"));
  voicemail.drop_greeting(args[0], args[1], [r = std::move(reply)](Result<bool> gone) mutable {
    if (!gone) return r(gone.error());
    r(*gone ? Result<Json>(Json("the greeting is deleted")) : Error{ErrorCode::not_found, "there is no such greeting"});
  });
}

struct Entry {
  const char* words;
  const char* arguments;
  const char* help;
  void (*run)(Voicemail&, const Args&, ConsoleReply);
};

constexpr Entry kEntries[] = {
    {"voicemail show boxes", "[AFTER]", "Mailboxes with messages in them; a thousand at a time.", &boxes},
    {"voicemail show messages", "USER [new|heard|saved]", "The messages of one box.", &messages},
    {"voicemail show mail", "", "Mail that is still to be sent, or could not be.", &letters},
    {"voicemail status", "", "How many messages there are, and what became of calls to voicemail since the start.", &status},
    {"voicemail delete", "USER MESSAGE", "Deletes one message.", &remove},
    {"voicemail drop greeting", "USER unavailable|busy|name", "Deletes a person's own greeting; the spoken one is heard again.",
     &drop_greeting},
};

}  // namespace

Result<std::vector<Registration>> register_voicemail_commands(Console& console, Voicemail& voicemail) {
  std::vector<Registration> made;
  for (const auto& entry : kEntries) {
    auto added =
        console.add({entry.words, entry.arguments, entry.help,
                     [&voicemail, run = entry.run](const Args& args, ConsoleReply reply) { run(voicemail, args, std::move(reply)); }});
    if (!added) return added.error();
    made.push_back(std::move(*added));
  }
  return made;
}

}  // namespace tandem
