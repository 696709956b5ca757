#include "phone_pages.h"

#include <fmt/format.h>

#include <utility>

namespace tandem {
namespace {

constexpr const char* kTitle = "Extension Mobility";

std::string duration_text(std::chrono::minutes since) {
  const auto minutes = since.count();
  if (minutes < 1) return "since just now";
  if (minutes < 60) return fmt::format("for {} min", minutes);
  return fmt::format("for {} h {} min", minutes / 60, minutes % 60);
}

}  // namespace

ScreenQuery PhonePages::query() const {
  ScreenQuery all{{"device", frame_.device}};
  if (!frame_.login_type.empty()) all.emplace_back("loginType", frame_.login_type);
  return all;
}

std::string PhonePages::link(ScreenQuery more) const {
  ScreenQuery all = query();
  for (auto& pair : more) all.push_back(std::move(pair));
  return with_query(frame_.login_url, all);
}

std::string PhonePages::pin_link(const std::string& user) const {
  ScreenQuery all{{"device", frame_.device}};
  if (!user.empty()) all.emplace_back("userid", user);
  return with_query(frame_.pin_url, all);
}

std::vector<ScreenLink> PhonePages::input_keys() const {
  return {{.does = ScreenLink::Does::submit, .label = "Submit"}, {.does = ScreenLink::Does::erase, .label = "<<"}, leave()};
}

Screen PhonePages::login_form(const std::string& prefilled) const {
  const bool digits = !frame_.letters || frame_.login_type == "DN";
  return {.kind = Screen::Kind::input,
          .title = kTitle,
          .prompt = "Please log in",
          .url = frame_.login_url,
          .query = query(),
          .fields = {{.label = frame_.login_type == "DN" ? "Extension" : "User ID",
                      .parameter = "userid",
                      .kind = digits ? ScreenField::Kind::digits : ScreenField::Kind::text,
                      .value = prefilled},
                     {.label = "PIN", .parameter = "seq", .secret = true}},
          .keys = input_keys()};
}

Screen PhonePages::choose_profile(const std::vector<std::shared_ptr<const Profile>>& profiles, const std::string& step) const {
  Screen screen{.kind = Screen::Kind::menu, .title = kTitle, .prompt = "Choose a profile"};
  for (const auto& profile : profiles) {
    const std::string name = profile->model.empty() ? profile->id : fmt::format("{} ({})", profile->id, profile->model);
    screen.items.push_back({.label = name, .url = link({{"step", step}, {"profile", profile->id}})});
  }
  screen.keys = {leave()};
  return screen;
}

Screen PhonePages::one_time_code(const std::string& step) const {
  ScreenQuery further = query();
  further.emplace_back("step", step);
  return {.kind = Screen::Kind::input,
          .title = kTitle,
          .prompt = "Code of your authenticator",
          .url = frame_.login_url,
          .query = std::move(further),
          .fields = {{.label = "Code", .parameter = "code", .secret = true}},
          .keys = input_keys()};
}

Screen PhonePages::occupied(const std::string& name, std::chrono::minutes since, bool others) const {
  Screen screen{.kind = Screen::Kind::menu, .title = kTitle, .prompt = fmt::format("{}, {}", name, duration_text(since))};
  screen.items = {{.label = fmt::format("Log out {}", name), .url = link({{"ask", "logout"}})}, {.label = "Change PIN", .url = pin_link()}};
  if (others) screen.items.push_back({.label = "Log in as somebody else", .url = link({{"ask", "login"}})});
  screen.keys = {{.label = "Logout", .url = link({{"ask", "logout"}})}, leave()};
  return screen;
}

Screen PhonePages::confirm_logout(const std::string& name) const {
  return {.title = kTitle,
          .prompt = "Logout",
          .text = fmt::format("Do you want to log out {} from this phone?", name),
          .keys = {{.label = "Yes", .url = link({{"doLogout", "true"}})}, {.label = "No", .url = link()}, leave()}};
}

Screen PhonePages::logged_in(const std::string& name, const std::string& extension) const {
  return {.title = kTitle,
          .prompt = "Login successful",
          .text = fmt::format("{} is logged in at this phone. Calls to {} ring here.", name, extension),
          .keys = {leave()}};
}

Screen PhonePages::logged_out() const {
  return {.title = kTitle, .prompt = "Logout successful", .text = "Nobody is logged in at this phone.", .keys = {leave()}};
}

Screen PhonePages::refused(MobilityCode code, const std::string& text, bool logout) const {
  return {.title = kTitle,
          .prompt = logout ? "Logout" : "Login",
          .text = text.empty() ? phone_text(code, logout) : fmt::format("{}\n{}", phone_text(code, logout), text),
          .keys = {{.label = "Back", .url = link()}, leave()}};
}

Screen PhonePages::pin_form(const std::string& user, const std::string& prompt) const {
  Screen screen{
      .kind = Screen::Kind::input, .title = "Change PIN", .prompt = prompt, .url = frame_.pin_url, .query = {{"device", frame_.device}}};
  screen.fields = {{.label = "User ID",
                    .parameter = "userid",
                    .kind = frame_.letters ? ScreenField::Kind::text : ScreenField::Kind::digits,
                    .value = user},
                   {.label = "Old PIN", .parameter = "oldpin", .secret = true},
                   {.label = "New PIN", .parameter = "newpin", .secret = true},
                   {.label = "New PIN again", .parameter = "confirmpin", .secret = true}};
  screen.keys = input_keys();
  return screen;
}

Screen PhonePages::pin_changed() const {
  return {
      .title = "Change PIN", .prompt = "Done", .text = "Your PIN has been changed.", .keys = {{.label = "Login", .url = link()}, leave()}};
}

Screen PhonePages::pin_refused(const std::string& user, const std::string& text) const {
  return {.title = "Change PIN", .prompt = "Not changed", .text = text, .keys = {{.label = "Back", .url = pin_link(user)}, leave()}};
}

Screen PhonePages::who(const std::string& text) const { return {.title = kTitle, .prompt = "Status", .text = text, .keys = {leave()}}; }

}  // namespace tandem
