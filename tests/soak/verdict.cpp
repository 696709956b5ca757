#include "verdict.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <thread>

namespace tandem::soak {
namespace {

using Json = nlohmann::json;
using Time = std::chrono::steady_clock;

/// What a call or a phone leaves nothing of.
constexpr std::array kObjects{"calls", "legs", "coroutines", "rtp ports"};
constexpr std::array kSipObjects{"sessions", "server transactions", "client transactions", "tcp connections", "contacts"};

bool at_rest(const Json& objects, const Json& sip) {
  const auto none = [](const Json& of) { return [&of](const char* name) { return of.at(name) == 0; }; };
  return std::all_of(kObjects.begin(), kObjects.end(), none(objects)) && std::all_of(kSipObjects.begin(), kSipObjects.end(), none(sip));
}

// What may grow and is no leak: garbage that Lua has not collected yet (measured: under 1 MiB), caches on their way to their bounds (the
// directory's, SQLite's pages, decoded prompts), the allocator's fragments. A leak of 300 octets a call shows after 10 000 calls.
constexpr int64_t kHeapTolerance = 3 * 1024, kResidentTolerance = 8 * 1024;  // KiB

Check flat(const char* what, const Json& before, const Json& after, int64_t tolerance, uint64_t calls) {
  const int64_t was = before.at(what), is = after.at(what), grown = is - was;
  return {fmt::format("memory, {}", what),
          fmt::format("{} from {} ({:+}, {:+.0f} octets a call)", is, was, grown,
                      calls == 0 ? 0.0 : static_cast<double>(grown) * 1024 / static_cast<double>(calls)),
          fmt::format("at most +{}", tolerance), grown <= tolerance};
}

Check no_more(const char* what, const Json& before, const Json& after) {
  const int64_t was = before.at(what), is = after.at(what);
  return {what, std::to_string(is), fmt::format("at most {}, as before", was), is <= was};
}

Check records(const TandemProcess& tandem, const Tally& tally) {
  SQLite::Database db(tandem.state() + "/cdr.db", SQLite::OPEN_READONLY);
  SQLite::Statement query(db, "SELECT CASE WHEN ended IS NULL THEN 'open' ELSE disposition END, count(*) FROM calls GROUP BY 1 ORDER BY 1");
  Tally::Dispositions written;
  while (query.executeStep()) written[query.getColumn(0).getString()] = static_cast<uint64_t>(query.getColumn(1).getInt64());
  const auto said = [](const Tally::Dispositions& counts) {
    std::string text;
    for (const auto& [disposition, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, disposition);
    return text;
  };
  const auto made = tally.dispositions();
  return {"records", said(written), said(made), written == made};
}

/// Lines of the log by level; numbers and names of phones taken out, so that equal ones are counted together.
std::map<std::string, unsigned> lines_of(const TandemProcess& tandem, std::string_view level) {
  std::map<std::string, unsigned> found;
  std::istringstream log(tandem.log());
  for (std::string line; std::getline(log, line);) {
    const Json entry = Json::parse(line, nullptr, false);
    if (entry.is_discarded() || !entry.is_object()) {
      if (level == "error") ++found["not a line of the log: " + line.substr(0, 200)];
      continue;
    }
    if (entry.value("level", "") != level) continue;
    std::string text = entry.value("topic", "") + ": " + entry.value("text", "");
    for (char& c : text) c = c >= '0' && c <= '9' ? '#' : c;
    text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == '#' && b == '#'; }), text.end());
    ++found[text.substr(0, 160)];
  }
  return found;
}

Check log_is_clean(const TandemProcess& tandem) {
  const auto errors = lines_of(tandem, "error");
  std::string said;
  for (const auto& [text, count] : errors) said += fmt::format("{}{} x {}", said.empty() ? "" : "; ", count, text);
  return {"errors in the log", errors.empty() ? "none" : said, "none", errors.empty()};
}

}  // namespace

AtRest come_to_rest(OfficeOfMany& office) {
  AtRest rest;
  for (const auto end = Time::now() + std::chrono::seconds(60); Time::now() < end && !rest.reached;) {
    office.gateway().pump();
    rest.objects = office.tandem().ask("core show objects");
    rest.sip = office.tandem().ask("sip show objects");
    rest.reached = at_rest(rest.objects, rest.sip);
    if (!rest.reached) std::this_thread::sleep_for(Milliseconds(200));
  }
  rest.memory = office.tandem().ask("core show memory");
  return rest;
}

std::vector<Check> judge(OfficeOfMany& office, const AtRest& before, const AtRest& after, const Tally& tally, uint64_t calls_before) {
  std::vector<Check> checks;
  for (const char* name : kObjects) checks.push_back({name, after.objects.at(name).dump(), "0", after.objects.at(name) == 0});
  for (const char* name : kSipObjects) checks.push_back({name, after.sip.at(name).dump(), "0", after.sip.at(name) == 0});
  checks.push_back(no_more("dialogs", before.sip, after.sip));
  for (const char* name : {"timers", "descriptors", "threads"}) checks.push_back(no_more(name, before.objects, after.objects));
  const uint64_t calls = tally.calls() - calls_before;
  checks.push_back(flat("used KiB", before.memory, after.memory, kHeapTolerance, calls));
  checks.push_back(flat("resident KiB", before.memory, after.memory, kResidentTolerance, calls));
  checks.push_back(records(office.tandem(), tally));
  checks.push_back(log_is_clean(office.tandem()));
  for (const auto& [text, count] : lines_of(office.tandem(), "warning")) std::printf("warning in the log, %u x: %s\n", count, text.c_str());
  return checks;
}

bool print_verdict(const Tally& tally, const std::vector<Check>& checks) {
  uint64_t failed = 0;
  for (const auto& story : tally.failures()) std::printf("%s\n", story.c_str());
  std::printf("\n%-24s %8s %8s\n", "what", "done", "failed");
  for (const auto& [what, count] : tally.counts()) {
    std::printf("%-24s %8lu %8lu\n", what.c_str(), count.run, count.failed);
    failed += count.failed;
  }
  std::printf("\n%-24s %-4s %s\n", "check", "good", "is (should be)");
  const auto line = [](const Check& c) {
    std::printf("%-24s %-4s %s (%s)\n", c.what.c_str(), c.good ? "yes" : "NO", c.is.c_str(), c.should.c_str());
    return c.good;
  };
  bool good = line({"calls", fmt::format("{} made, {} scripts failed", tally.calls(), failed), "none failed", failed == 0});
  for (const auto& check : checks) good = line(check) && good;
  return good;
}

}  // namespace tandem::soak
