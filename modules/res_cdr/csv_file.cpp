#include "csv_file.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace tandem {
namespace {

constexpr size_t kMostWaiting = 100'000;

using std::chrono::milliseconds;

std::string time_text(std::optional<WallTime> time) {
  if (!time) return {};
  const auto ms = std::chrono::floor<milliseconds>(time->time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

std::string seconds_text(std::optional<WallTime> from, WallTime to) {
  if (!from) return {};
  return fmt::format("{:.3f}", std::chrono::duration<double>(to - *from).count());
}

/// Quoted where needed; a text that a spreadsheet would take for a formula begins with an apostrophe (whoever calls chooses their name).
std::string field(std::string_view text) {
  std::string safe;
  const bool formula = !text.empty() && std::string_view("=@\t\r").find(text.front()) != std::string_view::npos;
  if (formula) safe = "'";
  safe += text;
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

/// The leg that was talked to: the one that answered, else the last that was tried.
const LegRecord* called_leg(const CallRecord& record) {
  const LegRecord* called = nullptr;
  for (const auto& leg : record.legs) {
    if (leg.outgoing && (called == nullptr || !called->answer)) called = &leg;
  }
  return called;
}

using Fields = std::vector<std::pair<std::string_view, std::string>>;

void add_leg(Fields& fields, const std::array<std::string_view, 7>& names, const LegRecord* leg) {
  static const LegRecord kNone;
  const LegRecord& l = leg != nullptr ? *leg : kNone;
  fields.emplace_back(names[0], l.endpoint);
  fields.emplace_back(names[1], l.user);
  fields.emplace_back(names[2], l.codec);
  fields.emplace_back(names[3], std::to_string(l.media.received_packets));
  fields.emplace_back(names[4], std::to_string(l.media.lost_packets));
  fields.emplace_back(names[5], fmt::format("{:.1f}", l.media.jitter_us / 1000.0));
  fields.emplace_back(names[6], l.protocol_id);
}

/// "sip-00000002 sip-00000003 desk pickup; ...": in order.
std::string moves_text(const CallRecord& record) {
  std::string text;
  for (const auto& move : record.moves) text += fmt::format("{}{} {} {}", text.empty() ? "" : "; ", move.from, move.to, move.how);
  return text;
}

Fields fields_of(const CallRecord& record) {
  Fields fields{{"call", record.call},
                {"linked", record.linked_id},
                {"start", time_text(record.start)},
                {"answer", time_text(record.answer)},
                {"end", time_text(record.end)},
                {"duration", seconds_text(record.start, record.end)},
                {"talked", seconds_text(record.answer, record.end)},
                {"caller_number", record.caller.number},
                {"caller_name", record.caller.name},
                {"dialled", record.dialled},
                {"context", record.context},
                {"route", record.route},
                {"disposition", record.disposition},
                {"cause", std::string(to_string(record.ending.cause))},
                {"status", std::to_string(record.ending.protocol_status)}};
  const LegRecord* const caller = record.legs.empty() ? nullptr : &record.legs.front();
  add_leg(fields,
          {"caller_endpoint", "caller_user", "caller_codec", "caller_packets", "caller_lost", "caller_jitter_ms", "caller_protocol_id"},
          caller);
  add_leg(fields,
          {"called_endpoint", "called_user", "called_codec", "called_packets", "called_lost", "called_jitter_ms", "called_protocol_id"},
          called_leg(record));
  const LegRecord* const called = called_leg(record);
  fields.emplace_back("called_destination", called != nullptr ? called->destination : std::string());
  fields.emplace_back("moves", moves_text(record));
  return fields;
}

Error failed(const std::filesystem::path& path) { return {ErrorCode::io, fmt::format("{}: {}", path.string(), std::strerror(errno))}; }

std::filesystem::path file_for(const std::filesystem::path& pattern, WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 512> name{};
  const size_t length = std::strftime(name.data(), name.size(), pattern.filename().c_str(), &local);
  return length == 0 ? pattern : pattern.parent_path() / std::string(name.data(), length);
}

/// All of `text` or nothing: what a full disk has taken of it is cut off again.
Result<void> append(const std::filesystem::path& path, std::string text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return failed(path);
  struct stat before {};
  Result<void> result;
  if (::fstat(fd, &before) != 0) result = failed(path);
  if (result && before.st_size == 0) text.insert(0, csv_header());
  if (result && ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    result = failed(path);
    (void)!::ftruncate(fd, before.st_size);
  }
  ::close(fd);
  return result;
}

}  // namespace

std::string csv_line(const CallRecord& record) {
  std::string line;
  for (const auto& [name, value] : fields_of(record)) {
    if (!line.empty()) line += ',';
    line += field(value);
  }
  return line += "\r\n";
}

std::string csv_header() {
  std::string line;
  for (const auto& [name, value] : fields_of(CallRecord())) {
    if (!line.empty()) line += ',';
    line += name;
  }
  return line += "\r\n";
}

bool CsvFile::add(const CallRecord& record) {
  std::string line = csv_line(record);
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) return false;
  waiting_.push_back(std::move(line));
  return true;
}

bool CsvFile::empty() {
  const std::lock_guard lock(mutex_);
  return waiting_.empty();
}

Result<void> CsvFile::flush(WallTime now) {
  const std::lock_guard turn(writing_);
  std::vector<std::string> lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(waiting_);
  }
  if (lines.empty()) return {};
  std::string text;
  for (const auto& line : lines) text += line;
  auto done = append(file_for(pattern_, now), std::move(text));
  if (done) return done;
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
  return done;
}

}  // namespace tandem
