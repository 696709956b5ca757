// What Mobile Connect knows of people: their destinations, access lists and settings. Values; any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "numbers.h"
#include "tandem/console.h"
#include "tandem/result.h"
#include "tandem/schedule.h"

namespace tandem {

/// Whose a row is: who may change it, and what becomes of it.
enum class RowOwner : uint8_t { ini, local, guest };
std::string_view to_string(RowOwner owner);

enum class ControlPolicy : uint8_t { system, on, off };

/// A number outside at which a person can be reached as well.
struct Destination {
  static constexpr std::chrono::milliseconds kLongestDelay{30'000}, kLongestTooSoon{10'000}, kLeastTooLate{10'000}, kMostTooLate{60'000};

  std::string user;    ///< whose it is
  std::string name;    ///< "mobile": together with the user its id, "john.doe/mobile"
  std::string label;   ///< what people are shown; empty: the name
  std::string number;  ///< as one dials it here
  int64_t order = 0;   ///< of a person's destinations; equal ones by name
  std::chrono::milliseconds delay_inside{4000}, delay_outside{4000}, too_soon{1500}, too_late{19'000};
  std::string schedule;   ///< when it rings, as Schedule has it; empty: always
  std::string time_zone;  ///< of the schedule; empty: that of the office
  std::string list;       ///< the access list; empty: none
  bool ring = true, may_move = true, may_call_in = true;
  ControlPolicy control = ControlPolicy::system;
  std::string trunk;  ///< over which it is reached, for what [trunk NAME] says; empty: the office's
  RowOwner owner = RowOwner::local;

  std::shared_ptr<const Schedule> hours = {};  ///< the schedule as read; null: always

  std::string id() const { return user + "/" + name; }
  const std::string& shown_label() const { return label.empty() ? name : label; }
};

/// Who is let through, or kept out.
struct AccessList {
  static constexpr size_t kMostMembers = 1000;

  std::string name;
  bool allows = true;  ///< only its members are let through; else all but them
  std::string user;    ///< whose it is, for whoever lists them; empty: everybody's
  std::string description;
  std::vector<std::string> members;  ///< as written
  RowOwner owner = RowOwner::local;

  bool withheld = false, not_available = false;  ///< "private" and "not available" are among the members
  std::vector<NumberPattern> patterns = {};

  /// Reads the members. invalid with the first that is none.
  Result<void> read_members();
};

/// What is set for one person; empty: as the office.
struct PersonSettings {
  std::optional<bool> mobility, voice_access;
  std::optional<std::chrono::milliseconds> pickup_wait;
  std::optional<int64_t> limit;
  bool empty() const { return !mobility && !voice_access && !pickup_wait && !limit; }
  bool operator==(const PersonSettings&) const = default;
};

/// One thing of a row that can be set, with the same name in the ini file, on the console and in JSON.
template <class Row>
struct Field {
  const char* name;
  const char* help;
  enum class Kind : uint8_t {
    text,
    list,
    number,
    time,
    flag
  } kind;  ///< of its JSON value; a time is in milliseconds, its name ends with _ms
  /// A sentence about what is wrong with `text`; empty: it is set.
  std::string (*set)(Row& row, std::string_view text);
  /// As set() reads it; null: it stands for others and is only set.
  std::string (*get)(const Row& row);
  std::string json_name() const { return kind == Kind::time ? std::string(name) + "_ms" : name; }
};

std::span<const Field<Destination>> destination_fields();
std::span<const Field<AccessList>> list_fields();
std::span<const Field<PersonSettings>> person_fields();

/// invalid: no such field, or a bad value, with a sentence.
template <class Row>
Result<void> set_field(std::span<const Field<Row>> fields, Row& row, std::string_view name, std::string_view text);
/// Every key of the object that `ignored` does not name. invalid as above.
template <class Row>
Result<void> set_fields(std::span<const Field<Row>> fields, Row& row, const Json& object, std::initializer_list<std::string_view> ignored);
template <class Row>
void show_fields(std::span<const Field<Row>> fields, const Row& row, Json& into);

/// "500ms", "4s", "1.5s", "2m"; a bare number is seconds.
std::optional<std::chrono::milliseconds> read_time(std::string_view text);
/// "4 s", "1.5 s".
std::string say_time(std::chrono::milliseconds time);

/// The two halves of "john.doe/mobile". Empty: it is no such id.
std::optional<std::pair<std::string, std::string>> split_id(std::string_view id);
/// Of a destination or a list: 1 to 40 letters, digits, - _ and . .
bool is_row_name(std::string_view name);

}  // namespace tandem
