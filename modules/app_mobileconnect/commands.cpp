#include "commands.h"

#include <fmt/format.h>

#include "imagined_caller.h"
#include "rows_json.h"

namespace tandem {
namespace {

using Args = std::vector<std::string>;
constexpr size_t kMostPeople = 1000;

Error usage(std::string text) { return {ErrorCode::invalid, "usage: " + std::move(text)}; }

MobileService::Done say(ConsoleReply reply, std::string good) {
  return [reply = std::make_shared<ConsoleReply>(std::move(reply)), good = std::move(good)](const Result<void>& done) {
    (*reply)(done ? Result<Json>(Json(good)) : Result<Json>(done.error()));
  };
}

/// KEY VALUE pairs from `first` on.
template <class Row>
Result<void> set_pairs(std::span<const Field<Row>> fields, Row& row, const Args& args, size_t first) {
  for (size_t i = first; i + 1 < args.size(); i += 2) {
    if (auto set = set_field(fields, row, args[i], args[i + 1]); !set) return set;
  }
  return {};
}

bool in_pairs(const Args& args, size_t first) { return args.size() >= first && (args.size() - first) % 2 == 0; }

void table_row(const Destination& d, Json& rows) {
  rows.push_back({{"destination", d.id()},
                  {"label", d.shown_label()},
                  {"number", d.number},
                  {"inside", say_time(d.delay_inside)},
                  {"outside", say_time(d.delay_outside)},
                  {"too_soon", say_time(d.too_soon)},
                  {"too_late", say_time(d.too_late)},
                  {"schedule", d.schedule},
                  {"list", d.list},
                  {"ring", d.ring},
                  {"may_move", d.may_move},
                  {"may_call_in", d.may_call_in},
                  {"owner", to_string(d.owner)}});
}

class Commands {
 public:
  Commands(Console& console, MobileService& service, Clock& clock) : console_(console), service_(service), clock_(clock) {}

  Result<std::vector<Registration>> add_all() {
    add("mobile show destinations", "[USER|USER/NAME]", "Where people are reached besides the desk; one of them in full.", &show);
    add("mobile show access lists", "[NAME]", "Who may ring a destination, or may not.", &lists);
    add("mobile show matches", "NUMBER", "Whose destination the number of a caller is, and why.", &matches);
    add("mobile show settings", "[USER]", "What is in force for the office, or for one person.", &settings);
    add("mobile add destination", "USER/NAME NUMBER [KEY VALUE]...", "A further destination; the keys are those of mobileconnect.ini.",
        &add_destination);
    add("mobile set destination", "USER/NAME KEY VALUE...", "Changes a destination. One of mobileconnect.ini can only be switched (ring).",
        &set_destination);
    add("mobile remove destination", "USER/NAME", "It is gone.", &remove_destination);
    add("mobile add list", "NAME allowed|blocked MEMBER...", "An access list: numbers with X and !, private, unavailable.", &add_list);
    add("mobile set list", "NAME KEY VALUE...", "Changes kind, members (with commas), user or description.", &set_list);
    add("mobile remove list", "NAME", "It is gone, unless a destination uses it.", &remove_list);
    add("mobile set user", "USER KEY VALUE...", "mobility, voice_access, pickup_wait or limit; an empty value: as the office.", &set_user);
    add("mobile on", "USER", "Destinations ring with the line.",
        [](auto& self, const Args& args, ConsoleReply reply) { self.turn(args, true, std::move(reply)); });
    add("mobile off", "USER", "Nothing rings but the desk.",
        [](auto& self, const Args& args, ConsoleReply reply) { self.turn(args, false, std::move(reply)); });
    add("mobile test", "CALLER LINE [at TIME] [in-group]", "What would ring for such a call, and why, without calling anybody.", &test);
    if (failed_) return *failed_;
    return std::move(made_);
  }

 private:
  struct Self {
    MobileService& service;
    Clock& clock;
    void turn(const Args& args, bool on, ConsoleReply reply) const {
      if (args.size() != 1) return reply(usage(on ? "mobile on USER" : "mobile off USER"));
      (void)service.set_mobility(args[0], on,
                                 say(std::move(reply), fmt::format("Mobile Connect is {} for {}", on ? "on" : "off", args[0])));
    }
  };
  using Run = void (*)(const Self& self, const Args& args, ConsoleReply reply);

  void add(const char* words, const char* arguments, const char* help, Run run) {
    auto added = console_.add({words, arguments, help, [self = Self{service_, clock_}, run](const Args& args, ConsoleReply reply) {
                                 run(self, args, std::move(reply));
                               }});
    if (!added) {
      failed_ = added.error();
      return;
    }
    made_.push_back(std::move(*added));
  }

  static void show(const Self& self, const Args& args, ConsoleReply reply) {
    const auto& book = self.service.book();
    if (args.size() > 1) return reply(usage("mobile show destinations [USER|USER/NAME]"));
    if (!args.empty() && args[0].find('/') != std::string::npos) {
      const auto* const row = book.find(args[0]);
      if (row == nullptr) return reply(Error{ErrorCode::not_found, fmt::format("there is no destination \"{}\"", args[0])});
      return reply(json_of(*row));
    }
    if (!args.empty() && self.service.directory().user(args[0]) == nullptr)
      return reply(Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", args[0])});
    Json rows = Json::array();
    for (const auto& user : args.empty() ? book.people({}, kMostPeople) : Args{args[0]}) {
      const auto* const person = book.person(user);
      if (person == nullptr) continue;
      for (const auto& one : person->destinations) table_row(*one, rows);
    }
    reply(std::move(rows));
  }

  static void lists(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() > 1) return reply(usage("mobile show access lists [NAME]"));
    Json rows = Json::array();
    for (const auto& [name, list] : self.service.book().lists()) {
      if (!args.empty() && args[0] != name) continue;
      rows.push_back({{"list", name},
                      {"kind", list.allows ? "allowed" : "blocked"},
                      {"members", fmt::format("{}", fmt::join(list.members, ", "))},
                      {"user", list.user},
                      {"description", list.description},
                      {"owner", to_string(list.owner)}});
    }
    if (rows.empty() && !args.empty()) return reply(Error{ErrorCode::not_found, fmt::format("there is no access list \"{}\"", args[0])});
    reply(std::move(rows));
  }

  static void matches(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(usage("mobile show matches NUMBER"));
    const auto match = self.service.explain_match(args[0]);
    reply(Json{{"number", as_dialled(self.service.settings().dial, args[0])},
               {"destination", match.destination != nullptr ? match.destination->id() : ""},
               {"matching", self.service.settings().partial ? "partial" : "complete"},
               {"why", match.why}});
  }

  static void settings(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() > 1) return reply(usage("mobile show settings [USER]"));
    if (args.empty()) return reply(json_of(self.service.settings()));
    if (self.service.directory().user(args[0]) == nullptr)
      return reply(Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", args[0])});
    reply(person_json(self.service, args[0]));
  }

  static void add_destination(const Self& self, const Args& args, ConsoleReply reply) {
    const auto halves = args.empty() ? std::nullopt : split_id(args[0]);
    if (args.size() < 2 || !in_pairs(args, 2) || !halves) return reply(usage("mobile add destination USER/NAME NUMBER [KEY VALUE]..."));
    Destination row;
    std::tie(row.user, row.name) = *halves;
    if (auto set = set_field(destination_fields(), row, "number", args[1]); !set) return reply(set.error());
    if (auto set = set_pairs(destination_fields(), row, args, 2); !set) return reply(set.error());
    self.service.create(std::move(row), say(std::move(reply), fmt::format("{} is a destination", args[0])));
  }

  static void set_destination(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() < 3 || !in_pairs(args, 1)) return reply(usage("mobile set destination USER/NAME KEY VALUE..."));
    self.service.edit(
        args[0], [args](Destination& row) { return set_pairs(destination_fields(), row, args, 1); },
        say(std::move(reply), fmt::format("{} is changed", args[0])));
  }

  static void remove_destination(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(usage("mobile remove destination USER/NAME"));
    self.service.remove(args[0], say(std::move(reply), fmt::format("{} is gone", args[0])));
  }

  static void add_list(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() < 3) return reply(usage("mobile add list NAME allowed|blocked MEMBER..."));
    AccessList row;
    row.name = args[0];
    if (auto set = set_field(list_fields(), row, "kind", args[1]); !set) return reply(set.error());
    row.members.assign(args.begin() + 2, args.end());
    if (auto read = row.read_members(); !read) return reply(read.error());
    self.service.create(std::move(row), say(std::move(reply), fmt::format("{} is an access list", args[0])));
  }

  static void set_list(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() < 3 || !in_pairs(args, 1)) return reply(usage("mobile set list NAME KEY VALUE..."));
    self.service.edit_list(
        args[0], [args](AccessList& row) { return set_pairs(list_fields(), row, args, 1); },
        say(std::move(reply), fmt::format("{} is changed", args[0])));
  }

  static void remove_list(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(usage("mobile remove list NAME"));
    self.service.remove_list(args[0], say(std::move(reply), fmt::format("{} is gone", args[0])));
  }

  static void set_user(const Self& self, const Args& args, ConsoleReply reply) {
    if (args.size() < 3 || !in_pairs(args, 1)) return reply(usage("mobile set user USER KEY VALUE..."));
    self.service.edit_person(
        args[0], [args](PersonSettings& row) { return set_pairs(person_fields(), row, args, 1); },
        say(std::move(reply), fmt::format("{} is changed", args[0])));
  }

  static void test(const Self& self, const Args& given, ConsoleReply reply) {
    Args args = given;
    const bool in_group = !args.empty() && args.back() == "in-group";
    if (in_group) args.pop_back();
    if (args.size() != 2 && (args.size() < 4 || args[2] != "at")) return reply(usage("mobile test CALLER LINE [at TIME] [in-group]"));
    std::string at;
    for (size_t i = 3; i < args.size(); ++i) at += (at.empty() ? "" : " ") + args[i];
    auto tested = test_reach(self.service, self.clock, args[0], args[1], at, in_group);
    if (!tested) return reply(tested.error());
    if ((*tested)["destinations"].empty())
      return reply(Json(fmt::format("{}: nothing rings but the desk: {} has no destinations", (*tested)["caller"].get<std::string>(),
                                    (*tested)["user"].get<std::string>())));
    reply((*tested)["destinations"]);
  }

  Console& console_;
  MobileService& service_;
  Clock& clock_;
  std::vector<Registration> made_;
  std::optional<Error> failed_;
};

}  // namespace

Result<std::vector<Registration>> register_mobile_commands(Console& console, MobileService& service, Clock& clock) {
  return Commands(console, service, clock).add_all();
}

}  // namespace tandem
