#include "http/curl_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog{"http"};
constexpr long kMostRedirects = 5;
constexpr long kMostConnections = 50;
constexpr size_t kMostHeaders = 100;
constexpr size_t kMostHeaderBytes = 16 * 1024;
constexpr int kPollMs = 1000;     // a wake-up ends it at once
constexpr int kPollAgainMs = 50;  // while a report is waiting for room

// Once a process, never undone: other libraries may use libcurl too.
void initialise() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  (void)done;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Error error_of(CURLcode code, bool too_large) {
  if (too_large || code == CURLE_FILESIZE_EXCEEDED) return {ErrorCode::exhausted, "the answer is larger than max_size"};
  if (code == CURLE_OPERATION_TIMEDOUT) return {ErrorCode::timeout, "no answer in time"};
  if (code == CURLE_TOO_MANY_REDIRECTS) return {ErrorCode::unavailable, "too many redirects"};
  return {ErrorCode::unavailable, curl_easy_strerror(code)};  // of the code, not of the transfer: no url in it
}

}  // namespace

/// One request with libcurl. Worker thread.
class CurlClient::Transfer {
 public:
  Transfer(uint64_t number, HttpRequest request) : id(number), request_(std::move(request)), easy_(curl_easy_init()) {
    if (easy_ == nullptr) return;
    for (const auto& [name, value] : request_.headers) {
      // An empty value is written "Name;" in libcurl's own language.
      list_ = curl_slist_append(list_, (value.empty() ? name + ";" : fmt::format("{}: {}", name, value)).c_str());
    }
    set_limits();
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, list_);
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, "Tandem");
    if (request_.method == "POST") {
      curl_easy_setopt(easy_, CURLOPT_POST, 1L);
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(request_.body.size()));
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    }
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  }
  ~Transfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(list_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const { return easy_; }
  Result<HttpResponse> result(CURLcode code) {
    if (code != CURLE_OK) return error_of(code, too_large_);
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    return std::move(response_);
  }
  std::string describe() const { return fmt::format("{} {}", request_.method, loggable_url(request_.url)); }

  const uint64_t id;

 private:
  void set_limits() {
    const bool secure = lower(request_.url.substr(0, 6)) == "https:";
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, request_.method == "GET" ? 1L : 0L);
    curl_easy_setopt(easy_, CURLOPT_MAXREDIRS, kMostRedirects);
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.max_size));
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  }

  static size_t on_body(char* data, size_t size, size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const size_t bytes = size * count;
    if (transfer.response_.body.size() + bytes > transfer.request_.max_size) {
      transfer.too_large_ = true;
      return 0;
    }
    transfer.response_.body.append(data, bytes);
    return bytes;
  }

  static size_t on_header(char* data, size_t size, size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string_view line(data, size * count);
    auto& headers = transfer.response_.headers;
    if (line.rfind("HTTP/", 0) == 0) {  // of the next answer, after a redirect or a 100
      headers.clear();
      transfer.header_bytes_ = 0;
    }
    const size_t colon = line.find(':');
    transfer.header_bytes_ += line.size();
    if (colon == std::string_view::npos || headers.size() >= kMostHeaders || transfer.header_bytes_ > kMostHeaderBytes) return line.size();
    headers.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
    return line.size();
  }

  const HttpRequest request_;
  CURL* const easy_;
  curl_slist* list_ = nullptr;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  bool too_large_ = false;
};

CurlClient::CurlClient(Loop& loop) : loop_(loop) {
  initialise();
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMostConnections);
  thread_ = std::thread([this] { work(); });
}

CurlClient::~CurlClient() {
  stopping_ = true;
  curl_multi_wakeup(multi_);
  thread_.join();
  for (const auto& [id, transfer] : transfers_) curl_multi_remove_handle(multi_, transfer->easy());
  transfers_.clear();
  curl_multi_cleanup(multi_);
}

Result<uint64_t> CurlClient::start(HttpRequest request, Done done) {
  if (auto checked = check_request(request); !checked) return checked.error();
  if (waiting_->size() >= kMostRequests)
    return Error{ErrorCode::exhausted, fmt::format("{} requests are under way already", kMostRequests)};
  const uint64_t id = next_++;
  waiting_->emplace(id, std::move(done));
  give({id, std::make_unique<HttpRequest>(std::move(request))});
  return id;
}

void CurlClient::cancel(uint64_t id) {
  if (waiting_->erase(id) != 0) give({id, nullptr});
}

void CurlClient::give(Order order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  curl_multi_wakeup(multi_);
}

void CurlClient::work() {
  while (!stopping_) {
    take_orders();
    int running = 0;
    curl_multi_perform(multi_, &running);
    finish_transfers();
    for (auto& [id, result] : std::exchange(unreported_, {})) report(id, std::move(*result));
    curl_multi_poll(multi_, nullptr, 0, unreported_.empty() ? kPollMs : kPollAgainMs, nullptr);
  }
}

void CurlClient::take_orders() {
  std::vector<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    orders.swap(orders_);
  }
  for (auto& order : orders) {
    if (order.request == nullptr) {
      const auto it = transfers_.find(order.id);
      if (it == transfers_.end()) continue;
      curl_multi_remove_handle(multi_, it->second->easy());
      transfers_.erase(it);
      continue;
    }
    auto transfer = std::make_unique<Transfer>(order.id, std::move(*order.request));
    if (transfer->easy() == nullptr || curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
      report(order.id, Error{ErrorCode::exhausted, "no memory for the request"});
      continue;
    }
    transfers_.emplace(order.id, std::move(transfer));
  }
}

void CurlClient::finish_transfers() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    auto result = transfer->result(code);
    kLog.line(LogLevel::debug, "{}: {}", transfer->describe(), result ? std::to_string(result->status) : result.error().message);
    const uint64_t id = transfer->id;
    curl_multi_remove_handle(multi_, transfer->easy());
    transfers_.erase(id);
    report(id, std::move(result));
  }
}

void CurlClient::report(uint64_t id, Result<HttpResponse> result) {
  const auto value = std::make_shared<Result<HttpResponse>>(std::move(result));
  const bool posted = loop_.post(
      [weak = std::weak_ptr(waiting_), id, value] {
        const auto waiting = weak.lock();
        if (!waiting) return;
        auto found = waiting->extract(id);
        if (!found.empty()) found.mapped()(std::move(*value));
      },
      Share::existing);
  if (!posted) unreported_.emplace_back(id, value);
}

}  // namespace tandem
