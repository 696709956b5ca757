// Guests: users for some days. The row in mobility.db comes first and goes last, so that whatever a crash leaves behind is swept.
#include <fmt/format.h>

#include "continuations.h"
#include "login_attempt.h"
#include "tandem/log.h"
#include "tandem/named_event.h"

namespace tandem {
namespace {

constexpr Log kLog{"mobility"};
constexpr size_t kLongestName = 128;
constexpr std::chrono::minutes kLongestStay{366 * 24 * 60};

MobilityResult no(std::string text) { return {.code = MobilityCode::policy_error, .text = std::move(text)}; }

bool printable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string refuse_guest(const GuestRequest& request) {
  const bool digits = request.extension.find_first_not_of("0123456789") == std::string::npos && request.extension.size() <= 24;
  const auto& reach = request.calling_class;
  if (request.name.empty() || request.name.size() > kLongestName || !printable(request.name))
    return "a guest has a name of at most 128 bytes";
  if (!digits) return "an extension is 1 to 24 digits";
  if (reach != "internal" && reach != "national" && reach != "international") return "there is no such calling class";
  if (request.stays < std::chrono::minutes(1) || request.stays > kLongestStay) return "a guest stays a minute to a year";
  if (request.pin.empty() && request.device.empty() && request.site.empty())
    return "a guest needs a PIN, or a device or a site for a token";
  return {};
}

}  // namespace

void MobilityService::make_guest(GuestRequest request, MobilityDone done) {
  if (request.origin.by.empty()) return done({.code = MobilityCode::no_proxy_right});
  if (parts_.guests == nullptr) return done(no("there is no book of guests"));
  if (auto why = refuse_guest(request); !why.empty()) return done(no(std::move(why)));
  if (request.extension.empty() && settings_.guests_to < settings_.guests_from) return done(no("there are no extensions for guests"));
  auto asked = std::make_shared<GuestRequest>(std::move(request));
  add_guest(asked, asked->extension.empty() ? settings_.guests_from : std::stoll(asked->extension),
            std::make_shared<MobilityDone>(std::move(done)));
}

/// From `extension` on, the first that the database has free.
void MobilityService::add_guest(const std::shared_ptr<GuestRequest>& request, int64_t extension,
                                const std::shared_ptr<MobilityDone>& done) {
  const bool wanted = !request->extension.empty();
  if (!wanted) {
    while (extension <= settings_.guests_to && parts_.directory.number(std::to_string(extension))) ++extension;
    if (extension > settings_.guests_to) return (*done)(no("every extension for guests is in use"));
  }
  const std::string id = "guest." + random_word().substr(0, 10);
  const User user{.id = id,
                  .name = request->name,
                  .extension = wanted ? request->extension : std::to_string(extension),
                  .calling_class = request->calling_class,
                  .did = {}};
  parts_.credentials.keep_guest(
      {id, wall() + request->stays, request->mobile}, [this, alive = alive_, request, extension, wanted, user, done](Result<void> kept) {
        if (!*alive) return;
        if (!kept) return (*done)({.code = MobilityCode::database_error});
        parts_.guests->add(user, [this, alive, request, extension, wanted, id = user.id, done](Result<void> added) {
          if (!*alive) return;
          if (added) return guest_added(request, id, done);
          parts_.credentials.drop(id);
          const bool taken = added.error().code == ErrorCode::exists;
          if (taken && !wanted) return add_guest(request, extension + 1, done);
          (*done)(taken ? no("that extension is in use") : MobilityResult{.code = MobilityCode::database_error});
        });
      });
}

void MobilityService::guest_added(const std::shared_ptr<GuestRequest>& request, const std::string& id,
                                  const std::shared_ptr<MobilityDone>& done) {
  const auto user = parts_.directory.user(id);
  const auto tell = [this, alive = alive_, request, id, user, done](std::string token) {
    if (!*alive) return;
    note(request->origin, "guest", MobilityCode::done, {}, id, "came");
    parts_.events.publish(NamedEvent{"guest.came", Value{{"user", id}, {"name", request->name}, {"mobile", request->mobile}}, {}});
    MobilityResult result;
    result.user = user, result.token = std::move(token);
    (*done)(std::move(result));
  };
  const auto undo = [this, id, done](MobilityResult why) {
    drop_guest(id, "refused", std::make_shared<MobilityDone>([done, why = std::move(why)](const MobilityResult&) { (*done)(why); }));
  };
  const auto with_pin = [this, alive = alive_, request, id, tell, undo](Result<void> kept) {
    if (!*alive) return;
    if (!kept)
      return undo(kept.error().code == ErrorCode::invalid ? no(kept.error().message)
                                                          : MobilityResult{.code = MobilityCode::database_error});
    if (request->device.empty() && request->site.empty()) return tell({});
    parts_.credentials.make_token({{id, request->device, request->site, {}}, request->token_lives}, [tell, undo](Result<std::string> word) {
      if (!word) return undo({.code = MobilityCode::database_error});
      tell(*word);
    });
  };
  if (request->pin.empty()) return with_pin({});
  parts_.credentials.set(*user, request->pin, {}, false, with_pin);
}

void MobilityService::end_guest(MobilityOrigin origin, std::string user, MobilityDone done) {
  if (origin.by.empty()) return done({.code = MobilityCode::no_proxy_right});
  if (!parts_.credentials.is_guest(user)) return done({.code = MobilityCode::no_user});
  drop_guest(user, "checked-out", std::make_shared<MobilityDone>(std::move(done)));
}

/// Sessions first: a user who is gone is nowhere.
void MobilityService::drop_guest(const std::string& user, std::string why, std::shared_ptr<MobilityDone> done) {
  for (const auto& session : sessions_of(user)) end_session(*session, why);
  if (parts_.guests == nullptr) return (*done)({.code = MobilityCode::no_user});
  parts_.guests->remove(user, [this, alive = alive_, user, why = std::move(why), done](Result<void> removed) {
    if (!*alive) return;
    if (!removed && removed.error().code != ErrorCode::not_found) return (*done)({.code = MobilityCode::database_error});
    parts_.credentials.drop(user);
    kLog.line(LogLevel::info, "the guest {} is gone ({})", user, why);
    note({.door = "system"}, "guest", MobilityCode::done, {}, user, why);
    parts_.events.publish(NamedEvent{"guest.left", Value{{"user", user}}, {}});
    (*done)({});
  });
}

/// Those whose time is over.
void MobilityService::end_guests() {
  for (const auto& user : parts_.credentials.guests_due(wall()))
    drop_guest(user, "time", std::make_shared<MobilityDone>([](const MobilityResult&) {}));
}

}  // namespace tandem
