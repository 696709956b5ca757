// Guests of Extension Mobility bring a mobile: it is their destination for as long as they stay.
#include <fmt/format.h>

#include "service.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("mobile");
constexpr const char* kName = "mobile";

std::string text_of(const Value& data, const char* key) {
  const auto found = data.find(key);
  return found != data.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

void MobileService::listen() {
  heard_.push_back(parts_.events.subscribe<NamedEvent>([this](const NamedEvent& event) {
    if (event.name == "guest.came") guest_came(event.data);
    if (event.name == "guest.left") guest_left(event.data);
  }));
}

void MobileService::guest_came(const Value& data) {
  const auto mobile = text_of(data, "mobile");
  if (mobile.empty()) return;
  Destination row;
  row.user = text_of(data, "user");
  row.name = kName;
  row.owner = RowOwner::guest;
  if (auto taken = set_field(destination_fields(), row, "number", mobile); !taken)
    return kLog.line(LogLevel::warning, "the mobile of the guest {} is left out: {}", row.user, taken.error().message);
  row.number = as_dialled(settings_.dial, row.number);
  create(row, [user = row.user](const Result<void>& made) {
    if (!made) kLog.line(LogLevel::warning, "the mobile of the guest {} is left out: {}", user, made.error().message);
  });
}

void MobileService::guest_left(const Value& data) {
  const auto user = text_of(data, "user");
  const auto* const person = book_->person(user);
  if (person == nullptr) return;
  std::vector<std::string> gone;
  for (const auto& one : person->destinations) {
    if (one->owner != RowOwner::ini) gone.push_back(one->id());
  }
  for (auto& id : gone) remove(id, [](const Result<void>&) {});
}

/// Those who left while nobody listened.
void MobileService::forget_guests() {
  std::vector<std::string> gone;
  constexpr size_t kPage = 1000;
  std::string after;
  for (auto page = book_->people(after, kPage); !page.empty(); page = book_->people(after, kPage)) {
    for (const auto& user : page) {
      for (const auto& one : book_->person(user)->destinations) {
        if (one->owner == RowOwner::guest && parts_.directory.user(user) == nullptr) gone.push_back(one->id());
      }
    }
    after = page.back();
  }
  for (auto& id : gone) remove(id, [](const Result<void>&) {});
}

}  // namespace tandem
