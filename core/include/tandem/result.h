// Result<T>: what a function that can fail in an expected way returns. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tandem {

/// Why something did not work, in the few kinds that callers tell apart. cause.h maps them to Q.850 causes.
enum class ErrorCode {
  invalid,      ///< the input is wrong: a bad key, broken SDP, a malformed number
  not_found,    ///< no such device, user, call, file
  exists,       ///< already there
  forbidden,    ///< known, but not allowed
  busy,         ///< in use now; the sentence says by whom
  unavailable,  ///< known, but cannot be reached now (not registered, trunk down, stopping)
  exhausted,    ///< a bound is reached (ports, calls, mailbox, memory)
  timeout,      ///< no answer in time
  unsupported,  ///< understood, but not something Tandem does (codec, method)
  io,           ///< the operating system or a database said no
  internal,     ///< a broken invariant: always worth a bug report
};

std::string_view to_string(ErrorCode code);

/// An expected failure: a code for programs and one sentence for people (no trailing full stop, no secrets).
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

/// A value or an Error. `if (!r) return r.error();`
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error. `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return ok_; }
  const Error& error() const { return error_; }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace tandem
