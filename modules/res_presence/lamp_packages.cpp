#include "lamp_packages.h"

#include <fmt/format.h>

namespace tandem {
namespace {

std::string key_of_watcher(const Watcher& watcher) {
  return watcher.who.user ? user_key(watcher.who.user->id) : device_key(watcher.device.name);
}

}  // namespace

Result<PresenceSettings> read_presence_settings(const Config& config) {
  PresenceSettings settings;
  const auto file = config.read("presence");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<PresenceSettings>(settings) : file.error();
  std::vector<std::string> errors;
  for (const auto& section : file->sections) {
    SectionReader reader(section, errors);
    if (section.name == "lamps") {
      const auto parties = reader.choice("parties", "ringing", {"never", "ringing", "always"});
      settings.parties = parties == "never" ? ShowParties::never : parties == "always" ? ShowParties::always : ShowParties::ringing;
    }
    reader.finish();
  }
  if (!errors.empty()) return config_error(errors);
  return settings;
}

Result<std::string> key_of(Directory& directory, const Watcher& watcher, std::string_view resource) {
  if (resource == watcher.device.name) return key_of_watcher(watcher);
  if (const auto number = directory.number(resource)) {
    if (number->kind == Number::Kind::user) return user_key(number->owner);
    if (number->kind == Number::Kind::device) return device_key(number->owner);
  }
  if (directory.user(resource)) return user_key(resource);
  if (directory.device(resource)) return device_key(resource);
  return Error{ErrorCode::not_found, fmt::format("nobody has \"{}\"", resource)};
}

LinePackage::LinePackage(Kind kind, Directory& directory, const LineStates& lines, const PresenceSettings& settings)
    : kind_(kind),
      directory_(directory),
      lines_(lines),
      settings_(settings),
      types_(kind == Kind::dialog ? std::vector<std::string>{kDialogInfo} : std::vector<std::string>{kPidf, kCpimPidf}) {}

Result<std::string> LinePackage::state(const Watcher& watcher, const StateAsked& asked) {
  const auto lines = lines_.of(std::string(asked.key));
  if (kind_ == Kind::presence) return pidf(asked.entity, lines);
  return dialog_info(asked.entity, asked.version, lines, settings_.parties, key_of_watcher(watcher) == asked.key);
}

// Whose messages wait is nobody else's business.
Result<std::string> MessagePackage::resolve(const Watcher& watcher, std::string_view resource) {
  auto key = key_of(host_.directory(), watcher, resource);
  if (key && *key != key_of_watcher(watcher)) return Error{ErrorCode::forbidden, "messages of somebody else"};
  return key;
}

Result<std::string> MessagePackage::state(const Watcher& watcher, const StateAsked& asked) {
  auto* const keeper = host_.find<MessageWaiting>();
  std::optional<MessageCounts> counts;
  if (keeper != nullptr && watcher.who.user) counts = keeper->messages(watcher.who.user->id);
  const std::string number = keeper != nullptr ? keeper->account() : "";
  const size_t at = asked.entity.rfind('@');
  const std::string account =
      number.empty() || at == std::string_view::npos ? "" : fmt::format("sip:{}{}", number, asked.entity.substr(at));
  return message_summary(counts.value_or(MessageCounts{}), account);
}

}  // namespace tandem
