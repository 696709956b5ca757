#include "tandem/cause.h"

#include <array>
#include <charconv>

namespace tandem {

namespace {

struct Word {
  Cause cause;
  std::string_view word;
};

constexpr Word kWords[] = {
    {Cause::none, "none"},
    {Cause::unallocated, "unallocated"},
    {Cause::normal, "normal"},
    {Cause::busy, "busy"},
    {Cause::no_response, "no-response"},
    {Cause::no_answer, "no-answer"},
    {Cause::rejected, "rejected"},
    {Cause::answered_elsewhere, "answered-elsewhere"},
    {Cause::out_of_order, "out-of-order"},
    {Cause::invalid_number, "invalid-number"},
    {Cause::congestion, "congestion"},
    {Cause::temporary_failure, "temporary-failure"},
    {Cause::forbidden, "forbidden"},
    {Cause::bearer_unavailable, "bearer-unavailable"},
    {Cause::incompatible, "incompatible"},
    {Cause::recovery_on_timer, "recovery-on-timer"},
    {Cause::protocol_error, "protocol-error"},
    {Cause::interworking, "interworking"},
};

constexpr unsigned kHighest = 127;  // Q.850 causes are seven bits

/// The numbers that have no word of ours travel as their digits, so that a far end's cause is never lost on its way to the record.
struct Digits {
  std::array<char, 3> text{};
  size_t length = 0;
};

constexpr auto kDigits = [] {
  std::array<Digits, 256> all{};
  for (size_t n = 0; n < all.size(); ++n) {
    auto& d = all[n];
    if (n >= 100) d.text[d.length++] = static_cast<char>('0' + n / 100);
    if (n >= 10) d.text[d.length++] = static_cast<char>('0' + n / 10 % 10);
    d.text[d.length++] = static_cast<char>('0' + n % 10);
  }
  return all;
}();

}  // namespace

std::string_view to_string(Cause cause) {
  for (const auto& w : kWords) {
    if (w.cause == cause) return w.word;
  }
  const auto& digits = kDigits[static_cast<uint8_t>(cause)];
  return {digits.text.data(), digits.length};
}

std::optional<Cause> cause_from(std::string_view word) {
  for (const auto& w : kWords) {
    if (w.word == word) return w.cause;
  }
  unsigned number = 0;
  const auto* end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || at != end || number > kHighest) return std::nullopt;
  return static_cast<Cause>(number);
}

Cause cause_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return Cause::invalid_number;
    case ErrorCode::not_found:
      return Cause::unallocated;
    case ErrorCode::forbidden:
      return Cause::forbidden;
    case ErrorCode::busy:
      return Cause::busy;
    case ErrorCode::unavailable:
      return Cause::out_of_order;
    case ErrorCode::exhausted:
      return Cause::congestion;
    case ErrorCode::timeout:
      return Cause::no_response;
    case ErrorCode::unsupported:
      return Cause::incompatible;
    case ErrorCode::exists:
    case ErrorCode::io:
    case ErrorCode::internal:
      return Cause::temporary_failure;
  }
  return Cause::temporary_failure;
}

}  // namespace tandem
