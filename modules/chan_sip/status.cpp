#include "status.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "sofia.h"

namespace tandem {

namespace {

struct Row {
  Cause cause;
  int status;
};

// From a cause to the status that says it best. The first row of a status is also its cause on the way back.
constexpr std::array<Row, 19> kRows{{
    {Cause::unallocated, 404},
    {Cause::busy, 486},
    {Cause::no_answer, 480},
    {Cause::no_response, 408},
    {Cause::rejected, 603},
    {Cause::forbidden, 403},
    {Cause::incompatible, 488},
    {Cause::congestion, 503},
    {Cause::temporary_failure, 500},
    {Cause::invalid_number, 484},
    {Cause::out_of_order, 502},
    {Cause::answered_elsewhere, 487},
    {Cause::bearer_unavailable, 415},
    {Cause::protocol_error, 400},
    {Cause::recovery_on_timer, 504},
    {Cause::interworking, 501},
    {Cause::normal, 480},
    {Cause::none, 480},
    {Cause::busy, 600},
}};

// A far end's status that means something beyond the hop it came from. The others ask for what only that hop's headers tell: where to go
// instead (3xx), credentials, an extension or an interval.
bool passes_on(int status) {
  constexpr std::array<int, 9> kHopOnly{401, 407, 420, 421, 422, 423, 425, 469, 494};
  return status >= 400 && status < 700 && std::find(kHopOnly.begin(), kHopOnly.end(), status) == kHopOnly.end();
}

}  // namespace

Cause cause_of_status(int status) {
  switch (status) {
    case 401:
    case 402:
    case 405:
    case 407:
      return Cause::forbidden;
    case 410:
      return Cause::unallocated;
    case 413:
    case 414:
    case 416:
    case 420:
    case 606:
      return Cause::incompatible;
    case 487:
      return Cause::normal;  // a CANCEL has done its work; who sends it unasked says no more than that
    case 481:
    case 482:
    case 483:
      return Cause::protocol_error;
    case 604:
      return Cause::unallocated;
    default:
      break;
  }
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.status == status; });
  if (row != kRows.end()) return row->cause;
  if (status >= 600) return Cause::rejected;
  if (status >= 500) return Cause::temporary_failure;
  return status >= 300 ? Cause::interworking : Cause::normal;
}

int status_of(const Ending& ending) {
  if (passes_on(ending.protocol_status)) return ending.protocol_status;
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.cause == ending.cause; });
  return row == kRows.end() ? 500 : row->status;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::busy:
      return 491;
    case ErrorCode::unavailable:
    case ErrorCode::exhausted:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::unsupported:
      return 488;
    case ErrorCode::exists:
    case ErrorCode::io:
    case ErrorCode::internal:
      break;
  }
  return 500;
}

const char* phrase_of(int status) {
  const char* phrase = sip_status_phrase(status);
  return phrase != nullptr && *phrase != '\0' ? phrase : "Error";
}

std::string reason_of(const Ending& ending) {
  if (ending.cause == Cause::answered_elsewhere) return "SIP;cause=200;text=\"Call completed elsewhere\"";
  return fmt::format(FMT_COMPILE("Q.850;cause={};text=\"{}\""), static_cast<int>(ending.cause), to_string(ending.cause));
}

Ending ending_from_reason(const char* value, Cause fallback) {
  if (value == nullptr) return {fallback, ""};
  const char* at = strcasestr(value, "cause=");
  if (at == nullptr) return {fallback, ""};
  at += std::strlen("cause=");
  int number = 0;
  const auto parsed = std::from_chars(at, at + std::strlen(at), number);
  if (parsed.ec != std::errc()) return {fallback, ""};
  if (strncasecmp(value, "SIP", 3) == 0)
    return {number == 200 ? Cause::answered_elsewhere : number >= 300 ? cause_of_status(number) : fallback, ""};
  const auto cause = number > 0 && strncasecmp(value, "Q.850", 5) == 0 ? cause_from(std::to_string(number)) : std::nullopt;
  return {cause.value_or(fallback), ""};
}

}  // namespace tandem
