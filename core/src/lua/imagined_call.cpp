#include "lua/imagined_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace tandem {

namespace {
constexpr size_t kLongestWord = 200;
}

Result<std::unique_ptr<ImaginedCall>> ImaginedCall::make(const Contexts& contexts, Directory& directory, std::string_view from,
                                                         std::string_view to) {
  if (from.size() > kLongestWord || to.size() > kLongestWord)
    return Error{ErrorCode::invalid, "FROM and TO are names and numbers, not texts"};
  std::unique_ptr<ImaginedCall> call(new ImaginedCall);
  if (!call->find_caller(contexts, directory, from)) {
    return Error{ErrorCode::not_found, fmt::format("\"{}\" is no device, extension, user or context", from)};
  }
  call->dialled_ = to;
  return call;
}

Result<std::unique_ptr<ImaginedCall>> ImaginedCall::of_person(Directory& directory, std::string_view user, std::string_view to) {
  if (to.size() > kLongestWord) return Error{ErrorCode::invalid, "that is a text, no number"};
  auto person = directory.user(user);
  if (person == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", user)};
  std::unique_ptr<ImaginedCall> call(new ImaginedCall);
  call->log_in(std::move(person));
  call->dialled_ = to;
  return call;
}

bool ImaginedCall::find_caller(const Contexts& contexts, Directory& directory, std::string_view from) {
  if (auto device = directory.device(from)) {
    from_device(std::move(device), directory);
    return true;
  }
  auto user = directory.user(from);
  if (const auto number = user ? std::nullopt : directory.number(from)) {
    if (number->kind == Number::Kind::user) user = directory.user(number->owner);
    if (auto device = number->kind == Number::Kind::device ? directory.device(number->owner) : nullptr) {
      from_device(std::move(device), directory);
      return true;
    }
  }
  if (user) {
    from_user(user, directory);
    return true;
  }
  const auto slash = from.find('/');
  const auto context = from.substr(0, slash);
  if (contexts.find(context) == nullptr) return false;
  context_ = context;
  channel_.endpoint_ = context;
  if (slash != std::string_view::npos) channel_.party_.number = from.substr(slash + 1);
  return true;
}

void ImaginedCall::from_device(std::shared_ptr<const Device> device, Directory& directory) {
  device_ = std::move(device);
  occupant_ = directory.occupant(*device_);
  channel_.endpoint_ = device_->name;
  channel_.party_ = {occupant_.number, occupant_.name, false};
}

void ImaginedCall::from_user(const std::shared_ptr<const User>& user, Directory& directory) {
  const auto devices = directory.devices_of(user->id);
  if (auto device = devices.empty() ? nullptr : directory.device(devices.front())) return from_device(std::move(device), directory);
  log_in(user);
}

void ImaginedCall::log_in(std::shared_ptr<const User> user) {
  occupant_ = {user, user->extension, user->name, user->calling_class};
  channel_.party_ = {user->extension, user->name, false};
}

std::optional<std::string> ImaginedCall::header(std::string_view name) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  for (const auto& [known, value] : headers_) {
    if (std::equal(known.begin(), known.end(), name.begin(), name.end(), same)) return value;
  }
  return std::nullopt;
}

std::string ImaginedCall::describe() const {
  const Party& party = channel_.party_;
  if (device_ == nullptr && occupant_.user == nullptr)
    return fmt::format("{} in context {}", party.number.empty() ? "somebody" : party.number, context_);
  return fmt::format("{} ({}, {}, class {}) in context {}", device_ ? device_->name : "no device", occupant_.number,
                     occupant_.user ? occupant_.user->id : "nobody logged in", occupant_.calling_class, context_);
}

}  // namespace tandem
