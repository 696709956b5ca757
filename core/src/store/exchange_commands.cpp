#include "store/exchange_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "store/directory_export.h"
#include "store/directory_facts.h"
#include "store/directory_import.h"
#include "store/import_file.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"directory"};
constexpr const char* kImportArguments = "FILE [check] [replace]";
constexpr const char* kExportArguments = "FILE [users|devices|profiles|sites|services] [secrets]";

/// A relative path counts from where Tandem was started; the answers name the file in full.
std::string in_full(const std::string& path) {
  std::error_code error;
  const auto full = std::filesystem::absolute(path, error);
  return error ? path : full.lexically_normal().string();
}

struct ImportJob {
  std::string path;
  bool check = false;  ///< undo everything in the end
  bool replace = false;
  ConsoleReply reply;
  // Filled on the writer thread, read on the switch thread afterwards.
  ImportReport report;
  Directory::Counts now{};
  bool judged = false;  ///< nothing was wrong
};

Result<void> run_import(ImportJob& job, SQLite::Database& db) {
  DirectoryImport import(db);
  if (auto read = import_file(job.path, import); !read) import.complain(read.error().message);
  auto report = import.finish(job.replace);
  if (!report) return report.error();
  job.report = std::move(*report);
  job.judged = true;
  if (job.check) return Error{ErrorCode::invalid, "only checked"};  // which undoes it
  job.now = count_rows(db);
  return {};
}

std::string sentence(const ImportReport::Count& count) {
  return fmt::format("{} new, {} changed, {} unchanged, {} removed", count.added, count.changed, count.unchanged, count.removed);
}

Json table_of(const ImportJob& job) {
  Json rows = Json::array();
  int64_t all = 0;
  for (const auto& count : job.report.counts) {
    rows.push_back({{"rows", count.table}, {"id", ""}, {"import", sentence(count)}});
    all += count.added + count.changed + count.removed;
  }
  if (!job.check) return rows;
  for (const auto& change : job.report.changes) rows.push_back({{"rows", change.kind}, {"id", change.id}, {"import", change.what}});
  const auto told = static_cast<int64_t>(job.report.changes.size());
  if (all > told) rows.push_back({{"rows", ""}, {"id", ""}, {"import", fmt::format("and {} more", all - told)}});
  return rows;
}

void finish_import(DirectoryStore& directory, ImportJob& job, const Result<void>& written) {
  if (job.check && job.judged) return job.reply(table_of(job));
  if (!written) {
    kLog.line(LogLevel::warning, "{} was not imported: {}", job.path, written.error().message);
    return job.reply(Error{written.error().code, written.error().message + "\nnothing has changed"});
  }
  directory.changed(job.now);
  for (const auto& count : job.report.counts) kLog.line(LogLevel::notice, "{} imported: {}: {}", job.path, count.table, sentence(count));
  job.reply(table_of(job));
}

void import(DirectoryStore& directory, const std::vector<std::string>& args, ConsoleReply reply) {
  const auto has = [&args](const char* word) { return std::find(args.begin() + 1, args.end(), word) != args.end(); };
  const auto known = [](const std::string& word) { return word == "check" || word == "replace"; };
  if (args.empty() || !std::all_of(args.begin() + 1, args.end(), known)) {
    return reply(Error{ErrorCode::invalid, fmt::format("directory import {}", kImportArguments)});
  }
  if (auto format = exchange_format(args[0]); !format) return reply(format.error());
  auto job = std::make_shared<ImportJob>();
  job->path = in_full(args[0]);
  job->check = has("check");
  job->replace = has("replace");
  job->reply = std::move(reply);
  auto change = [job](SQLite::Database& db) { return run_import(*job, db); };
  auto done = [job, &directory](const Result<void>& written) { finish_import(directory, *job, written); };
  if (auto queued = directory.database().write(std::move(change), std::move(done), Share::new_work); !queued) job->reply(queued.error());
}

/// Nothing when a word is none of them.
std::optional<ExportOptions> export_options(const std::vector<std::string>& args) {
  if (args.empty()) return std::nullopt;
  ExportOptions options{.path = in_full(args[0])};
  for (size_t i = 1; i < args.size(); ++i) {
    const auto table =
        std::find_if(directory_tables().begin(), directory_tables().end(), [&](const auto* one) { return one->name == args[i]; });
    if (table != directory_tables().end() && options.only == nullptr) {
      options.only = *table;
    } else if (args[i] == "secrets") {
      options.secrets = true;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

void export_rows(DirectoryStore& directory, const std::vector<std::string>& args, ConsoleReply reply) {
  auto options = export_options(args);
  if (!options) return reply(Error{ErrorCode::invalid, fmt::format("directory export {}", kExportArguments)});
  struct Job {
    ExportOptions options;
    ConsoleReply reply;
    int64_t rows = 0;
  };
  auto job = std::make_shared<Job>(Job{std::move(*options), std::move(reply)});
  auto query = [job](SQLite::Database& db) -> Result<void> {
    auto rows = export_directory(db, job->options);
    if (!rows) return rows.error();
    job->rows = *rows;
    return {};
  };
  auto done = [job](const Result<void>& written) {
    if (!written) return job->reply(written.error());
    kLog.line(LogLevel::notice, "{} rows exported to {}{}", job->rows, job->options.path, job->options.secrets ? ", with secrets" : "");
    job->reply(Json(fmt::format("{} rows in {}{}", job->rows, job->options.path,
                                job->options.secrets ? ", SIP passwords among them: keep it safe" : "; no SIP passwords")));
  };
  if (auto asked = directory.database().read(std::move(query), std::move(done)); !asked) job->reply(asked.error());
}

}  // namespace

std::vector<Registration> register_exchange_commands(Console& console, DirectoryStore& directory) {
  std::vector<Registration> kept;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) kept.push_back(std::move(*added));
  };
  add({"directory import", kImportArguments,
       "Brings in rows from a CSV or ini file, all or nothing. check: only says what would change. replace: rows of earlier imports that "
       "the file does not hold go.",
       [&directory](const std::vector<std::string>& args, ConsoleReply reply) { import(directory, args, std::move(reply)); }});
  add({"directory export", kExportArguments,
       "Writes what the directory holds to a new file that an import takes back; SIP passwords only with \"secrets\".",
       [&directory](const std::vector<std::string>& args, ConsoleReply reply) { export_rows(directory, args, std::move(reply)); }});
  return kept;
}

}  // namespace tandem
