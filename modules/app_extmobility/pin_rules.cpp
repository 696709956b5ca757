#include "pin_rules.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <set>

namespace tandem {
namespace {

/// "john" as it is typed on a keypad: "5646". Letters beyond a to z are left out.
std::string on_keypad(std::string_view name) {
  constexpr std::string_view kKeys = "22233344455566677778889999";
  std::string keys;
  for (const char c : name) {
    const char small = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (small >= 'a' && small <= 'z') keys += kKeys[static_cast<size_t>(small - 'a')];
  }
  return keys;
}

bool thrice_in_a_row(std::string_view pin) {
  for (size_t i = 2; i < pin.size(); ++i) {
    if (pin[i] == pin[i - 1] && pin[i] == pin[i - 2]) return true;
  }
  return false;
}

/// 408408: the whole of it is one group, again and again.
bool repeated_group(std::string_view pin) {
  for (size_t length = 1; length * 2 <= pin.size(); ++length) {
    if (pin.size() % length != 0) continue;
    bool all = true;
    for (size_t i = length; i < pin.size() && all; ++i) all = pin[i] == pin[i - length];
    if (all) return true;
  }
  return false;
}

/// 2580, 159, 753, and the same backwards; 123456 and 987654 too.
bool straight_line(std::string_view pin) {
  static constexpr std::array<std::string_view, 5> kLines{"01234567890", "147", "2580", "369", "159"};
  const std::string there(pin), back(pin.rbegin(), pin.rend());
  const auto on_a_line = [](const std::string& digits) {
    return std::any_of(kLines.begin(), kLines.end(), [&](std::string_view line) { return line.find(digits) != std::string_view::npos; }) ||
           digits == "357";
  };
  return pin.size() >= 3 && (on_a_line(there) || on_a_line(back));
}

size_t differing(std::string_view one, std::string_view other) {
  size_t count = std::max(one.size(), other.size()) - std::min(one.size(), other.size());
  for (size_t i = 0; i < std::min(one.size(), other.size()); ++i) count += one[i] != other[i] ? 1 : 0;
  return count;
}

}  // namespace

std::string trivial_pin(std::string_view pin, const User& user) {
  if (thrice_in_a_row(pin)) return "the same digit stands more than twice in a row";
  if (std::set<char>(pin.begin(), pin.end()).size() < 3) return "it has fewer than three different digits";
  const std::string back(pin.rbegin(), pin.rend());
  if (pin == user.extension || back == user.extension || pin == user.badge)
    return "it is the extension or the badge, or the same backwards";
  if (!user.extension.empty() && pin == user.extension + user.extension) return "it is the extension twice";
  if (repeated_group(pin)) return "it is one group of digits, repeated";
  if (straight_line(pin)) return "it is a straight line on the keypad";
  const std::string_view name = user.name;
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find(' ', begin), name.size());
    const std::string keys = on_keypad(name.substr(begin, end - begin));
    if (!keys.empty() && keys == pin) return "it spells a name of yours on the keypad";
    begin = end + 1;
  }
  return {};
}

std::string refuse_pin(std::string_view pin, std::string_view old_pin, const User& user, const PinPolicy& policy) {
  constexpr size_t kLongest = 64;
  if (pin.size() > kLongest || pin.find_first_not_of("0123456789") != std::string_view::npos) return "a PIN is 1 to 64 digits";
  if (pin.size() < static_cast<size_t>(policy.min_length)) return fmt::format("a PIN has at least {} digits", policy.min_length);
  if (!old_pin.empty() && differing(pin, old_pin) < static_cast<size_t>(policy.changed_characters))
    return fmt::format("the new PIN must differ from the old one in at least {} digits", policy.changed_characters);
  if (policy.check_trivial) {
    if (auto why = trivial_pin(pin, user); !why.empty()) return "too easy to guess: " + why;
  }
  return {};
}

std::string random_pin(const User& user, const PinPolicy& policy) {
  const auto length = static_cast<size_t>(std::max<int64_t>(policy.min_length, 6));
  for (;;) {  // about every second one will do
    std::string pin;
    while (pin.size() < length) pin += static_cast<char>('0' + randombytes_uniform(10));
    if (refuse_pin(pin, {}, user, policy).empty()) return pin;
  }
}

}  // namespace tandem
