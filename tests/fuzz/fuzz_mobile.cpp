// Numbers, patterns of access lists and fields of destinations, as callers, people and applications write them.
#include <cstdint>
#include <string_view>

#include "destination.h"
#include "number_index.h"
#include "numbers.h"

namespace {

using namespace tandem;

void compare(std::string_view pattern, std::string_view number) {
  if (const auto parsed = NumberPattern::parse(pattern)) (void)parsed->fits(number);
}

/// What a field takes, it takes again as it is shown.
void set_all(std::string_view text) {
  for (const auto& field : destination_fields()) {
    Destination row, again;
    if (!field.set(row, text).empty() || field.get == nullptr) continue;
    if (!field.set(again, field.get(row)).empty() || field.get(again) != field.get(row)) __builtin_trap();
  }
  AccessList list;
  for (const auto& field : list_fields()) (void)field.set(list, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pattern = text.substr(0, text.find('\n'));
  const auto number = text.substr(std::min(text.size(), pattern.size() + 1));
  compare(pattern, number);
  set_all(text);
  const DialRules rules;
  const auto dialled = as_dialled(rules, number);
  if (as_dialled(rules, as_e164(rules, number)) != dialled && !as_e164(rules, number).empty()) __builtin_trap();
  NumberIndex index;
  if (index.add(as_dialled(rules, pattern), nullptr)) (void)index.find_by_end(dialled, 7);
  (void)split_id(text);
  Destination row;
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_object()) (void)set_fields(destination_fields(), row, json, {});
  return 0;
}
