// WebListener's answers: what a module said, as libmicrohttpd sends it. The daemon's threads.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "http_text.h"
#include "tandem/log.h"
#include "web_listener.h"

namespace tandem {
namespace {

constexpr Log kLog("http");
constexpr uint64_t kSlowest = 1024;  ///< octets a second that a client must take on the average

void add(MHD_Response* response, const std::string& name, const std::string& value) {
  if (is_header_text(value) && MHD_add_response_header(response, name.c_str(), value.c_str()) == MHD_YES) return;
  kLog.line(LogLevel::error, "an answer's header {} is none, and left out", name);
}

void add_all(MHD_Response* response, const http::Fields& headers) {
  for (const auto& [name, value] : headers) add(response, name, value);
}

bool has(const http::Fields& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& one) { return in_small_letters(one.first) == name; });
}

std::string header_of(MHD_Connection* connection, const char* name) {
  const char* const value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

std::string http_date(time_t when) { return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(when)); }

/// A file that is open, with what its headers say.
struct OpenFile {
  int descriptor = -1;
  uint64_t size = 0;
  std::string etag, modified;
};

OpenFile open_file(const std::string& path) {
  OpenFile file;
  file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat facts {};
  if (file.descriptor < 0) return file;
  if (::fstat(file.descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    ::close(file.descriptor);
    file.descriptor = -1;
    return file;
  }
  file.size = static_cast<uint64_t>(facts.st_size);
  file.etag = fmt::format("{:x}-{:x}-{:x}{:09x}", facts.st_ino, file.size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
  file.modified = http_date(facts.st_mtim.tv_sec);
  return file;
}

/// Has the client this very state of the file?
bool has_it(MHD_Connection* connection, const OpenFile& file) {
  const auto tags = header_of(connection, "If-None-Match");
  if (!tags.empty()) return names_etag(tags, file.etag);
  return header_of(connection, "If-Modified-Since") == file.modified;
}

ByteRange range_of(MHD_Connection* connection, const OpenFile& file) {
  const auto range = header_of(connection, "Range");
  const auto condition = header_of(connection, "If-Range");
  const bool same = condition.empty() || condition == file.modified || condition == "\"" + file.etag + "\"";
  return read_range(same ? range : "", file.size);
}

}  // namespace

MHD_Result WebListener::queue(MHD_Connection* connection, WebRequest& request, int status, MHD_Response* response) {
  if (response == nullptr) return MHD_NO;
  if (request.close) add(response, "Connection", "close");
  add(response, "X-Content-Type-Options", "nosniff");
  request.status = status;
  const auto result = MHD_queue_response(connection, static_cast<unsigned>(status), response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result WebListener::respond(MHD_Connection* connection, WebRequest& request, http::Response response) {
  const bool get = request.method == "GET" || request.method == "HEAD";
  const bool unchanged =
      get && response.status == 200 && !response.etag.empty() && names_etag(header_of(connection, "If-None-Match"), response.etag);
  if (unchanged) response.status = 304;
  if (response.status < 200 || response.status > 599) response.status = 500;
  const bool empty = response.status == 204 || response.status == 304;
  if (empty) response.body.clear();
  auto* const made = MHD_create_response_from_buffer(response.body.size(), response.body.data(), MHD_RESPMEM_MUST_COPY);
  if (made == nullptr) return MHD_NO;
  if (!empty) add(made, "Content-Type", response.type);
  if (!response.etag.empty()) add(made, "ETag", "\"" + response.etag + "\"");
  if (response.etag.empty() && !has(response.headers, "cache-control")) add(made, "Cache-Control", "no-store");
  add_all(made, response.headers);
  request.sent = request.method == "HEAD" ? 0 : response.body.size();
  request.line->deadline.store(system_clock().now() + book_.limits().answer + std::chrono::seconds(request.sent / kSlowest));
  return queue(connection, request, response.status, made);
}

MHD_Result WebListener::respond(MHD_Connection* connection, WebRequest& request, const http::File& wanted) {
  const auto file = open_file(wanted.path);
  if (file.descriptor < 0) return respond(connection, request, refusal_of(settings_.serves, 404, "there is no such file"));
  const auto about = [&](MHD_Response* made) {
    add(made, "ETag", "\"" + file.etag + "\"");
    add(made, "Last-Modified", file.modified);
    add(made, "Accept-Ranges", "bytes");
    if (!has(wanted.headers, "cache-control")) add(made, "Cache-Control", "no-cache");
    add_all(made, wanted.headers);
  };
  const auto range = range_of(connection, file);
  if (has_it(connection, file) || range.kind == ByteRange::Kind::unsatisfiable) {
    ::close(file.descriptor);
    const bool same = has_it(connection, file);
    auto* const made = MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
    if (made == nullptr) return MHD_NO;
    about(made);
    if (!same) add(made, "Content-Range", fmt::format("bytes */{}", file.size));
    return queue(connection, request, same ? 304 : 416, made);
  }
  auto* const made = MHD_create_response_from_fd_at_offset64(range.size, file.descriptor, range.first);
  if (made == nullptr) {
    ::close(file.descriptor);
    return MHD_NO;
  }
  about(made);
  add(made, "Content-Type", wanted.type);
  const bool part = range.kind == ByteRange::Kind::part;
  if (part) add(made, "Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.first + range.size - 1, file.size));
  request.sent = request.method == "HEAD" ? 0 : range.size;
  request.line->deadline.store(system_clock().now() + book_.limits().answer + std::chrono::seconds(range.size / kSlowest));
  return queue(connection, request, part ? 206 : 200, made);
}

MHD_Result WebListener::respond_streaming(MHD_Connection* connection, WebRequest& request, const http::Response& head) {
  using Shared = std::shared_ptr<WebExchange>;
  const auto read = [](void* exchange, uint64_t, char* into, size_t room) { return (*static_cast<Shared*>(exchange))->read(into, room); };
  const auto drop = [](void* exchange) { delete static_cast<Shared*>(exchange); };
  auto* const kept = new Shared(request.exchange);  // libmicrohttpd's until `drop`
  auto* const made = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read, kept, drop);
  if (made == nullptr) {
    delete kept;
    return MHD_NO;
  }
  add(made, "Content-Type", head.type);
  if (!has(head.headers, "cache-control")) add(made, "Cache-Control", "no-store");
  add_all(made, head.headers);
  return queue(connection, request, head.status, made);
}

void WebListener::completed(WebRequest& request, bool whole) {
  const auto now = system_clock().now();
  const auto limits = book_.limits();
  if (request.exchange) request.exchange->finish(whole);
  if (request.line != nullptr) request.line->deadline.store(now + limits.idle + limits.request);
  if (request.status >= 100 && request.status < 600) ++answers_[static_cast<size_t>(request.status / 100 - 1)];
  // The query is shown only where the route says that no secret can be in it.
  const bool show = request.route != nullptr && request.route->log_query;
  std::string target(show ? std::string_view(request.target) : without_query(request.target));
  if (target.size() > 200) target.resize(200);
  if (!show && target.size() < request.target.size() && target.size() < 200) target += "?...";
  const auto* const peer = request.line;
  kLog.line(LogLevel::info, "{} {} {} {}: {}, {} octets, {} ms{}", settings_.name, peer == nullptr ? "?" : peer->peer.to_string(),
            request.method.empty() ? "?" : request.method.substr(0, 20), target, request.status, request.sent,
            std::chrono::duration_cast<std::chrono::milliseconds>(now - request.since).count(), whole ? "" : ", broken off");
}

}  // namespace tandem
