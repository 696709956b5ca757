#include "host/reload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "base/logger.h"
#include "host/host.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("reload");
constexpr size_t kMostRows = 200;  // of changes that are told one by one

// The directory tells its rows by number; as keys they may be millions.
void leave_out_directory(ConfigSnapshot& snapshot) {
  std::erase_if(snapshot.files, [](const auto& entry) {
    const auto& file = *entry.second;
    return entry.first == "directory" || (file && file->find("devices") != nullptr);
  });
}

// What the core takes at a start alone, as Module::ReloadPlan names it.
const std::vector<std::string> kCoreAtStart{"tandem/modules",     "rtp/rtp/address",  "rtp/rtp/advertised_address",
                                            "rtp/rtp/port_start", "rtp/rtp/port_end", "rtp/rtp/threads",
                                            "rtp/rtp/dscp",       "rtp/rtp/codecs",   "rtp/rtp/reuse_delay"};

bool names(const std::string& rule, const std::string& key) {
  return key.starts_with(rule) && (key.size() == rule.size() || key[rule.size()] == '/');
}

Error stopping() { return {ErrorCode::unavailable, "Tandem is stopping"}; }

std::string_view word(ConfigChange::What what) {
  return what == ConfigChange::What::added ? "added" : what == ConfigChange::What::removed ? "removed" : "changed";
}

}  // namespace

struct Reload::Transaction {
  std::optional<std::vector<std::string>> only;  // modules; empty: everything
  ConsoleReply reply;
  std::shared_ptr<const ConfigSnapshot> files;
  std::vector<std::string> complaints;  // sentences, one mistake a line
  std::vector<std::string> at_start;
  std::vector<Task> tasks;  // each takes one part into force
  std::string dialplan;     // what was loaded
  std::string directory;    // what was brought in

  // A file that several read is complained about once.
  void complain(const Error& error) {
    std::istringstream lines(error.message);
    for (std::string line; std::getline(lines, line);) {
      if (std::find(complaints.begin(), complaints.end(), line) == complaints.end()) complaints.push_back(line);
    }
  }
};

Reload::Reload(HostImpl& host) : host_(host), worker_(host.loop()) {}

void Reload::remember() {
  auto now = std::make_shared<ConfigSnapshot>();
  auto read = [now, &config = host_.config()]() -> Result<void> {
    *now = config.snapshot({"directory"});
    leave_out_directory(*now);
    return {};
  };
  auto keep = [this, now](const Result<void>&) { in_force_ = std::move(*now); };
  if (auto queued = worker_.run(std::move(read), std::move(keep)); !queued) kLog.line(LogLevel::error, "{}", queued.error().message);
}

void Reload::everything(ConsoleReply reply) {
  auto t = std::make_shared<Transaction>();
  t->reply = std::move(reply);
  begin(std::move(t));
}

void Reload::modules(std::vector<std::string> names, ConsoleReply reply) {
  for (const auto& name : names) {
    if (host_.loader().state(name) != ModuleState::running) return reply(Error{ErrorCode::not_found, name + " is not running"});
  }
  auto t = std::make_shared<Transaction>();
  t->only = std::move(names);
  t->reply = std::move(reply);
  begin(std::move(t));
}

void Reload::close() {
  closed_ = true;
  if (running_) running_->tasks.clear();  // they are code of modules
}

void Reload::begin(std::shared_ptr<Transaction> t) {
  if (closed_) return t->reply(stopping());
  if (running_) return t->reply(Error{ErrorCode::busy, "a reload is under way already"});
  running_ = t;
  auto work = [t, &config = host_.config()]() -> Result<void> {
    t->files = std::make_shared<const ConfigSnapshot>(config.snapshot());
    config.hold(t->files);
    if (t->only) return {};
    for (const auto& error : t->files->errors()) t->complain(error);
    if (auto judged = DirectoryStore::judge(config); !judged) t->complain(judged.error());
    return {};
  };
  auto done = [this, t](Result<void> read) {
    if (!read) t->complain(read.error());
    judge(t);
  };
  if (auto queued = worker_.run(std::move(work), std::move(done)); !queued) end(*t, queued.error());
}

void Reload::judge(const std::shared_ptr<Transaction>& t) {
  if (closed_) return end(*t, stopping());
  if (!t->only) judge_core(*t);
  judge_modules(*t);
  if (!t->complaints.empty()) return refuse(*t);
  if (t->only) return apply(*t);
  bring_in_directory(t);
}

void Reload::judge_core(Transaction& t) {
  t.at_start = kCoreAtStart;
  const auto media = read_media_settings(host_.config());
  if (!media) t.complain(media.error());
  auto settings = read_host_settings(host_.config(), host_.state_folder());
  if (!settings) return t.complain(settings.error());
  if (media) settings->calls.silence_limit = media->silence_limit;
  auto log = log_prepare(settings->log);
  if (!log) t.complain(log.error());
  auto dialplan = host_.dialplan().prepare(settings->dialplan, t.dialplan);
  if (!dialplan) t.complain(dialplan.error());
  if (!t.complaints.empty()) return;
  t.tasks.push_back(std::move(*log));
  t.tasks.push_back(std::move(*dialplan));
  t.tasks.emplace_back([this, next = std::move(*settings)] { host_.take(next); });
}

void Reload::judge_modules(Transaction& t) {
  for (const auto& name : t.only ? *t.only : host_.loader().running()) {
    auto plan = host_.loader().plan_reload(name);
    if (!plan) {
      t.complain(plan.error());
      continue;
    }
    t.at_start.insert(t.at_start.end(), plan->at_start.begin(), plan->at_start.end());
    if (plan->apply) t.tasks.push_back(std::move(plan->apply));
  }
}

// The one part that can still fail, and the one that undoes itself then: so it goes first.
void Reload::bring_in_directory(const std::shared_ptr<Transaction>& t) {
  host_.directory().reload([this, t](Result<std::string> brought) {
    if (!brought) {
      t->complain(brought.error());
      return refuse(*t);
    }
    t->directory = *brought;
    apply(*t);
  });
}

void Reload::apply(Transaction& t) {
  if (closed_) return end(t, stopping());
  for (auto& task : t.tasks) task();
  Json rows = report(t);
  remember_applied(t);
  kLog.line(LogLevel::notice, "{}: the new configuration is in force", t.only ? fmt::format("{}", fmt::join(*t.only, ", ")) : "everything");
  end(t, std::move(rows));
}

// Of modules alone, the files that they have read; keys that wait for the next start are told again until then.
void Reload::remember_applied(const Transaction& t) {
  ConfigSnapshot next = *t.files;
  leave_out_directory(next);
  if (!t.only) {
    in_force_ = std::move(next);
    return;
  }
  for (const auto& name : host_.config().read_while_held()) {
    const auto file = next.files.find(name);
    if (file != next.files.end()) in_force_.files[name] = file->second;
  }
}

void Reload::refuse(Transaction& t) {
  const auto text = fmt::format("{}", fmt::join(t.complaints, "\n"));
  kLog.line(LogLevel::error, "nothing has changed: {}", text);
  end(t, Error{ErrorCode::invalid, text + "\nnothing has changed"});
}

void Reload::end(Transaction& t, Result<Json> answer) {
  host_.config().hold(nullptr);
  // The rows of a large directory take a tenth of a second to be let go: not on this thread.
  (void)!worker_.run([files = std::move(t.files)]() -> Result<void> { return {}; }, [](const Result<void>&) {});
  running_.reset();
  t.tasks.clear();
  t.reply(std::move(answer));
}

std::vector<ConfigChange> Reload::changes(const Transaction& t) const {
  ConfigSnapshot now = *t.files;
  leave_out_directory(now);
  auto all = config_changes(in_force_, now);
  if (!t.only) return all;
  const auto read = host_.config().read_while_held();
  std::erase_if(all, [&](const auto& change) { return !read.contains(change.file); });
  return all;
}

Json Reload::report(const Transaction& t) const {
  Json rows = Json::array();
  const auto add = [&rows](const std::string& file, const std::string& section, const std::string& key, std::string_view change,
                           std::string_view effect) {
    rows.push_back({{"file", file}, {"section", section}, {"key", key}, {"change", change}, {"effect", effect}});
  };
  const auto all = changes(t);
  for (const auto& change : all) {
    if (rows.size() == kMostRows) {
      add("", "", "", fmt::format("and {} more keys", all.size() - kMostRows), "");
      break;
    }
    const bool later = std::any_of(t.at_start.begin(), t.at_start.end(), [&](const auto& rule) { return names(rule, change.name()); });
    add(change.file + ".ini", change.section, change.key, word(change.what), later ? "at the next start" : "now");
  }
  if (t.only) return rows;
  add("directory.ini", "", "", t.directory, "now");
  add("main.lua", "", "", t.dialplan, "new calls");
  return rows;
}

}  // namespace tandem
